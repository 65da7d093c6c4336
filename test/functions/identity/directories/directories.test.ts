import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CLOUDS } from '../../../../functions/entra/clouds.ts';
import { ATTEMPTS, type AttemptRow } from '../../../../functions/identity/attempts.ts';
import type { EntraDirectoryPlace } from '../../../../functions/identity/compile.ts';
import { entraDirectories } from '../../../../functions/identity/directories/directories.ts';
import type { Directory } from '../../../../functions/identity/directory.ts';
import { readName } from '../../../../functions/identity/names.ts';
import { certificateReader } from '../../../../functions/keyvault/certificate.ts';
import { secretReader } from '../../../../functions/keyvault/secrets.ts';
import { vaultSign } from '../../../../functions/keyvault/sign.ts';
import { vaultSecrets } from '../../../../functions/keyvault/vault.ts';
import { vaultCertificates } from '../../../../functions/keyvault/vault-certificate.ts';
import { leases } from '../../../../functions/store/claim.ts';
import { memoryStore } from '../../../../functions/store/memory.ts';
import { systemSleep } from '../../../../functions/store/sleep.ts';
import { systemClock } from '../../../../relay-call/clock.ts';
import { accessTo, startVault } from '../../keyvault/vault-rig.ts';
import { entryOf, id, question } from './rig.ts';

const timeout = 30_000;
let tls: Awaited<ReturnType<typeof startVault>>['tls'] | undefined;

const ALICE = {
  objectId: id(1),
  upn: 'alice@contoso.example',
  password: 'correct horse',
  onPremises: { samAccountName: 'alice', domainName: 'corp.contoso.example' },
};
const nested = { objectId: id(7), displayName: 'Everybody', members: [id(8)] };
const direct = { objectId: id(8), displayName: 'Some', members: [id(1)] };

/** The whole chain: Graph, vault, certificate, assertion, password; each real, against its stand-in. */
async function chain() {
  const tenantId = randomUUID();
  const clientId = randomUUID();
  const rig = await startVault(
    {
      tenant: tenantId,
      secrets: { 'attempt-key': 'an attempt key of some length' },
      certificates: [{ name: 'nps-mfa' }],
      people: [ALICE],
      groups: [nested, direct],
      applications: [{ clientId }],
    },
    tls,
  );
  tls = rig.tls;
  const { standIns } = rig;
  const access = accessTo(standIns);
  const clock = systemClock;
  const log = () => undefined;
  const audiences: string[] = [];
  const directoryOf = entraDirectories({
    credential: {
      async getToken(scopes) {
        const audience = String(scopes).replace(/\/\.default$/, '');
        audiences.push(audience);
        const { token } = standIns.issuer.issue({ audience, appId: 'app', lifetime: 3_600 });
        return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    },
    certificates: certificateReader({ fetch: vaultCertificates(access), clock, log }),
    sign: vaultSign(access),
    secrets: secretReader({ fetch: vaultSecrets(access), clock, log }),
    leases: leases(memoryStore(clock).table<AttemptRow>(ATTEMPTS), {
      clock,
      sleep: systemSleep,
      newMark: randomUUID,
    }),
    clock,
    newId: randomUUID,
    log,
    authorityHost: standIns.authorityHost,
    graphUrl: standIns.graphUrl,
  });
  const place: EntraDirectoryPlace = {
    tenantId,
    cloud: 'public',
    certificate: { keyVault: 'nps-mfa' },
    entry: entryOf({
      groups: [{ name: 'VPN Users', objectId: nested.objectId }],
      passwordCheck: { clientId, signature: 'PS256' },
    }),
  };
  return { ...rig, directoryOf, place, audiences };
}

async function find(directory: Directory, userName: string) {
  const name = readName(userName);
  if (name === undefined) throw new Error(`not a name: ${userName}`);
  return directory.find(name, question());
}

async function verify(directory: Directory, password: string) {
  const lookup = await find(directory, 'CONTOSO\\alice');
  if (lookup.kind !== 'found') throw new Error(lookup.kind);
  return directory.verifyPassword(lookup.user, Buffer.from(password), question());
}

describe('from the name to the password', { timeout }, () => {
  test('a user is found with a group of groups, by a token for Graph, and the right password is right', async () => {
    const { directoryOf, place, audiences, standIns, entra } = await chain();
    const directory = directoryOf(place);
    expect(await find(directory, 'CONTOSO\\alice')).toMatchObject({
      kind: 'found',
      user: { id: ALICE.objectId, upn: ALICE.upn, groups: ['VPN Users'], enabled: true },
    });
    expect(new Set(audiences)).toEqual(new Set([CLOUDS.public.graphResource]));
    expect(await verify(directory, 'correct horse')).toEqual({
      kind: 'right',
      asked: { question: question().id, reused: false },
    });
    expect(await verify(directory, 'Correct horse')).toMatchObject({
      kind: 'wrong',
      asked: { answer: 'AADSTS50126' },
    });
    expect(entra()).toMatchObject({ passwordRight: 1, passwordWrong: 1 });
    expect(standIns.entra.requestIds()).toContain(question().id);
  });

  test('a configuration that is read anew with the same description keeps the directory and what it knows', async () => {
    const { directoryOf, place, standIns, mark, counted } = await chain();
    const directory = directoryOf(place);
    await verify(directory, 'correct horse');
    const before = standIns.counts().graph;
    mark();
    const again = directoryOf(structuredClone(place));
    expect(again).toBe(directory);
    expect(await verify(again, 'wrong')).toMatchObject({ kind: 'wrong' });
    expect(standIns.counts().graph).toEqual(before);
    expect(counted()).toEqual({});
  });

  test('another description is another directory, which has the retried attempt’s verdict still', async () => {
    const { directoryOf, place, entra } = await chain();
    await verify(directoryOf(place), 'correct horse');
    const changed = directoryOf({ ...place, entry: { ...place.entry, groups: [] } });
    expect(changed).not.toBe(directoryOf(place));
    expect(await find(changed, 'CONTOSO\\alice')).toMatchObject({ user: { groups: [] } });
    expect(await verify(changed, 'correct horse')).toMatchObject({ kind: 'right', asked: { reused: true } });
    expect(entra()).toMatchObject({ passwordRight: 1 });
  });

  test('two directories of one configuration do not push each other out', async () => {
    const { directoryOf, place } = await chain();
    const second = { ...place, entry: { ...place.entry, name: 'second' } };
    const [one, two] = [directoryOf(place), directoryOf(second)];
    expect([directoryOf(place), directoryOf(second)]).toEqual([one, two]);
    expect(directoryOf(place)).toBe(one);
    expect(directoryOf(second)).toBe(two);
  });

  test('without passwordCheck no password is asked about', async () => {
    const { directoryOf, place, entra } = await chain();
    const { passwordCheck: _, ...entry } = place.entry;
    expect(await verify(directoryOf({ ...place, entry }), 'correct horse')).toEqual({
      kind: 'cannot-verify',
      code: 'password-check-not-configured',
    });
    expect(entra()).toEqual({});
  });

  test('a password check without a certificate is a fault of ours', async () => {
    const { directoryOf, place } = await chain();
    expect(() => directoryOf({ ...place, certificate: undefined })).toThrow(RangeError);
  });

  test('the token for another cloud’s Graph is not taken', async () => {
    const { directoryOf, place, audiences } = await chain();
    expect(await find(directoryOf({ ...place, cloud: 'china' }), 'CONTOSO\\alice')).toEqual({
      kind: 'unavailable',
      code: 'graph-unauthorized',
      detail: 'HTTP 401',
    });
    expect(audiences).toEqual([CLOUDS.china.graphResource]);
  });

  test('attempt-key-missing: without the key no password is asked about', async () => {
    const { directoryOf, place, standIns, entra } = await chain();
    standIns.setSecret('attempt-key', undefined);
    expect(await verify(directoryOf(place), 'correct horse')).toEqual({
      kind: 'unavailable',
      code: 'attempt-key-missing',
    });
    expect(entra()).toEqual({});
  });
});
