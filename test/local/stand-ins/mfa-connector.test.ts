import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Listener, listener } from '../../../local/stand-ins/listener.ts';
import { mfaConnector } from '../../../local/stand-ins/mfa-connector.ts';
import { type Phone, type PhoneAction, type PhoneMode, phone } from '../../../local/stand-ins/phone.ts';
import { type Stage, stage } from '../../../local/stand-ins/script.ts';
import { type TokenIssuer, tokenIssuer } from '../../../local/stand-ins/tokens.ts';
import { systemClock } from '../../../relay-call/clock.ts';

const audience = 'https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector';
const people = [
  { upn: 'alice@contoso.example', objectId: '1' },
  { upn: 'bob@contoso.example', objectId: '2', method: 'push' },
  { upn: 'carol@contoso.example', objectId: '3', method: 'code' },
  { upn: 'dave@contoso.example', objectId: '4', method: 'none' },
] as const;
const path = '/StrongAuthenticationService.svc/Connector';

let issuer: TokenIssuer;
let ringing: Phone;
let onStage: Stage;
let connector: ReturnType<typeof mfaConnector>;
let open: Listener;

beforeEach(async () => {
  issuer = tokenIssuer(systemClock);
  ringing = phone({ clock: systemClock, after, mode: 'approve', answersAfter: 0 });
  onStage = stage();
  const connectorUrl = () => `${open.url()}${path}`;
  connector = mfaConnector({ issuer, audience, stage: onStage, people, phone: ringing, connectorUrl });
  open = listener({ host: '127.0.0.1', port: 0, answer: connector.answer });
  await open.accept();
});
afterEach(async () => {
  ringing.close();
  await open.refuse();
});

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

function bearer(x: { audience?: string; lifetime?: number; from?: TokenIssuer } = {}): string {
  const { token } = (x.from ?? issuer).issue({
    audience: x.audience ?? audience,
    appId: 'app',
    lifetime: x.lifetime ?? 60,
  });
  return `Bearer ${token}`;
}

/** A request by its members; `false` leaves one out. */
function begin(members: Record<string, string | false> = {}): string {
  const { Override = 'false', ...rest } = members;
  const array = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays';
  const pair = `<a:Key>OverrideNumberMatchingWithOTP</a:Key><a:Value>${Override}</a:Value>`;
  const all: Record<string, string | false> = {
    Version: '1.0',
    UserPrincipalName: 'alice@contoso.example',
    TenantId: false,
    Lcid: 'en-us',
    AuthenticationMethodId: false,
    AuthenticationMethodProperties: `<a:KeyValueOfstringstring>${pair}</a:KeyValueOfstringstring>`,
    ContextId: 'a-context',
    SyncCall: 'true',
    RequireUserMatch: 'true',
    CallerName: 'radius',
    CallerIP: 'UNKNOWN:',
    ...rest,
  };
  const written = Object.entries(all).map(([name, value]) => {
    if (value === false) return '';
    const namespace = name === 'AuthenticationMethodProperties' ? ` xmlns:a="${array}"` : '';
    return `<${name}${namespace}>${value}</${name}>`;
  });
  return `<BeginTwoWayAuthenticationRequest>${written.join('')}</BeginTwoWayAuthenticationRequest>`;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

function post(x: Sent = {}): Promise<Response> {
  const { method = 'POST', body = begin(), headers = {}, signal } = x;
  return fetch(`${open.url()}${path}${x.path ?? '/BeginTwoWayAuthentication'}`, {
    method,
    headers: { authorization: bearer(), 'content-type': 'application/xml', ...headers },
    ...(method === 'GET' ? {} : { body }),
    ...(signal && { signal }),
  });
}

async function ask(members: Record<string, string | false> = {}): Promise<string> {
  const response = await post({ body: begin(members) });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/xml; charset=utf-8');
  return (await response.text()).replace(uuid, 'UUID');
}

const uuid = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/;
const namespace = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';

function answer(value: string, message: string | undefined, members: string): string {
  const text = message === undefined ? '<Message i:nil="true"/>' : `<Message>${message}</Message>`;
  const result = `<Value>${value}</Value>${text}<Retry>false</Retry><Error i:nil="true"/><Exception i:nil="true"/>`;
  return (
    `<BeginTwoWayAuthenticationResponse ${namespace}><Version>1</Version><Result>${result}</Result>` +
    `${members}</BeginTwoWayAuthenticationResponse>`
  );
}

const sessionOf = (verdict: string, upn = 'alice@contoso.example') =>
  `<SessionId>UUID</SessionId><AuthenticationResult>${verdict}</AuthenticationResult>` +
  `<UserPrincipalName>${upn}</UserPrincipalName>`;

/** R1 and R5. */
const accepted = (verdict: string, upn?: string) =>
  answer(
    'Success',
    undefined,
    `${sessionOf(verdict, upn)}<AffinityUrl>${open.url()}${path}/EndTwoWayAuthentication</AffinityUrl>`,
  );
/** R2 and R3. */
const rejected = (value: string, message?: string, upn?: string) =>
  answer(value, message, `${sessionOf('false', upn)}<AffinityUrl i:nil="true"/>`);
/** R4. */
const nobody = (value: string, message?: string) =>
  answer(
    value,
    message,
    '<SessionId i:nil="true"/><AuthenticationResult>false</AuthenticationResult>' +
      '<UserPrincipalName i:nil="true"/><AffinityUrl i:nil="true"/>',
  );

/** The id of the prompt, once one is open. */
async function rung(): Promise<string> {
  const id = () => ringing.state().prompts[0]?.id;
  await expect.poll(id, { interval: 5 }).toBeDefined();
  return id() ?? '';
}

describe('a user with a push', () => {
  test.each([
    ['approve', () => accepted('true')],
    ['deny', () => rejected('PhoneAppDenied', 'Request denied by the user.')],
    ['fraud', () => rejected('PhoneAppFraudReported')],
  ] as const)('%s, by itself and on the page', async (action: PhoneMode & PhoneAction, expected) => {
    ringing.set(action);
    expect(await ask()).toBe(expected());
    ringing.set('phone');
    const asked = ask();
    ringing.answer(await rung(), action);
    expect(await asked).toBe(expected());
    expect(ringing.prompts()).toEqual({ 'alice@contoso.example': 2 });
    expect(connector.counts()).toMatchObject({ rang: 2, challenged: 0, invalid: 0 });
  });

  test('nobody answers', async () => {
    ringing.set('ring', 1);
    expect(await ask()).toBe(rejected('PhoneAppNoResponse'));
  });

  test('is found in any case of letters, and answered with the name that the service has', async () => {
    expect(await ask({ UserPrincipalName: 'ALICE@contoso.EXAMPLE' })).toBe(accepted('true'));
  });

  test('the phone is told who calls, and which sign-in it is', async () => {
    ringing.set('phone');
    const asked = ask({ ContextId: 'x-1' });
    await rung();
    expect(ringing.state().prompts).toMatchObject([{ upn: 'alice@contoso.example', contextId: 'x-1' }]);
    ringing.close();
    await asked;
  });

  test('one whose phone rings already is not asked again, and the first prompt goes on', async () => {
    ringing.set('phone');
    const first = ask();
    const id = await rung();
    expect(await ask()).toBe(rejected('UserAuthFailedDuplicateRequest'));
    expect(await ask({ Override: 'true' })).toBe(rejected('UserAuthFailedDuplicateRequest'));
    ringing.set('approve');
    expect(await ask({ UserPrincipalName: 'bob@contoso.example' })).toBe(
      accepted('true', 'bob@contoso.example'),
    );
    ringing.answer(id, 'approve');
    expect(await first).toBe(accepted('true'));
    expect(ringing.prompts()).toEqual({ 'alice@contoso.example': 1, 'bob@contoso.example': 1 });
    expect(connector.counts()).toMatchObject({ duplicate: 2, rang: 2 });
  });

  test('a caller who goes away does not stop the ringing', async () => {
    ringing.set('phone');
    const caller = new AbortController();
    const asked = post({ signal: caller.signal });
    const id = await rung();
    caller.abort();
    await expect(asked).rejects.toThrow(/abort/);
    expect(await ask()).toBe(rejected('UserAuthFailedDuplicateRequest'));
    expect(ringing.isRinging('alice@contoso.example')).toBe(true);
    expect(ringing.answer(id, 'deny')).toBe(true);
  });

  test.each([
    ['a code is preferred', { Override: 'TRUE' }],
    ['a code is asked for', { AuthenticationMethodId: 'PhoneAppOTP' }],
  ])('is challenged where %s, and nothing rings', async (_, members) => {
    expect(await ask(members)).toBe(accepted('challenge'));
    expect(ringing.prompts()).toEqual({});
    expect(connector.counts()).toMatchObject({ challenged: 1, rang: 0 });
  });

  test('rings where nothing is said of codes', async () => {
    expect(await ask({ AuthenticationMethodProperties: false })).toBe(accepted('true'));
    expect(await ask({ AuthenticationMethodId: 'PhoneAppNotification' })).toBe(accepted('true'));
  });
});

describe('a user', () => {
  test('with a code only is challenged', async () => {
    const upn = 'carol@contoso.example';
    expect(await ask({ UserPrincipalName: upn })).toBe(accepted('challenge', upn));
  });

  test('without the method that is named is refused', async () => {
    const message = 'The specified authentication method was not configured for the user.';
    const upn = 'carol@contoso.example';
    const carol = { UserPrincipalName: upn, AuthenticationMethodId: 'PhoneAppNotification' };
    expect(await ask(carol)).toBe(rejected('AuthenticationMethodNotConfigured', message, upn));
    const call = { AuthenticationMethodId: 'TwoWayVoiceMobile' };
    expect(await ask(call)).toBe(rejected('AuthenticationMethodNotConfigured', message));
  });

  test('without any method fails where a match is required, and is let through where not', async () => {
    const upn = 'dave@contoso.example';
    const message = 'No default authentication method was configured for the user.';
    expect(await ask({ UserPrincipalName: upn })).toBe(
      rejected('NoDefaultAuthenticationMethodIsConfigured', message, upn),
    );
    for (const RequireUserMatch of ['false', false] as const) {
      expect(await ask({ UserPrincipalName: upn, RequireUserMatch })).toBe(accepted('true', upn));
    }
    expect(ringing.prompts()).toEqual({});
    expect(connector.counts()).toMatchObject({ refused: 1, passed: 2 });
  });

  test('whom nobody knows is refused with an escaped name, a match required or not', async () => {
    const written = '"&gt;&lt;x&gt;&amp;&#xD;&#xA;\' or 1 eq 1';
    const said = '"&gt;&lt;x&gt;&amp;&#xD;\n\' or 1 eq 1';
    const thrown = 'SAS.Shared.GraphProvider.Exceptions.GraphUserNotFoundException';
    const message = `MSODS Graph call returned user not found error. GraphError,${thrown}: [Code:Request_ResourceNotFound] [Message:Resource '${said}' does not exist or one of its queried reference-property objects are not present.]`;
    for (const RequireUserMatch of ['true', 'false']) {
      const answered = await ask({ UserPrincipalName: written, RequireUserMatch });
      expect(answered).toBe(nobody('UserNotFound', message));
    }
  });
});

describe('a request that is refused in form', () => {
  const invalid = (message: string) => () => nobody('InvalidParameter', message);
  test.each([
    ['no version', { Version: false }, () => nobody('VersionNotSupported')],
    ['an empty version', { Version: '' }, () => nobody('VersionNotSupported')],
    ['a version of its own', { Version: '2.0' }, () => nobody('VersionNotSupported')],
    ['no user', { UserPrincipalName: false }, invalid('UserPrincipalName must not be null or empty')],
    ['an empty user', { UserPrincipalName: '' }, invalid('UserPrincipalName must not be null or empty')],
    [
      'a tenant that is no GUID',
      { TenantId: 'contoso' },
      invalid("The provided TenantId isn't in correct format"),
    ],
    [
      'a method of its own',
      { AuthenticationMethodId: 'Pigeon' },
      () => nobody('AuthenticationMethodNotSupported', "Specified authentication method isn't supported."),
    ],
    ['a call that does not block', { SyncCall: 'false' }, invalid(onlyBlocking())],
    ['a call that says nothing of blocking', { SyncCall: false }, invalid(onlyBlocking())],
  ] as const)('%s', async (_, members, expected) => {
    expect(await ask({ ...members })).toBe(expected());
    expect(connector.counts()).toMatchObject({ invalid: 1, rang: 0 });
  });

  function onlyBlocking(): string {
    return 'This stand-in begins blocking calls only: SyncCall must be true';
  }

  test('a user behind its place is no user', async () => {
    const late = begin({ UserPrincipalName: false, CallerIP: false }).replace(
      '</CallerName>',
      '</CallerName><UserPrincipalName>alice@contoso.example</UserPrincipalName>',
    );
    expect(await (await post({ body: late })).text()).toContain('<Value>InvalidParameter</Value>');
    expect(ringing.prompts()).toEqual({});
  });

  test('a tenant that is one is taken', async () => {
    expect(await ask({ TenantId: '11111111-2222-3333-4444-555555555555' })).toBe(accepted('true'));
  });

  test.each([
    ['no XML', '{"UserPrincipalName":"alice@contoso.example"}'],
    ['a DTD', `<!DOCTYPE x [<!ENTITY e "1.0">]>${begin({ Version: '&e;' })}`],
    ['nothing', ''],
  ])('%s is a 400', async (_, body) => {
    expect((await post({ body })).status).toBe(400);
    expect(connector.counts()).toMatchObject({ invalid: 1, rang: 0 });
  });
});

describe('a call', () => {
  test.each([
    ['no token', () => ({ authorization: '' })],
    ['a token of another kind', () => ({ authorization: bearer().replace('Bearer', 'Basic') })],
    ['a token for the vault', () => ({ authorization: bearer({ audience: 'https://vault.azure.net' }) })],
    [
      'a token for the host that is called',
      () => ({ authorization: bearer({ audience: `${open.url()}${path}` }) }),
    ],
    ['an expired token', () => ({ authorization: bearer({ lifetime: -1 }) })],
    ['another tenant’s token', () => ({ authorization: bearer({ from: tokenIssuer(systemClock) }) })],
  ])('with %s is a 401, whatever else is wrong', async (_, headers: () => Record<string, string>) => {
    const response = await post({ headers: { ...headers(), 'content-type': 'text/plain' }, path: '/Other' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(connector.counts()).toMatchObject({ unauthorized: 1, invalid: 0, rang: 0 });
  });

  test.each([
    '/EndTwoWayAuthentication',
    '/GetAvailableAuthenticationMethods',
    '/BeginTwoWayAuthentication/more',
    '/beginTwoWayAuthentication',
    '',
  ])('of %j is a 404', async (elsewhere) => {
    expect((await post({ path: elsewhere })).status).toBe(404);
  });

  test.each(['GET', 'PUT'])('by %s is a 405', async (method) => {
    const response = await post({ method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each([
    'text/plain',
    'application/json',
    'application/xml+soap',
    'application/xml; charset=utf-16',
    'xml',
  ])('as %j is a 415', async (type) => {
    expect((await post({ headers: { 'content-type': type } })).status).toBe(415);
  });

  test.each(['text/xml', 'application/xml; charset=utf-8', 'Application/XML;charset="UTF-8"'])(
    'as %j is taken',
    async (type) => {
      expect((await post({ headers: { 'content-type': type } })).status).toBe(200);
    },
  );
});

describe('by script', () => {
  test('the stage that all stand-ins have', async () => {
    onStage.set({ state: 'throttled', retryAfter: 7, times: 1 });
    const throttled = await post();
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
    onStage.set({ state: 'resetting', times: 1 });
    await expect(post()).rejects.toThrow();
    expect((await post()).status).toBe(200);
    expect(connector.counts()).toMatchObject({ scripted: 2, rang: 1 });
  });

  test.each([
    ['PhoneAppDenied', 'true', '<AuthenticationResult>true</AuthenticationResult>'],
    ['Success', 'false', '<AuthenticationResult>false</AuthenticationResult>'],
    ['Success', null, '<AuthenticationResult i:nil="true"/>'],
    ['Success', '', '<AuthenticationResult></AuthenticationResult>'],
    ['Success', false, '</SessionId><UserPrincipalName>'],
    ['NeverSeenBefore', 'challenge', '<AuthenticationResult>challenge</AuthenticationResult>'],
  ] as const)('%s with %j', async (value, authenticationResult, expected) => {
    connector.script({ answer: 'xml', set: { value, authenticationResult } });
    const answered = await ask();
    expect(answered).toContain(`<Value>${value}</Value>`);
    expect(answered).toContain(expected);
    expect(ringing.prompts()).toEqual({});
  });

  test('another user, missing and further elements, for so many calls', async () => {
    connector.script({
      answer: 'xml',
      times: 2,
      set: { userPrincipalName: 'mallory@contoso.example', affinityUrl: 'https://evil.example/?a&b' },
      extras: { before: '<?xml version="1.0"?>', first: '<New/>', last: '<Newer>1</Newer>', result: '' },
    });
    const scripted =
      `<?xml version="1.0"?><BeginTwoWayAuthenticationResponse ${namespace}><New/><Version>1</Version>` +
      `${sessionOf('true', 'mallory@contoso.example')}<AffinityUrl>https://evil.example/?a&amp;b</AffinityUrl>` +
      '<Newer>1</Newer></BeginTwoWayAuthenticationResponse>';
    expect([await ask(), await ask(), await ask()]).toEqual([scripted, scripted, accepted('true')]);
    expect(connector.counts()).toMatchObject({ scripted: 2, rang: 1 });
  });

  test('something that is no XML', async () => {
    connector.script({ answer: 'body', contentType: 'text/html', body: '<html>Sign in to the proxy' });
    const response = await post();
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/html',
      '<html>Sign in to the proxy',
    ]);
  });

  test.each([401, 403, 429, 500, 503] as const)('%i', async (status) => {
    connector.script({ answer: 'status', status, times: 1 });
    const response = await post();
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, null]);
    expect((await post()).status).toBe(200);
  });

  test('when to come back', async () => {
    connector.script({ answer: 'status', status: 503, retryAfter: 30 });
    expect((await post()).headers.get('retry-after')).toBe('30');
  });

  test('a connection that breaks, before the answer and in the middle of it', async () => {
    connector.script({ answer: 'dropped' });
    await expect(post()).rejects.toThrow();
    connector.script({ answer: 'broken' });
    await expect(post().then((response) => response.text())).rejects.toThrow();
  });

  test('a slow drip, which ends when its caller goes', async () => {
    connector.script({ answer: 'xml', drip: 0, times: 1 });
    expect(await ask()).toBe(accepted('true'));
    connector.script({ answer: 'xml', drip: 20, times: 1 });
    const caller = new AbortController();
    const response = await post({ signal: caller.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeLessThan(3);
    caller.abort();
    await expect(reader?.read()).rejects.toThrow();
  });

  test('after the phone has been answered', async () => {
    ringing.set('deny');
    connector.script({ answer: 'xml', rings: true, times: 1, set: { authenticationResult: null } });
    expect(await ask()).toContain('<Value>PhoneAppDenied</Value>');
    connector.script({ answer: 'dropped', rings: true, times: 1 });
    await expect(post()).rejects.toThrow();
    expect(ringing.prompts()).toEqual({ 'alice@contoso.example': 2 });
  });

  test('no more when it is told so, and never for a malformed request or a bad token', async () => {
    connector.script({ answer: 'status', status: 500 });
    expect((await post({ headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect(await ask({ UserPrincipalName: false })).toContain('InvalidParameter');
    connector.script(undefined);
    expect(await ask()).toBe(accepted('true'));
  });
});
