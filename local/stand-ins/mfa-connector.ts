import { randomUUID } from 'node:crypto';
import { type BeginRequest, RequestUnreadable, readBeginRequest } from './connector-request.ts';
import { type BeginResponse, writeBeginResponse } from './connector-response.ts';
import { type ConnectorScript, playConnectorScript, statusAnswer, xmlAnswer } from './connector-script.ts';
import type { Answer, Call } from './listener.ts';
import type { Person } from './people.ts';
import type { Phone, PhoneOutcome } from './phone.ts';
import type { Stage } from './script.ts';
import type { TokenIssuer } from './tokens.ts';

/** Calls so far. */
export type MfaConnectorCounts = Record<
  | 'rang' /* a phone, however that ended */
  | 'challenged' /* for a code */
  | 'passed' /* a user without a method, as the caller wanted it */
  | 'duplicate'
  | 'refused' /* for a reason that lies with the user */
  | 'invalid' /* not as the service wants calls */
  | 'unauthorized'
  | 'scripted',
  number
>;

const methods = new Set([
  'PhoneAppNotification',
  'PhoneAppOTP',
  'OneWaySMS',
  'TwoWayVoiceMobile',
  'TwoWayVoiceAlternateMobile',
  'TwoWayVoiceOffice',
]);

/** How a prompt's end is said. The denial's message is a stand-in's (entra.md 1.6, R2). */
const ended: Record<PhoneOutcome, { value: string; message: string | null }> = {
  approved: { value: 'Success', message: null },
  denied: { value: 'PhoneAppDenied', message: 'Request denied by the user.' },
  fraud: { value: 'PhoneAppFraudReported', message: null },
  'no-answer': { value: 'PhoneAppNoResponse', message: null },
};

/**
 * The MFA connector as entra.md chapter 1 describes it: authentication, then stage, path, method, type, body, script,
 * members. Of its methods it has BeginTwoWayAuthentication, and only the blocking one: `SyncCall` other than true is an
 * InvalidParameter, where the real service would begin a session to poll. Nothing that a caller does stops a phone that
 * rings: the real service has no way to cancel.
 */
export function mfaConnector(x: {
  readonly issuer: TokenIssuer;
  /** What a token must be for; not the address that is called. */
  readonly audience: string;
  readonly stage: Stage;
  readonly people: readonly Person[];
  readonly phone: Phone;
  /** The address that is called, up to and with `/Connector`; goes into answers. */
  readonly connectorUrl: () => string;
}): {
  answer(call: Call): Promise<Answer>;
  counts(): MfaConnectorCounts;
  /** Undefined: it is itself again. */
  script(next: ConnectorScript | undefined): void;
} {
  const counts: MfaConnectorCounts = {
    rang: 0,
    challenged: 0,
    passed: 0,
    duplicate: 0,
    refused: 0,
    invalid: 0,
    unauthorized: 0,
    scripted: 0,
  };
  const people = new Map(x.people.map((person) => [person.upn.toLowerCase(), person]));
  let script: ConnectorScript | undefined;
  let left = 0;

  function counted<A>(kind: keyof MfaConnectorCounts, answer: A): A {
    counts[kind] += 1;
    return answer;
  }

  function authenticated(call: Call): boolean {
    const token = /^Bearer (\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
    return token !== undefined && x.issuer.check(token, x.audience) === undefined;
  }

  function nextScript(): ConnectorScript | undefined {
    if (left <= 0) return undefined;
    left -= 1;
    return script;
  }

  function affinityUrl(): string {
    return `${x.connectorUrl()}/EndTwoWayAuthentication`;
  }

  /** R1 and R5. */
  function accepted(upn: string, authenticationResult: 'true' | 'challenge'): BeginResponse {
    return {
      ...failed('Success', null),
      sessionId: randomUUID(),
      authenticationResult,
      userPrincipalName: upn,
      affinityUrl: affinityUrl(),
    };
  }

  /** R2 and R3: about a user that the service knows. */
  function rejected(upn: string, value: string, message: string | null = null): BeginResponse {
    return { ...failed(value, message), sessionId: randomUUID(), userPrincipalName: upn };
  }

  async function ring(upn: string, contextId: string): Promise<BeginResponse> {
    const outcome = await x.phone.ring({ upn, contextId });
    if (outcome === 'approved') return accepted(upn, 'true');
    return rejected(upn, ended[outcome].value, ended[outcome].message);
  }

  async function begin(request: BeginRequest): Promise<BeginResponse> {
    const person = people.get((request.upn ?? '').toLowerCase());
    if (person === undefined) return counted('refused', userNotFound(request.upn ?? ''));
    const { upn, method = 'push' } = person;
    if (method === 'none') {
      if (!request.requireUserMatch) return counted('passed', accepted(upn, 'true'));
      const message = 'No default authentication method was configured for the user.';
      return counted('refused', rejected(upn, 'NoDefaultAuthenticationMethodIsConfigured', message));
    }
    // An Authenticator registration comes with codes; a person with codes only has no push.
    const named = request.methodId;
    if (
      named !== undefined &&
      named !== 'PhoneAppOTP' &&
      !(named === 'PhoneAppNotification' && method === 'push')
    ) {
      const message = 'The specified authentication method was not configured for the user.';
      return counted('refused', rejected(upn, 'AuthenticationMethodNotConfigured', message));
    }
    if (x.phone.isRinging(upn)) {
      return counted('duplicate', rejected(upn, 'UserAuthFailedDuplicateRequest'));
    }
    const prefersCode = request.properties.get('OverrideNumberMatchingWithOTP')?.toLowerCase() === 'true';
    if (method === 'code' || named === 'PhoneAppOTP' || prefersCode) {
      return counted('challenged', accepted(upn, 'challenge'));
    }
    return counted('rang', ring(upn, request.contextId ?? ''));
  }

  async function take(body: Buffer): Promise<Answer> {
    let request: BeginRequest;
    try {
      request = readBeginRequest(body);
    } catch (error) {
      if (error instanceof RequestUnreadable) return counted('invalid', statusAnswer(400, error.message));
      throw error;
    }
    const wrong = faultOf(request);
    if (wrong !== undefined) {
      return counted('invalid', xmlAnswer(writeBeginResponse(failed(wrong.value, wrong.message))));
    }
    const play = nextScript();
    if (play === undefined) return xmlAnswer(writeBeginResponse(await begin(request)));
    counts.scripted += 1;
    const upn = request.upn ?? '';
    return playConnectorScript(
      play,
      play.rings ? await ring(upn, request.contextId ?? '') : accepted(upn, 'true'),
    );
  }

  return {
    counts: () => ({ ...counts }),
    script(next) {
      script = next;
      left = next === undefined ? 0 : (next.times ?? Number.POSITIVE_INFINITY);
    },
    async answer(call) {
      if (!authenticated(call)) {
        return counted('unauthorized', { ...statusAnswer(401), headers: { 'www-authenticate': 'Bearer' } });
      }
      const fault = await x.stage.play();
      if (fault !== undefined) {
        counts.scripted += 1;
        return fault === 'reset' ? fault : statusAnswer(fault.status, '', fault.retryAfter);
      }
      if (call.path.join('/') !== 'StrongAuthenticationService.svc/Connector/BeginTwoWayAuthentication') {
        return counted('invalid', statusAnswer(404));
      }
      if (call.method !== 'POST') {
        return counted('invalid', { ...statusAnswer(405), headers: { allow: 'POST' } });
      }
      if (!isXml(call.header('content-type') ?? '')) return counted('invalid', statusAnswer(415));
      return take(call.body);
    },
  };
}

/** What the service has against a request of any user (entra.md 6.7). */
function faultOf(request: BeginRequest): { value: string; message: string | null } | undefined {
  if (Number(request.version?.trim() || 'none') !== 1) return { value: 'VersionNotSupported', message: null };
  const invalid = (message: string) => ({ value: 'InvalidParameter', message });
  if ((request.upn ?? '') === '') return invalid('UserPrincipalName must not be null or empty');
  const tenantId = request.tenantId ?? '';
  if (tenantId !== '' && !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(tenantId)) {
    return invalid("The provided TenantId isn't in correct format");
  }
  if (request.methodId !== undefined && !methods.has(request.methodId)) {
    return {
      value: 'AuthenticationMethodNotSupported',
      message: "Specified authentication method isn't supported.",
    };
  }
  return request.syncCall
    ? undefined
    : invalid('This stand-in begins blocking calls only: SyncCall must be true');
}

/** R4's shape: nothing of a user in it. */
function failed(value: string, message: string | null): BeginResponse {
  return {
    version: '1',
    value,
    message,
    retry: 'false',
    sessionId: null,
    authenticationResult: 'false',
    userPrincipalName: null,
    affinityUrl: null,
  };
}

/** R4; the message is one that an NPS extension logged. */
function userNotFound(upn: string): BeginResponse {
  const thrown = 'SAS.Shared.GraphProvider.Exceptions.GraphUserNotFoundException';
  const resource = `Resource '${upn}' does not exist or one of its queried reference-property objects are not present.`;
  return failed(
    'UserNotFound',
    `MSODS Graph call returned user not found error. GraphError,${thrown}: [Code:Request_ResourceNotFound] [Message:${resource}]`,
  );
}

/** Clients send application/xml or text/xml (entra.md 1.4); UTF-8 is the only charset that is read. */
function isXml(contentType: string): boolean {
  return /^(application|text)\/xml\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType.trim());
}
