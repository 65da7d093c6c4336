import type { Clock } from '../../relay-call/clock.ts';
import type { Certificates } from './certificates.ts';
import { firstMissing, type Grant, type TokenOutcome, unproven } from './token-request.ts';
import type { TokenIssuer } from './tokens.ts';

/** Whether an administrator has set up a service principal that Microsoft owns. */
export type PrincipalState = 'enabled' | 'disabled' | 'missing';

/** The client credentials grant, for one client and one resource (entra.md 1.3). */
export function clientGrant(x: {
  readonly issuer: TokenIssuer;
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly client: { readonly id: string; readonly state: PrincipalState };
  readonly resource: { readonly id: string; readonly state: PrincipalState };
  /** Seconds. */
  readonly tokenLifetime: number;
}): Grant {
  function issue(scope: string): TokenOutcome {
    const resource = /^(\S+)\/\.default$/.exec(scope)?.[1];
    if (resource === undefined) return { counted: 'wrong', refused: { code: 70011 } };
    const state = resource === x.resource.id ? x.resource.state : 'missing';
    if (state !== 'enabled')
      return { counted: 'principalRefused', refused: { code: state === 'disabled' ? 500014 : 500011 } };
    const { token } = x.issuer.issue({ audience: resource, appId: x.client.id, lifetime: x.tokenLifetime });
    const times = { expires_in: x.tokenLifetime, ext_expires_in: x.tokenLifetime };
    return { counted: 'issued', body: { token_type: 'Bearer', ...times, access_token: token } };
  }

  return (request) => {
    const { form } = request;
    const missing = firstMissing(form, ['scope']);
    if (missing) return missing;
    const clientId = form.get('client_id');
    const state = clientId === x.client.id ? x.client.state : 'missing';
    if (state !== 'enabled')
      return { counted: 'principalRefused', refused: { code: state === 'disabled' ? 7000112 : 700016 } };
    const { certificates, clock } = x;
    const fault = unproven(request, { clientId: x.client.id, certificates, now: clock.now() });
    return fault ?? issue(form.get('scope') ?? '');
  };
}
