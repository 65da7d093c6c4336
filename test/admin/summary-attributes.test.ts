import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tooLongTogether } from '../../admin/summary-attributes.ts';
import { readConfiguration } from '../../functions/config/read.ts';
import { compileAttributes, mergeAttributes } from '../../functions/policy/attributes.ts';
import { buildReply } from '../../functions/radius/reply.ts';
import { CODE } from '../../relay-call/framing.ts';
import { connectionRequestPolicy, document, networkPolicy } from '../functions/config/document.ts';
import { SECRET } from '../functions/radius/packets.ts';

/** What 4096 octets leave behind the header and Message-Authenticator. */
const ROOM = 4096 - 20 - 18;

/** Attributes of one kind that take so many octets. */
function filling(name: string, octets: number): Record<string, string[]> {
  const values: string[] = [];
  for (let left = octets; left > 0; left -= 255) values.push('x'.repeat(Math.min(left, 255) - 2));
  return { [name]: values };
}

function warningsOf(over: Record<string, unknown>): string[] {
  const read = readConfiguration(JSON.stringify(document(over)));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return tooLongTogether(read.document);
}

/** A policy of each kind, whose attributes take so many octets. */
const pair = (requests: number, grants: number) => ({
  connectionRequestPolicies: [connectionRequestPolicy({ attributes: filling('Filter-Id', requests) })],
  networkPolicies: [networkPolicy({ attributes: filling('Reply-Message', grants) })],
});

test('attributes that fit alone and not together are warned of, to the octet', () => {
  expect(warningsOf(pair(2000, ROOM - 2000))).toEqual([]);
  expect(warningsOf(pair(2000, ROOM - 2000 + 1))).toEqual([
    'WARNING: the attributes of connection request policy "Everybody" and network policy "VPN users" do not fit into one packet of 4096 octets: whoever matches both is rejected (reply-not-possible)',
  ]);
});

test('an attribute of both counts once: the network policy replaces it', () => {
  const attributes = filling('Filter-Id', 3000);
  expect(
    warningsOf({
      connectionRequestPolicies: [connectionRequestPolicy({ attributes })],
      networkPolicies: [networkPolicy({ attributes })],
    }),
  ).toEqual([]);
});

test.each([
  ['the connection request policy is not enabled', { enabled: false }, {}],
  ['the network policy is not enabled', {}, { enabled: false }],
  ['the network policy denies', {}, { permission: 'deny' }],
  ['no network policy is asked', { authentication: { acceptWithoutValidating: true } }, {}],
])('none where %s', (_, request, network) => {
  expect(
    warningsOf({
      connectionRequestPolicies: [
        connectionRequestPolicy({ attributes: filling('Filter-Id', 3000), ...request }),
      ],
      networkPolicies: [networkPolicy({ attributes: filling('Reply-Message', 3000), ...network })],
    }),
  ).toEqual([]);
});

test('ten pairs are named', () => {
  const networkPolicies = Array.from({ length: 12 }, (_, index) =>
    networkPolicy({ name: `policy ${index}`, attributes: filling('Reply-Message', 3000) }),
  );
  const lines = warningsOf({ ...pair(3000, 0), networkPolicies });
  expect(lines).toHaveLength(11);
  expect(lines[9]).toContain('"policy 9"');
  expect(lines[10]).toBe('WARNING: there are more such pairs of policies');
});

test('a thousand connection request policies by ten thousand network policies take no long time', () => {
  const attributes = { 'Session-Timeout': 3600 };
  const many = (length: number, make: typeof networkPolicy) =>
    Array.from({ length }, (_, index) => make({ name: `${index}`, attributes }));
  expect(
    warningsOf({
      connectionRequestPolicies: many(1000, connectionRequestPolicy),
      networkPolicies: many(10_000, networkPolicy),
    }),
  ).toEqual([]);
});

test('the warning is there if and only if the functions cannot write the Accept', () => {
  const values = fc.array(fc.string({ unit: fc.constant('x'), minLength: 150, maxLength: 240 }), {
    minLength: 5,
    maxLength: 14,
  });
  // Plain, tagged and of a vendor, some of both policies: each takes other octets besides its value.
  const servers = fc.array(fc.ipV4(), { minLength: 1, maxLength: 20 });
  const requests = fc.record(
    { 'Filter-Id': values, 'MS-Primary-DNS-Server': servers },
    { requiredKeys: ['Filter-Id'] },
  );
  const grants = fc.oneof(
    fc.record({ 'Tunnel-Private-Group-Id:1': values, 'MS-Primary-DNS-Server': servers }),
    fc.record({ 'Filter-Id': values, 'Reply-Message': fc.constant('x') }),
  );
  const request = {
    code: CODE.accessRequest,
    identifier: 0,
    octets: Buffer.alloc(20),
    authenticator: Buffer.alloc(16),
    attributes: [],
  };
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(requests, grants, (one, other) => {
      const compiled = [one, other].map((entry) => compileAttributes([], entry));
      fc.pre(compiled.every(({ problems }) => problems.length === 0));
      const [asked = [], granted = []] = compiled.map(({ attributes }) => attributes);
      const reply = buildReply(request, {
        code: CODE.accessAccept,
        attributes: mergeAttributes(asked, granted),
        secret: SECRET,
      });
      const warned = warningsOf({
        connectionRequestPolicies: [connectionRequestPolicy({ attributes: one })],
        networkPolicies: [networkPolicy({ attributes: other })],
      });
      expect(warned.length > 0).toBe(reply === 'reply-too-long');
      seen.add(warned.length > 0);
    }),
    { numRuns: 200 },
  );
  expect(seen.size).toBe(2);
});
