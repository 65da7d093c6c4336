import { randomBytes } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import type { Aadsts } from './aadsts.ts';
import type { Application } from './applications.ts';
import type { Certificates } from './certificates.ts';
import { lockOut } from './lock-out.ts';
import type { Person } from './people.ts';
import { firstMissing, type Grant, type TokenOutcome, type TokenRequest, unproven } from './token-request.ts';
import type { TokenIssuer } from './tokens.ts';

/** Those of OpenID Connect, which is all that a check of a password needs; one without openid gives no id token. */
const scopes = new Set(['openid', 'profile', 'email', 'offline_access']);

/** The audience of the access token: Graph by its application id, which Graph's stand-in takes from nobody. */
const graphByAppId = '00000003-0000-0000-c000-000000000000';

/**
 * The resource owner password credentials grant (entra.md 3). The form is looked at first, then the application, then
 * the user, then what stands between a right password and a token.
 */
export function passwordGrant(x: {
  readonly issuer: TokenIssuer;
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly applications: readonly Application[];
  /** Looked at anew with every call. */
  readonly people: readonly Person[];
  /** How many wrong passwords lock an account. */
  readonly lockAfter: number;
  /** Seconds. */
  readonly tokenLifetime: number;
}): Grant {
  const locks = lockOut(x.clock, x.lockAfter);

  function clientRefused(request: TokenRequest, application: Application): TokenOutcome | undefined {
    if (application.enabled === false) return { counted: 'principalRefused', refused: { code: 7000112 } };
    const { certificates, clock } = x;
    if (!application.publicClient) {
      return unproven(request, { clientId: application.clientId, certificates, now: clock.now() });
    }
    const tried = request.form.has('client_assertion') || request.form.has('client_secret');
    return tried ? { counted: 'wrong', refused: { code: 700025 } } : undefined;
  }

  function userRefused(person: Person, password: string): TokenOutcome | undefined {
    const { objectId, answers } = person;
    if (answers !== undefined) return { counted: 'passwordRefused', refused: { told: answers } };
    if (person.userType === 'Guest') return refusedUser(50020);
    if (person.enabled === false) return refusedUser(50057);
    if (person.password === undefined) return refusedUser(50056);
    if (locks.locked(objectId)) return refusedUser(50053);
    // A password that begins or ends with white space cannot be checked this way, right or not.
    if (password === person.password && password === password.trim()) {
      locks.right(objectId);
      return undefined;
    }
    locks.wrong(objectId, password);
    return { counted: 'passwordWrong', refused: { code: 50126 } };
  }

  /** In what order these are looked at is not known; all of them come after the password. */
  function accessRefused(person: Person, application: Application): TokenOutcome | undefined {
    if (application.assignmentRequired) return refusedUser(50105);
    if (application.consented === false) return refusedUser(65001);
    return person.demands === undefined
      ? undefined
      : { counted: 'passwordRefused', refused: { told: person.demands } };
  }

  function issue(person: Person, application: Application, request: TokenRequest, asked: readonly string[]) {
    const { clientId } = application;
    const lifetime = x.tokenLifetime;
    const idToken = x.issuer.identify({
      issuer: `${request.tenantUrl}/v2.0`,
      clientId,
      objectId: person.objectId,
      // Without it the token tells nobody who this is elsewhere
      // (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
      ...(asked.includes('profile') && {
        profile: { upn: person.upn, name: person.displayName ?? person.upn },
      }),
      lifetime,
    });
    return {
      token_type: 'Bearer',
      scope: 'openid profile email',
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: x.issuer.issue({ audience: graphByAppId, appId: clientId, lifetime }).token,
      ...(asked.includes('offline_access') && { refresh_token: randomBytes(48).toString('base64url') }),
      id_token: idToken,
    };
  }

  return (request) => {
    const { form } = request;
    const missing = firstMissing(form, ['scope', 'username', 'password']);
    if (missing) return missing;
    const asked = (form.get('scope') ?? '').split(' ');
    if (!asked.includes('openid') || !asked.every((scope) => scopes.has(scope)))
      return { counted: 'wrong', refused: { code: 70011 } };
    const clientId = form.get('client_id');
    const application = x.applications.find((one) => one.clientId === clientId);
    if (application === undefined) return { counted: 'principalRefused', refused: { code: 700016 } };
    const client = clientRefused(request, application);
    if (client) return client;
    const username = form.get('username')?.toLowerCase();
    const person = x.people.find(({ upn }) => upn.toLowerCase() === username);
    if (person === undefined) return refusedUser(50034);
    const user = userRefused(person, form.get('password') ?? '') ?? accessRefused(person, application);
    if (user) return user;
    const body = issue(person, application, request, asked);
    return { counted: 'passwordRight', body };
  };
}

function refusedUser(code: Aadsts): TokenOutcome {
  return { counted: 'passwordRefused', refused: { code } };
}
