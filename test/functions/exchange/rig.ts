import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { sharedSecrets } from '../../../functions/clients/shared-secrets.ts';
import { ConfigurationUnavailable } from '../../../functions/config/load.ts';
import { readConfiguration } from '../../../functions/config/read.ts';
import { createAnswerAccessRequest } from '../../../functions/exchange/access-request.ts';
import type { CallAnswer } from '../../../functions/exchange/answer.ts';
import type { SetTimer } from '../../../functions/exchange/deadline.ts';
import { createExchange } from '../../../functions/exchange/exchange.ts';
import { createRecording, decisionRecords } from '../../../functions/exchange/recording.ts';
import { REPEATS, type RepeatReply, type RepeatWork } from '../../../functions/exchange/repeats.ts';
import { compileRunning, type Running } from '../../../functions/exchange/running.ts';
import type { User } from '../../../functions/identity/directory.ts';
import { SecretMissing, VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import { createPrompts, PROMPTS, type PromptRow } from '../../../functions/mfa/prompts.ts';
import type { DecisionRecord } from '../../../functions/records/decision.ts';
import { type LogEvent, limitedLog } from '../../../functions/records/log.ts';
import { NONCES, type SpentNonce } from '../../../functions/relays/nonces.ts';
import { leases } from '../../../functions/store/claim.ts';
import type { LeaseRow } from '../../../functions/store/lease.ts';
import { memoryStore } from '../../../functions/store/memory.ts';
import { type ReceivedCall, signCall } from '../../../relay-call/signature.ts';
import { directoryByHand } from '../identity/directory-by-hand.ts';
import { providerByHand } from '../mfa/provider-by-hand.ts';
import { SECRET_TEXT } from '../radius/packets.ts';
import { breakable } from '../store/breakable.ts';
import { type ManualTime, manualTime } from '../store/time.ts';

const AUTHORITY = 'bridge.example';
/** Milliseconds for which the rig keeps a record. */
export const RECORDED = 3_600_000;
export const PASSWORD = 'correct horse battery';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

/** Heidi's object in Entra. */
export const HEIDI = {
  objectId: '0d6c1a5e-3333-4c3e-9a51-6a2d6f5b7c03',
  userPrincipalName: 'heidi@contoso.example',
};

/** Somebody whom Entra has found. */
export const IRIS: User = {
  directory: 'entra',
  id: '7c1f0b6e-2222-4d2f-8c40-5b1c7e8f9a04',
  name: 'iris@contoso.example',
  upn: 'iris@contoso.example',
  enabled: true,
  entra: {
    objectId: '7c1f0b6e-2222-4d2f-8c40-5b1c7e8f9a04',
    tenantId: '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10',
    upn: 'iris@contoso.example',
  },
  groups: ['VPN Users'],
};
/** A bridge.json with a client of each kind and a user for each outcome. */
export const DOCUMENT = {
  relays: ['site-1', 'site-2'].map((name) => ({ name, keyId: name, publicKey: spki })),
  clients: [
    {
      name: 'vpn',
      addresses: ['192.0.2.10'],
      profile: 'generic',
      secrets: [{ keyVault: 'vpn-secret' }],
    },
    {
      name: 'rdg',
      addresses: ['192.0.2.20'],
      profile: 'rd-gateway',
      secrets: [{ keyVault: 'vpn-secret' }],
    },
    {
      name: 'old',
      addresses: ['192.0.2.30'],
      profile: 'generic',
      secrets: [{ keyVault: 'vpn-secret' }],
      messageAuthenticator: 'optional',
    },
    { name: 'kiosk', addresses: ['192.0.2.40'], profile: 'generic', secrets: [{ keyVault: 'vpn-secret' }] },
    { name: 'lost', addresses: ['192.0.2.50'], profile: 'generic', secrets: [{ keyVault: 'nowhere' }] },
    { name: 'weak', addresses: ['192.0.2.60'], profile: 'generic', secrets: [{ keyVault: 'weak-secret' }] },
    { name: 'stray', addresses: ['192.0.2.70'], profile: 'generic', secrets: [{ keyVault: 'vpn-secret' }] },
    {
      name: 'mfa-rdg',
      addresses: ['192.0.2.80'],
      profile: 'rd-gateway',
      secrets: [{ keyVault: 'vpn-secret' }],
    },
    { name: 'mfa-vpn', addresses: ['192.0.2.81'], profile: 'generic', secrets: [{ keyVault: 'vpn-secret' }] },
    {
      name: 'entra-vpn',
      addresses: ['192.0.2.90'],
      profile: 'generic',
      secrets: [{ keyVault: 'vpn-secret' }],
    },
  ],
  directories: [
    {
      name: 'local',
      kind: 'local',
      domains: ['CONTOSO'],
      upnSuffixes: ['contoso.example'],
      users: [
        user('alice', ['VPN Users']),
        user('carol', []),
        user('dave', ['Leavers']),
        user('erin', ['Chatty']),
        { ...user('bob', ['VPN Users']), enabled: false },
        { ...user('heidi', ['VPN Users', 'Remote Workers']), entra: HEIDI },
        { name: 'frank', groups: ['VPN Users'] },
        {
          name: 'grace',
          groups: ['VPN Users'],
          credential: { kind: 'clear', secret: { keyVault: 'grace-password' } },
        },
      ],
    },
    { name: 'entra', kind: 'entra' },
  ],
  connectionRequestPolicies: [
    {
      name: 'Kiosks',
      conditions: [{ client: ['kiosk'] }],
      authentication: { acceptWithoutValidating: true },
    },
    {
      name: 'Everybody',
      conditions: [{ client: ['vpn', 'rdg', 'old', 'mfa-rdg', 'mfa-vpn'] }],
      authentication: { directory: 'local' },
      attributes: { 'Idle-Timeout': 900 },
    },
    {
      name: 'Cloud',
      conditions: [{ client: ['entra-vpn'] }],
      authentication: { directory: 'entra' },
    },
  ],
  tenant: '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10',
  mfa: { providers: [{ kind: 'connector', certificate: { keyVault: 'nps-mfa' } }] },
  networkPolicies: [
    {
      name: 'Desktops with a second factor',
      accessServerType: 'remote-desktop-gateway',
      conditions: [{ client: ['mfa-rdg'] }],
      permission: 'grant',
      constraints: { authenticationMethods: ['unauthenticated'] },
      attributes: { 'Session-Timeout': 600 },
    },
    {
      name: 'VPN with a second factor',
      conditions: [{ client: ['mfa-vpn'] }],
      permission: 'grant',
      constraints: { authenticationMethods: ['pap'] },
    },
    { name: 'Leavers', conditions: [{ userGroup: ['Leavers'] }], permission: 'deny' },
    {
      name: 'Desktops',
      accessServerType: 'remote-desktop-gateway',
      conditions: [{ userGroup: ['VPN Users'] }],
      permission: 'grant',
      mfa: 'none',
      constraints: { authenticationMethods: ['unauthenticated'] },
      attributes: { 'Session-Timeout': 28800 },
    },
    {
      name: 'VPN',
      conditions: [{ userGroup: ['VPN Users'] }],
      permission: 'grant',
      mfa: 'none',
      constraints: { authenticationMethods: ['pap'] },
      attributes: { 'Session-Timeout': 3600, 'Filter-Id': 'vpn' },
    },
    {
      name: 'Much to say',
      conditions: [{ userGroup: ['Chatty'] }],
      permission: 'grant',
      mfa: 'none',
      constraints: { authenticationMethods: ['pap'] },
      attributes: { 'Reply-Message': Array.from({ length: 12 }, () => 'x'.repeat(250)) },
    },
  ],
};

function user(name: string, groups: readonly string[]) {
  return { name, groups, credential: { kind: 'clear', secret: { keyVault: 'password' } } };
}

export interface CallDraft {
  readonly packet: Uint8Array;
  /** The sender's address; its port is 50000 unless `port` says otherwise. */
  readonly from?: string;
  readonly port?: number;
  readonly serves?: 'auth' | 'acct';
  /** Milliseconds. */
  readonly deadline?: number;
  readonly nonce?: Buffer;
  readonly relay?: string;
}

/** A functions app without its host: everything real but the time, the store's reachability and the key vault. */
export function rig(document: unknown = DOCUMENT) {
  const time: ManualTime = manualTime();
  const store = breakable(memoryStore(time.clock));
  const lines: LogEvent[] = [];
  const vault = new Map<string, Buffer | 'down'>([
    ['vpn-secret', Buffer.from(SECRET_TEXT)],
    ['weak-secret', Buffer.from('short')],
    ['password', Buffer.from(PASSWORD)],
    ['grace-password', Buffer.from(PASSWORD)],
  ]);
  /** Milliseconds that the key vault takes. */
  const delay = { vault: 0 };
  const reader = {
    async read(name: string, signal?: AbortSignal): Promise<Buffer> {
      if (delay.vault > 0) await time.sleep(delay.vault, signal ?? new AbortController().signal);
      const value = vault.get(name);
      if (value === 'down') throw new VaultUnreachable('vault-unreachable', '');
      if (value === undefined) throw new SecretMissing('secret-missing');
      return value;
    },
  };
  const phone = providerByHand();
  const entra = directoryByHand('entra');
  const reading = readConfiguration(JSON.stringify(document));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const compiled = compileRunning(reading.document, {
    secrets: reader,
    mfaProvider: () => phone.provider,
    entraDirectory: () => entra.directory,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const state: { running: Running | undefined; unreachable: boolean } = {
    running: compiled.value,
    unreachable: true,
  };

  const setTimer: SetTimer = (run, ms) => {
    const controller = new AbortController();
    time.sleep(ms, controller.signal).then(run, () => undefined);
    return { cancel: () => controller.abort() };
  };
  const decisions = decisionRecords(store.store, RECORDED);
  const tools = { clock: time.clock, sleep: time.sleep, newMark: randomUUID };
  const limited = limitedLog({
    clock: time.clock,
    after: (ms, run) => void time.sleep(ms, new AbortController().signal).then(run),
    late: (line) => lines.push(line),
  });
  const exchange = createExchange({
    authority: AUTHORITY,
    configuration: {
      async current() {
        if (state.running === undefined) throw new ConfigurationUnavailable(state.unreachable);
        return { value: state.running };
      },
    },
    nonces: store.store.table<SpentNonce>(NONCES),
    secrets: sharedSecrets(reader),
    answerAccessRequest: createAnswerAccessRequest({
      repeats: leases(store.store.table<LeaseRow<RepeatWork, RepeatReply>>(REPEATS), tools),
      prompts: createPrompts({
        leases: leases(store.store.table<PromptRow>(PROMPTS), tools),
        clock: time.clock,
        sleep: time.sleep,
        log: (line) => lines.push(line),
      }),
      record: createRecording({ records: decisions, lifetime: RECORDED, clock: time.clock }),
      limited,
      setTimer,
      clock: time.clock,
      newId: randomUUID,
    }),
    clock: time.clock,
    setTimer,
    limited,
  });

  function received(draft: CallDraft): ReceivedCall {
    const serves = draft.serves ?? 'auth';
    const headers = signCall({
      key: { keyid: draft.relay ?? 'site-1', privateKey },
      authority: AUTHORITY,
      path: '/api/radius',
      body: draft.packet,
      source: {
        from: { address: draft.from ?? '192.0.2.10', port: draft.port ?? 50_000 },
        to: { address: '198.51.100.1', port: serves === 'auth' ? 1812 : 1813 },
        serves,
      },
      deadline: draft.deadline ?? 30_000,
      created: Math.floor(time.clock.now() / 1000),
      nonce: draft.nonce ?? randomBytes(16),
    });
    return {
      method: 'POST',
      path: '/api/radius',
      query: '',
      header: (name) => headers[name],
      body: draft.packet,
    };
  }

  return {
    time,
    store,
    phone,
    entra,
    vault,
    delay,
    lines,
    state,
    received,
    call: (draft: CallDraft): Promise<CallAnswer> => exchange(received(draft), (line) => lines.push(line)),
    send: (call: ReceivedCall): Promise<CallAnswer> => exchange(call, (line) => lines.push(line)),
    /** The records that have been logged. */
    records: () => lines.filter(({ event }) => event === 'decision') as unknown as DecisionRecord[],
    decisions,
  };
}

/** The body of an answer that is a problem. */
export function problemOf(answer: CallAnswer): { code: string; begun?: boolean; serverTime?: number } {
  return JSON.parse(Buffer.from(answer.body ?? []).toString('utf8'));
}
