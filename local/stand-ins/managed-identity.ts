import { timingSafeEqual } from 'node:crypto';
import type { Call, JsonAnswer } from './listener.ts';
import type { Stage } from './script.ts';
import type { TokenIssuer } from './tokens.ts';

/** Calls so far, by how they ended. */
export type ManagedIdentityCounts = Record<'issued' | 'refused' | 'scripted', number>;

const versions = new Set(['2019-08-01']);

/** The managed identity endpoint of App Service: header, script, path, version, resource, identity. */
export function managedIdentity(x: {
  readonly issuer: TokenIssuer;
  readonly stage: Stage;
  /** What the caller must repeat in X-IDENTITY-HEADER. */
  readonly header: string;
  /** The app's identity. */
  readonly appId: string;
  /** It is a user-assigned one, so that client_id must name it; else client_id must be absent. */
  readonly userAssigned: boolean;
  /** The audiences that it gives tokens for. */
  readonly resources: readonly string[];
  /** Seconds. */
  readonly tokenLifetime: number;
}): { answer(call: Call): Promise<JsonAnswer | 'reset'>; counts(): ManagedIdentityCounts } {
  const counts: ManagedIdentityCounts = { issued: 0, refused: 0, scripted: 0 };

  function refuse(status: number, message: string): JsonAnswer {
    counts.refused += 1;
    return { status, body: { statusCode: status, message } };
  }

  function issue(resource: string): JsonAnswer {
    counts.issued += 1;
    const { token, expires } = x.issuer.issue({
      audience: resource,
      appId: x.appId,
      lifetime: x.tokenLifetime,
    });
    const body = { access_token: token, expires_on: String(expires), resource, token_type: 'Bearer' };
    return { status: 200, body: { ...body, client_id: x.appId } };
  }

  return {
    counts: () => ({ ...counts }),
    async answer(call) {
      if (!same(call.header('x-identity-header') ?? '', x.header)) {
        return refuse(401, 'X-IDENTITY-HEADER is missing or wrong.');
      }
      const fault = await x.stage.play();
      if (fault !== undefined) {
        counts.scripted += 1;
        if (fault === 'reset') return 'reset';
        const headers = { 'retry-after': String(fault.retryAfter ?? 0) };
        const body = { statusCode: fault.status, message: 'Scripted.' };
        return { status: fault.status, ...(fault.status === 429 && { headers }), body };
      }
      if (call.path.join('/') !== 'msi/token') return refuse(404, 'No such path.');
      if (call.method !== 'GET') return refuse(405, 'GET only.');
      if (!versions.has(call.query.get('api-version') ?? '')) return refuse(400, 'No known api-version.');
      const resource = call.query.get('resource');
      if (resource === null || !x.resources.includes(resource)) return refuse(400, 'No known resource.');
      const asked = call.query.get('client_id');
      if (asked !== (x.userAssigned ? x.appId : null))
        return refuse(400, 'No managed identity found for client_id.');
      return issue(resource);
    },
  };
}

function same(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
