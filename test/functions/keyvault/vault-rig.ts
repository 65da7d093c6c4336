import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from 'vitest';
import type { VaultAccess } from '../../../functions/keyvault/access.ts';
import type { KeyVaultCounts } from '../../../local/stand-ins/key-vault.ts';
import { type Call, type JsonAnswer, listener } from '../../../local/stand-ins/listener.ts';
import type { StandInOptions } from '../../../local/stand-ins/stand-ins.ts';
import { VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../../local/tls.ts';
import type { Clock } from '../../../relay-call/clock.ts';
import { loopbackTls, running } from '../../local/stand-ins/running.ts';

type Running = Awaited<ReturnType<typeof running>>;

/** What every vault of a test is reached with; a token that the stand-in takes for a day, in place of an identity. */
export function accessTo(standIns: Running, x: Partial<VaultAccess> = {}): VaultAccess {
  const { token } = standIns.issuer.issue({ audience: VAULT_AUDIENCE, appId: 'app', lifetime: 86_400 });
  return {
    vaultUrl: standIns.vaultUrl,
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 86_400_000 }) },
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
    ...x,
  };
}

/**
 * Stand-ins whose issuer is trusted, and what they count from `mark` on.
 *
 * @param known that of stand-ins before; two issuers of one name cannot be trusted in one process
 */
export async function startVault(
  x: Partial<StandInOptions> & { readonly clock?: Clock } = {},
  known?: LocalTls,
) {
  const tls = known ?? (await trusted());
  const standIns = await running(tls, x);
  let before = standIns.counts();
  return {
    tls,
    standIns,
    mark(): void {
      before = standIns.counts();
    },
    counted: (): Partial<KeyVaultCounts> => difference(standIns.counts().keyVault, before.keyVault),
    entra: () => difference(standIns.counts().entra, before.entra),
  };
}

async function trusted(): Promise<LocalTls> {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  return tls;
}

function difference<K extends string>(
  now: Record<K, number>,
  then: Record<K, number>,
): Partial<Record<K, number>> {
  const changed: Partial<Record<K, number>> = {};
  for (const kind in now) if (now[kind] !== then[kind]) changed[kind] = now[kind] - then[kind];
  return changed;
}

/** A server that answers what no real one should; asks nobody for a token. */
export async function odd(tls: LocalTls, answer: (call: Call, url: string) => JsonAnswer) {
  const server = listener({
    host: '127.0.0.1',
    port: 0,
    tls: { key: tls.key, cert: tls.cert },
    answer: async (call) => answer(call, server.url()),
  });
  await server.accept();
  return { url: server.url(), close: () => server.refuse() };
}

export function coded(code: string, detail?: unknown) {
  return expect.objectContaining({ code, ...(detail !== undefined && { detail }) });
}
