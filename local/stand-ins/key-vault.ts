import type { Clock } from '../../relay-call/clock.ts';
import type { Certificates } from './certificates.ts';
import {
  type Collection,
  type Counted,
  counted,
  type KeyVaultCounts,
  notFound,
  refusal,
} from './key-vault-answers.ts';
import { vaultCertificates } from './key-vault-certificates.ts';
import { vaultKeys } from './key-vault-keys.ts';
import { vaultSecrets } from './key-vault-secrets.ts';
import type { Answer, Call, JsonAnswer } from './listener.ts';
import type { Fault, Stage } from './script.ts';
import type { Secrets } from './secrets.ts';
import { type TokenFault, type TokenIssuer, VAULT_AUDIENCE } from './tokens.ts';

export type { KeyVaultCounts } from './key-vault-answers.ts';

const versions = new Set(['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01', '2026-04-01']);

const tokenFaults: Record<TokenFault, string> = {
  malformed: 'AKV10000: The token is not a JSON Web Token.',
  'signature-wrong': 'AKV10000: The token signature is invalid.',
  'issuer-wrong': 'AKV10032: Invalid issuer.',
  'audience-wrong': `AKV10022: Invalid audience. Expected ${VAULT_AUDIENCE}.`,
  expired: 'AKV10000: The token has expired.',
  'not-yet-valid': 'AKV10000: The token is not valid yet.',
};

/**
 * Azure Key Vault as far as secrets and certificates are read from it and digests signed with their keys:
 * authentication, then script, version, path, method.
 */
export function keyVault(x: {
  readonly issuer: TokenIssuer;
  readonly secrets: Secrets;
  readonly certificates: Certificates;
  readonly stage: Stage;
  readonly clock: Clock;
  /** The vault's own address, for the ids of its objects. */
  readonly vaultUrl: () => string;
}): { answer(call: Call): Promise<Answer>; counts(): KeyVaultCounts } {
  const counts: KeyVaultCounts = {
    challenged: 0,
    unauthorized: 0,
    read: 0,
    certificateRead: 0,
    keyRead: 0,
    signed: 0,
    missing: 0,
    disabled: 0,
    outdated: 0,
    wrong: 0,
    scripted: 0,
  };
  const collections: ReadonlyMap<string | undefined, Collection> = new Map([
    ['secrets', vaultSecrets(x.secrets, x.vaultUrl)],
    ['certificates', vaultCertificates(x.certificates, x.vaultUrl)],
    ['keys', vaultKeys(x.certificates, x.vaultUrl, x.clock)],
  ]);

  function authenticate(call: Call): Counted | undefined {
    const token = /^Bearer (\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
    if (token === undefined) {
      const message = 'AKV10000: Request is missing a Bearer or PoP token.';
      return counted('challenged', challenge(x.issuer.tenant, message));
    }
    const fault = x.issuer.check(token, VAULT_AUDIENCE);
    return fault && counted('unauthorized', challenge(x.issuer.tenant, tokenFaults[fault]));
  }

  function find(call: Call): Counted {
    if (!versions.has(call.query.get('api-version') ?? '')) {
      return counted('wrong', refusal(400, 'BadParameter', 'The request URI has no known api-version.'));
    }
    const [collection, name, version, operation, ...more] = call.path;
    const answer = collections.get(collection);
    // An empty version is that of a key id without one, which the SDK makes `keys/NAME//sign` of.
    if (answer === undefined || !name || version === '' || operation === '' || more.length > 0) {
      return notFound();
    }
    const { method, body } = call;
    return answer({ method, name, version, operation, contentType: call.header('content-type') ?? '', body });
  }

  return {
    counts: () => ({ ...counts }),
    async answer(call) {
      const unauthenticated = authenticate(call);
      const fault = unauthenticated ? undefined : await x.stage.play();
      if (fault !== undefined) {
        counts.scripted += 1;
        return scripted(fault);
      }
      const { kind, answer } = unauthenticated ?? find(call);
      counts[kind] += 1;
      return answer;
    },
  };
}

function challenge(tenant: string, message: string): JsonAnswer {
  const authorization = `https://login.microsoftonline.com/${tenant}`;
  return {
    ...refusal(401, 'Unauthorized', message),
    headers: { 'www-authenticate': `Bearer authorization="${authorization}", resource="${VAULT_AUDIENCE}"` },
  };
}

function scripted(fault: Fault): JsonAnswer | 'reset' {
  if (fault === 'reset') return 'reset';
  if (fault.status === 403) {
    return refusal(
      403,
      'Forbidden',
      'Caller is not authorized to perform action on resource.',
      'ForbiddenByRbac',
    );
  }
  if (fault.status !== 429) return refusal(fault.status, 'InternalServerError', 'Scripted.');
  const answer = refusal(
    429,
    'Throttled',
    'Request was not processed because too many requests were received.',
  );
  return { ...answer, headers: { 'retry-after': String(fault.retryAfter ?? 0) } };
}
