import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certificateReader } from '../../../../functions/keyvault/certificate.ts';
import { vaultSign } from '../../../../functions/keyvault/sign.ts';
import { vaultCertificates } from '../../../../functions/keyvault/vault-certificate.ts';
import type { MfaProvider, Watched } from '../../../../functions/mfa/provider.ts';
import { mfaProviders, type ProviderPlace } from '../../../../functions/mfa/providers/providers.ts';
import { systemClock } from '../../../../relay-call/clock.ts';
import { accessTo, startVault } from '../../keyvault/vault-rig.ts';

const timeout = 30_000;
let tls: Awaited<ReturnType<typeof startVault>>['tls'] | undefined;
const ALICE = { objectId: randomUUID(), upn: 'alice@contoso.example' };

/** The whole chain: vault, certificate, assertion, token, connector; each real, against its stand-in. */
async function chain(change: { phone?: 'approve' | 'deny'; entry?: Partial<ProviderPlace['entry']> } = {}) {
  const tenantId = randomUUID();
  const options = {
    tenant: tenantId,
    certificates: [{ name: 'nps-mfa' }],
    people: [ALICE],
    phone: { mode: change.phone ?? 'approve' },
  };
  const rig = await startVault(options, tls);
  tls = rig.tls;
  const access = accessTo(rig.standIns);
  const events: object[] = [];
  const providerOf = mfaProviders({
    certificates: certificateReader({
      fetch: vaultCertificates(access),
      clock: systemClock,
      log: (event) => events.push(event),
    }),
    sign: vaultSign(access),
    clock: systemClock,
    newId: randomUUID,
    log: (event) => events.push(event),
    authorityHost: rig.standIns.authorityHost,
    connectorUrl: rig.standIns.connectorUrl,
    disableInstanceDiscovery: true,
  });
  const place: ProviderPlace = {
    tenantId,
    cloud: 'public',
    entry: {
      kind: 'connector',
      certificate: { keyVault: 'nps-mfa' },
      signature: 'PS256',
      language: 'en-us',
      ...change.entry,
    },
  };
  const ask = async (provider: MfaProvider = providerOf(place)): Promise<Watched> => {
    const attempt = {
      id: randomUUID(),
      user: { ...ALICE, tenantId },
      client: 'rdg',
      provider: provider.name,
      began: Date.now(),
      deadline: Date.now() + 75_000,
    };
    const begun = await provider.begin(attempt, new AbortController().signal);
    return begun.kind === 'begun' ? begun.watch() : begun;
  };
  return { ...rig, providerOf, place, ask, events };
}

describe('from the certificate to the phone', { timeout }, () => {
  test.each(['PS256', 'RS256'] as const)(
    '%s: the second prompt asks neither vault nor Entra',
    async (signature) => {
      const { ask, mark, counted, entra, standIns, events } = await chain({ entry: { signature } });
      expect(await ask()).toMatchObject({
        kind: 'outcome',
        outcome: { kind: 'approved', proof: { userObjectId: ALICE.objectId } },
      });
      expect(counted()).toMatchObject({ certificateRead: 1, signed: 1 });
      expect(entra()).toMatchObject({ issued: 1 });
      mark();
      expect(await ask()).toMatchObject({ kind: 'outcome', outcome: { kind: 'approved' } });
      expect([counted(), entra()]).toEqual([{}, {}]);
      expect(standIns.phone.prompts()).toEqual({ [ALICE.upn]: 2 });
      expect(events).toEqual([]);
    },
  );

  test('a token that the connector refuses is renewed once, without the vault, and the phone rings once', async () => {
    const { ask, mark, counted, entra, standIns } = await chain();
    await ask();
    mark();
    standIns.connector.script({ answer: 'status', status: 401, times: 1 });
    expect(await ask()).toMatchObject({ kind: 'outcome', outcome: { kind: 'approved' } });
    expect([counted(), entra().issued]).toEqual([{}, 1]);
    expect(standIns.phone.prompts()).toEqual({ [ALICE.upn]: 2 });
  });

  test('a token for another cloud’s connector is not taken', async () => {
    const { ask, providerOf, place, standIns } = await chain();
    expect(await ask(providerOf({ ...place, cloud: 'us-government' }))).toMatchObject({
      kind: 'not-begun',
      code: 'token-unavailable',
    });
    expect(standIns.phone.prompts()).toEqual({});
  });

  test('a certificate that Entra does not know rings nobody, and says so', async () => {
    const { ask, standIns } = await chain({ entry: { certificate: { keyVault: 'other' } } });
    await standIns.certificates.add({ name: 'other', registered: false });
    expect(await ask()).toEqual({
      kind: 'not-begun',
      code: 'token-unavailable',
      detail: 'certificate-not-registered AADSTS700027',
    });
    expect(standIns.phone.prompts()).toEqual({});
  });

  test('a pinned version is used on when the vault has a newer one', async () => {
    const version = 'a'.repeat(32);
    const { ask, standIns } = await chain({ entry: { certificate: { keyVault: 'pinned', version } } });
    await standIns.certificates.add({ name: 'pinned', version });
    await standIns.certificates.add({ name: 'pinned', registered: false });
    expect(await ask()).toMatchObject({ kind: 'outcome', outcome: { kind: 'approved' } });
  });

  test('a person who denies is rejected', async () => {
    const { ask } = await chain({ phone: 'deny' });
    expect(await ask()).toEqual({
      kind: 'outcome',
      outcome: { kind: 'rejected', code: 'mfa-denied', detail: 'PhoneAppDenied' },
    });
  });
});

test('a provider stays the same as long as its description does', { timeout }, async () => {
  const { providerOf, place } = await chain();
  const first = providerOf(place);
  expect(providerOf(structuredClone(place))).toBe(first);
  expect(providerOf({ ...place, entry: { ...place.entry, language: 'de' } })).not.toBe(first);
});
