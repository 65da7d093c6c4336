import type { Call, JsonAnswer } from './listener.ts';
import type { Fault, Stage } from './script.ts';
import type { Secrets, SecretVersion } from './secrets.ts';
import { type TokenFault, type TokenIssuer, VAULT_AUDIENCE } from './tokens.ts';

/** Calls so far, by how they ended. */
export type KeyVaultCounts = Record<
  | 'challenged' /* without a token */
  | 'unauthorized' /* with a bad one */
  | 'read'
  | 'missing'
  | 'disabled'
  | 'wrong' /* version, path or method */
  | 'scripted',
  number
>;

const versions = new Set(['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01', '2026-04-01']);

const tokenFaults: Record<TokenFault, string> = {
  malformed: 'AKV10000: The token is not a JSON Web Token.',
  'signature-wrong': 'AKV10000: The token signature is invalid.',
  'issuer-wrong': 'AKV10032: Invalid issuer.',
  'audience-wrong': `AKV10022: Invalid audience. Expected ${VAULT_AUDIENCE}.`,
  expired: 'AKV10000: The token has expired.',
  'not-yet-valid': 'AKV10000: The token is not valid yet.',
};

/** Azure Key Vault as far as secrets are read from it: authentication, then script, version, path, method. */
export function keyVault(x: {
  readonly issuer: TokenIssuer;
  readonly secrets: Secrets;
  readonly stage: Stage;
  /** The vault's own address, for the ids of secrets. */
  readonly vaultUrl: () => string;
}): { answer(call: Call): Promise<JsonAnswer | 'reset'>; counts(): KeyVaultCounts } {
  const counts: KeyVaultCounts = {
    challenged: 0,
    unauthorized: 0,
    read: 0,
    missing: 0,
    disabled: 0,
    wrong: 0,
    scripted: 0,
  };

  function counted(kind: keyof KeyVaultCounts, answer: JsonAnswer): JsonAnswer {
    counts[kind] += 1;
    return answer;
  }

  function authenticate(call: Call): JsonAnswer | undefined {
    const token = /^Bearer (\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
    if (token === undefined) {
      const message = 'AKV10000: Request is missing a Bearer or PoP token.';
      return counted('challenged', challenge(x.issuer.tenant, message));
    }
    const fault = x.issuer.check(token, VAULT_AUDIENCE);
    return fault && counted('unauthorized', challenge(x.issuer.tenant, tokenFaults[fault]));
  }

  function readSecret(name: string, version: string | undefined): JsonAnswer {
    const secret = x.secrets.find(name, version);
    if (secret === undefined) {
      const message = `A secret with (name/id) ${name} was not found in this key vault.`;
      return counted('missing', refusal(404, 'SecretNotFound', message));
    }
    if (secret.enabled === false) {
      const message = 'Operation get is not allowed on a disabled secret.';
      return counted('disabled', refusal(403, 'Forbidden', message, 'SecretDisabled'));
    }
    return counted('read', { status: 200, body: bundle(x.vaultUrl(), secret) });
  }

  return {
    counts: () => ({ ...counts }),
    async answer(call) {
      const unauthenticated = authenticate(call);
      if (unauthenticated !== undefined) return unauthenticated;
      const fault = await x.stage.play();
      if (fault !== undefined) {
        counts.scripted += 1;
        return scripted(fault);
      }
      if (!versions.has(call.query.get('api-version') ?? '')) {
        return counted('wrong', refusal(400, 'BadParameter', 'The request URI has no known api-version.'));
      }
      const [collection, name, version, ...more] = call.path;
      if (collection !== 'secrets' || name === undefined || name === '' || more.length > 0) {
        return counted('wrong', refusal(404, 'NotFound', 'The path names no collection or object.'));
      }
      if (call.method !== 'GET') {
        const answer = refusal(405, 'MethodNotAllowed', 'Secrets of this stand-in are read only.');
        return counted('wrong', { ...answer, headers: { allow: 'GET' } });
      }
      return readSecret(name, version);
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

function refusal(status: number, code: string, message: string, inner?: string): JsonAnswer {
  return { status, body: { error: { code, message, ...(inner && { innererror: { code: inner } }) } } };
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

function bundle(vaultUrl: string, secret: SecretVersion): object {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    value: secret.value,
    id: `${vaultUrl}/secrets/${secret.name}/${secret.version}`,
    attributes: {
      enabled: true,
      ...(secret.notBefore !== undefined && { nbf: seconds(secret.notBefore) }),
      ...(secret.expires !== undefined && { exp: seconds(secret.expires) }),
      created: seconds(secret.created),
      updated: seconds(secret.created),
      recoveryLevel: 'Recoverable',
      recoverableDays: 90,
    },
    tags: {},
  };
}
