import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, verify } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';

/** The vault as the audience of a token; the connector's is told by its cloud. */
export const VAULT_AUDIENCE = 'https://vault.azure.net';
/** Storage accounts of every cloud, tables and blobs alike. */
export const STORAGE_AUDIENCE = 'https://storage.azure.com';
/** Application Insights' ingestion (https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication). */
export const MONITOR_AUDIENCE = 'https://monitor.azure.com';

export type TokenFault =
  | 'malformed'
  | 'signature-wrong'
  | 'issuer-wrong'
  | 'audience-wrong'
  | 'expired'
  | 'not-yet-valid';

interface IssuedToken {
  readonly token: string;
  /** Whole seconds since the epoch. */
  readonly expires: number;
}

/** Whom an id token is about, and whom it is for. `lifetime` in seconds. */
interface Identification {
  /** `https://host/tenant/v2.0`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly objectId: string;
  /** What the scope `profile` adds, and the object id with it. */
  readonly profile?: { readonly upn: string; readonly name: string };
  readonly lifetime: number;
}

/** Issues and checks the tokens of one tenant; shared by the stand-ins of one run, unknown outside it. */
export interface TokenIssuer {
  readonly tenant: string;
  /** `lifetime` in seconds; negative gives one that has expired. */
  issue(x: { readonly audience: string; readonly appId: string; readonly lifetime: number }): IssuedToken;
  /** An id token, which no resource takes. */
  identify(x: Identification): string;
  /** Checks an access token. */
  check(token: string, audience: string): TokenFault | undefined;
}

/**
 * JSON Web Tokens (RFC 7519) with ES256 (RFC 7518 §3.4) and the claims of Entra's v1 app tokens and v2 id tokens.
 *
 * @param tenant a GUID
 */
export function tokenIssuer(clock: Clock, tenant: string = randomUUID()): TokenIssuer {
  const kid = randomUUID();
  const issuer = `https://sts.windows.net/${tenant}/`;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = encode({ typ: 'JWT', alg: 'ES256', kid });

  function signedToken(claims: object): string {
    const signed = `${header}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** Whole seconds since the epoch. */
  function times(lifetime: number): { readonly iat: number; readonly nbf: number; readonly exp: number } {
    const now = Math.floor(clock.now() / 1000);
    const begins = Math.min(now, now + lifetime);
    return { iat: begins, nbf: begins, exp: now + lifetime };
  }

  return {
    tenant,
    issue({ audience, appId, lifetime }) {
      const life = times(lifetime);
      const claims = { aud: audience, iss: issuer, ...life, appid: appId, idtyp: 'app' };
      return { token: signedToken({ ...claims, oid: appId, tid: tenant, ver: '1.0' }), expires: life.exp };
    },
    identify({ issuer: iss, clientId, objectId, profile, lifetime }) {
      // The subject is another one for each application.
      const sub = createHash('sha256').update(`${clientId} ${objectId}`).digest('base64url');
      return signedToken({
        aud: clientId,
        iss,
        ...times(lifetime),
        ...(profile && { name: profile.name, oid: objectId, preferred_username: profile.upn }),
        sub,
        tid: tenant,
        uti: randomBytes(16).toString('base64url'),
        ver: '2.0',
      });
    },
    check(token, audience) {
      const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token);
      if (!parts) return 'malformed';
      const [, head = '', body = '', signature = ''] = parts;
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
      // The header must be our own, octet for octet: no other algorithm or key can be named.
      if (head !== header) return 'signature-wrong';
      if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) {
        return 'signature-wrong';
      }
      const claims: Record<string, unknown> = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
      const now = clock.now() / 1000;
      if (claims['iss'] !== issuer) return 'issuer-wrong';
      if (claims['aud'] !== audience) return 'audience-wrong';
      if (!(Number(claims['exp']) > now)) return 'expired';
      return Number(claims['nbf']) <= now ? undefined : 'not-yet-valid';
    },
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
