import { readConfiguration } from '../../../functions/config/read.ts';
import { compilePolicies } from '../../../functions/policy/compile.ts';
import type { Policies, SignInFacts } from '../../../functions/policy/model.ts';
import { client, document } from '../config/document.ts';

/** Compiles the policies of a small document with these parts. */
export function compile(over: Record<string, unknown>): ReturnType<typeof compilePolicies> {
  const clients = ['vpn-1', 'vpn-2', 'rdg-1'].map((name, index) =>
    client({ name, addresses: [`192.0.2.${index}`] }),
  );
  const reading = readConfiguration(JSON.stringify(document({ clients, ...over })));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return compilePolicies(reading.document);
}

/** The same where they are known to be right. */
export function policies(over: Record<string, unknown>): Policies {
  const compiled = compile(over);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value;
}

export function facts(over: Partial<SignInFacts> = {}): SignInFacts {
  return {
    client: 'vpn-1',
    accessServerType: 0,
    userName: ['CONTOSO\\alice'],
    nasPortType: 5,
    calledStationId: ['gw.contoso.example'],
    callingStationId: ['203.0.113.9'],
    now: Date.parse('2026-01-14T12:00:00Z'),
    groups: ['VPN Users'],
    method: 'pap',
    ...over,
  };
}
