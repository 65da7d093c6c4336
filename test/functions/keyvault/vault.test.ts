import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { managedIdentity } from '../../../functions/keyvault/credential.ts';
import { VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import { type SecretEvent, secretReader } from '../../../functions/keyvault/secrets.ts';
import { type FetchSecret, type VaultAccess, vaultSecrets } from '../../../functions/keyvault/vault.ts';
import type { KeyVaultCounts } from '../../../local/stand-ins/key-vault.ts';
import type { ManagedIdentityCounts } from '../../../local/stand-ins/managed-identity.ts';
import type { StandInCounts } from '../../../local/stand-ins/stand-ins.ts';
import { VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { loopbackTls, running } from '../../local/stand-ins/running.ts';
import { manualTime } from '../store/time.ts';

// The SDKs are real, so they take their time to load.
const timeout = 30_000;
let tls: LocalTls;
let standIns: Awaited<ReturnType<typeof running>>;
let before: StandInCounts;

// One identity endpoint for all of the file: the identity library remembers endpoint, header and tokens process-wide.
beforeAll(async () => {
  tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  standIns = await running(tls);
  vi.stubEnv('IDENTITY_ENDPOINT', standIns.identityEndpoint);
  vi.stubEnv('IDENTITY_HEADER', standIns.identityHeader);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await standIns.close();
});
beforeEach(async () => {
  standIns.setSecret('rdg-secret', 'correct horse battery staple');
  await standIns.script('keyVault', { state: 'well' });
  await standIns.script('managedIdentity', { state: 'well' });
  before = standIns.counts();
});

/** Calls of this test alone. */
function counted(): { keyVault: Partial<KeyVaultCounts>; managedIdentity: Partial<ManagedIdentityCounts> } {
  const now = standIns.counts();
  return {
    keyVault: difference(now.keyVault, before.keyVault),
    managedIdentity: difference(now.managedIdentity, before.managedIdentity),
  };
}

function difference<K extends string>(
  now: Record<K, number>,
  then: Record<K, number>,
): Partial<Record<K, number>> {
  const changed: Partial<Record<K, number>> = {};
  for (const kind in now) if (now[kind] !== then[kind]) changed[kind] = now[kind] - then[kind];
  return changed;
}

function vault(x: Partial<VaultAccess> = {}): FetchSecret {
  return vaultSecrets({
    vaultUrl: standIns.vaultUrl,
    credential: managedIdentity(standIns.clientId),
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
    ...x,
  });
}

/** A credential that always gives this very token. */
function bearing(x: { audience?: string; lifetime?: number }): VaultAccess['credential'] {
  const { audience = VAULT_AUDIENCE, lifetime = 60 } = x;
  const { token } = standIns.issuer.issue({ audience, appId: 'app', lifetime });
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
}

function coded(code: string, detail = expect.anything()) {
  return expect.objectContaining({ code, detail });
}

describe('a read of the vault', { timeout }, () => {
  test('answers the challenge first with the managed identity’s token, and keeps the token', async () => {
    const fetch = vault();
    expect((await fetch('rdg-secret')).octets.toString()).toBe('correct horse battery staple');
    expect(counted()).toEqual({ keyVault: { challenged: 1, read: 1 }, managedIdentity: { issued: 1 } });
    await fetch('rdg-secret');
    expect(counted()).toEqual({ keyVault: { challenged: 1, read: 2 }, managedIdentity: { issued: 1 } });
  });

  test('gives the octets of UTF-8, and the secret’s dates', async () => {
    const [notBefore, expires] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)];
    standIns.setSecret('dated', { value: 'Zoë\u0000 ', notBefore, expires });
    expect(await vault()('dated')).toEqual({ octets: Buffer.from('Zoë\u0000 ', 'utf8'), notBefore, expires });
  });

  test('secret-missing: absent', async () => {
    await expect(vault()('absent')).rejects.toThrow(expect.objectContaining({ code: 'secret-missing' }));
  });

  test.each(['', 'a/b', '../keys/x', 'a?b', 'a b', 'ä', 'x'.repeat(128)])(
    'secret-missing: %j is no name of a secret, and is not sent',
    async (name) => {
      await expect(vault()(name)).rejects.toThrow(expect.objectContaining({ code: 'secret-missing' }));
      expect(counted().keyVault).toEqual({});
    },
  );

  test('secret-disabled, secret-empty', async () => {
    standIns.setSecret('off', { value: 'x', enabled: false });
    standIns.setSecret('empty', '');
    const fetch = vault();
    await expect(fetch('off')).rejects.toThrow(expect.objectContaining({ code: 'secret-disabled' }));
    await expect(fetch('empty')).rejects.toThrow(expect.objectContaining({ code: 'secret-empty' }));
  });

  test('vault-refused: a token for another audience', async () => {
    const fetch = vault({ credential: bearing({ audience: 'https://graph.microsoft.com' }) });
    await expect(fetch('rdg-secret')).rejects.toThrow(coded('vault-refused', '401 Unauthorized'));
    expect(counted().keyVault).toEqual({ challenged: 1, unauthorized: 1 });
  });

  test('vault-refused: an expired token', async () => {
    await expect(vault({ credential: bearing({ lifetime: -1 }) })('rdg-secret')).rejects.toThrow(
      coded('vault-refused'),
    );
  });

  test('vault-refused: no right', async () => {
    await standIns.script('keyVault', { state: 'failing', status: 403 });
    await expect(vault()('rdg-secret')).rejects.toThrow(
      coded('vault-refused', '403 Forbidden ForbiddenByRbac'),
    );
  });

  test('identity-unavailable: the identity of another', async () => {
    const other = managedIdentity('11111111-2222-3333-4444-555555555555');
    await expect(vault({ credential: other })('rdg-secret')).rejects.toThrow(coded('identity-unavailable'));
    expect(counted()).toEqual({ keyVault: { challenged: 1 }, managedIdentity: { refused: 1 } });
  });

  test('the SDK itself refuses a challenge that is not of the vault’s domain', async () => {
    const fetch = vault({ disableChallengeResourceVerification: false });
    await expect(fetch('rdg-secret')).rejects.toThrow(coded('vault-unreachable'));
    expect(counted().managedIdentity).toEqual({});
  });

  test('throttled once, then good', async () => {
    await standIns.script('keyVault', { state: 'throttled', retryAfter: 0, times: 1 });
    expect((await vault()('rdg-secret')).octets.toString()).toBe('correct horse battery staple');
    expect(counted().keyVault).toEqual({ challenged: 1, scripted: 1, read: 1 });
  });

  test('vault-throttled: until the SDK gives up', async () => {
    await standIns.script('keyVault', { state: 'throttled', retryAfter: 0 });
    await expect(vault()('rdg-secret')).rejects.toThrow(coded('vault-throttled', '429 Throttled'));
    expect(counted().keyVault.scripted).toBe(2);
  });

  test('vault-unreachable: an error of its own, a broken and a refused connection', async () => {
    const fetch = vault();
    await standIns.script('keyVault', { state: 'failing', status: 500 });
    await expect(fetch('rdg-secret')).rejects.toThrow(coded('vault-unreachable', '500 InternalServerError'));
    await standIns.script('keyVault', { state: 'resetting' });
    await expect(fetch('rdg-secret')).rejects.toThrow(coded('vault-unreachable', 'ECONNRESET'));
    await standIns.script('keyVault', { state: 'refusing' });
    await expect(fetch('rdg-secret')).rejects.toThrow(coded('vault-unreachable', 'ECONNREFUSED'));
    await standIns.script('keyVault', { state: 'well' });
    expect((await fetch('rdg-secret')).octets.toString()).toBe('correct horse battery staple');
  });

  test('vault-unreachable: no answer in time, from the vault or the identity endpoint', async () => {
    await vault()('rdg-secret');
    await standIns.script('keyVault', { state: 'hanging' });
    await expect(vault({ patience: 100 })('rdg-secret')).rejects.toThrow(coded('vault-unreachable'));
    await standIns.script('keyVault', { state: 'well' });
    await standIns.script('managedIdentity', { state: 'hanging' });
    const credential = managedIdentity('22222222-2222-3333-4444-555555555555');
    await expect(vault({ patience: 100, credential })('rdg-secret')).rejects.toThrow(
      coded('vault-unreachable'),
    );
  });

  test('vault-unreachable: a host whose certificate is not trusted', async () => {
    const other = await loopbackTls();
    const untrusted = await running(other);
    try {
      await expect(vault({ vaultUrl: untrusted.vaultUrl })('rdg-secret')).rejects.toThrow(
        coded('vault-unreachable'),
      );
      expect(untrusted.counts().keyVault.challenged).toBe(0);
    } finally {
      await untrusted.close();
    }
  });

  test('no fault shows the token or the secret', async () => {
    await standIns.script('keyVault', { state: 'failing', status: 500 });
    const fault: unknown = await vault({ credential: bearing({}) })('rdg-secret').catch(
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(VaultUnreachable);
    expect((fault as Error).cause).toBeUndefined();
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toMatch(/Bearer|eyJ|correct horse/);
  });
});

describe('a secret reader on a vault', { timeout }, () => {
  function reader() {
    const time = manualTime();
    const events: SecretEvent[] = [];
    const read = secretReader({ fetch: vault(), clock: time.clock, log: (event) => events.push(event) });
    return { time, events, read: async () => (await read.read('rdg-secret')).toString() };
  }

  test('makes no call for the second read', async () => {
    const { read } = reader();
    await read();
    const once = counted();
    expect(once.keyVault.read).toBe(1);
    expect(await read()).toBe('correct horse battery staple');
    expect(counted()).toEqual(once);
  });

  test('brings a rotated secret after five minutes', async () => {
    const { read, time, events } = reader();
    await read();
    standIns.setSecret('rdg-secret', 'Tr0ub4dor&3 and more');
    expect(await read()).toBe('correct horse battery staple');
    await time.advance(300_000);
    await read();
    await vi.waitFor(() => expect(events).toEqual([{ event: 'secret-rotated', name: 'rdg-secret' }]));
    expect(await read()).toBe('Tr0ub4dor&3 and more');
  });

  test('uses the last known secret while the vault is down, and fails without one', async () => {
    const { read, time, events } = reader();
    await read();
    await standIns.script('keyVault', { state: 'refusing' });
    await time.advance(600_000);
    expect(await read()).toBe('correct horse battery staple');
    await vi.waitFor(() => expect(events).toMatchObject([{ event: 'secret-kept', detail: 'ECONNREFUSED' }]));
    expect(await read()).toBe('correct horse battery staple');
    await expect(reader().read()).rejects.toThrow(coded('vault-unreachable'));
  });
});
