import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { LARGEST_ANSWER } from '../../../../functions/entra/password/call.ts';
import { CertificateUnusable, VaultUnreachable } from '../../../../functions/keyvault/faults.ts';
import { type Answer, connectorServer, says } from '../../mfa/providers/connector/server.ts';
import {
  ALICE,
  ASSERTION,
  CLIENT,
  idToken,
  json,
  PASSWORD,
  QUESTION,
  refuses,
  rigged,
  TENANT,
  tokens,
} from './rig.ts';

const right = json(tokens(), 200);
/** Entra that fails for a moment, and says so. */
const failing = (headers?: Record<string, string>) => refuses(90033, 503, headers);
const BROKEN_OFF = {
  kind: 'unavailable',
  code: 'password-check-broken-off',
  detail: '',
  retryAfter: 0,
};
const unusable = (detail = 'HTTP 200') => ({
  kind: 'unavailable',
  code: 'password-check-answer-unusable',
  detail,
  retryAfter: 0,
});

describe('the question', () => {
  test('is the form that Entra documents, once, at the tenant’s endpoint', async () => {
    const { ask, server, assertedFor } = await rigged([right]);
    expect(await ask()).toEqual({ kind: 'right' });
    expect(server.received).toHaveLength(1);
    const [asked] = server.received;
    expect(asked).toMatchObject({ method: 'POST', url: `/${TENANT}/oauth2/v2.0/token` });
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'client-request-id': QUESTION,
      connection: 'close',
    });
    expect([...new URLSearchParams(asked?.body)]).toEqual([
      ['client_id', CLIENT],
      ['grant_type', 'password'],
      ['scope', 'openid profile'],
      ['username', 'alice@contoso.example'],
      ['password', PASSWORD],
      ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
      ['client_assertion', ASSERTION],
    ]);
    expect(assertedFor).toEqual([`${new URL(server.url).origin}/${TENANT}/oauth2/v2.0/token`]);
  });

  test.each(['a&b=c+d%25', '%00', 'a\0b', '"\'`', '🔐é\u{FEFF}x', '\r\n', '&client_id=x', 'x'.repeat(128)])(
    'carries %j as it is',
    async (password) => {
      const { ask, server } = await rigged([right]);
      await ask({ password: Buffer.from(password) });
      expect(new URLSearchParams(server.received[0]?.body).getAll('password')).toEqual([password]);
    },
  );

  test('carries any password and any name as they are', async () => {
    const { ask, server } = await rigged([right]);
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(text, text, async (password, upn) => {
        fc.pre(password.isWellFormed() && upn.isWellFormed() && !`${password}${upn}`.includes('\u{FEFF}'));
        expect(await ask({ password: Buffer.from(password), upn })).toEqual({ kind: 'right' });
        const form = new URLSearchParams(server.received.at(-1)?.body);
        expect(form.getAll('password')).toEqual([password]);
        expect(form.getAll('username')).toEqual([upn]);
        expect([...form.keys()]).toHaveLength(7);
      }),
      { numRuns: 50 },
    );
  });

  test('goes over a connection of its own each time', async () => {
    const { ask, server } = await rigged([right]);
    await ask();
    await ask();
    expect(server.connections()).toBe(2);
  });
});

describe('a 200', () => {
  const claims = { oid: ALICE, tid: TENANT };

  test('counts whatever the letter case of the ids', async () => {
    const { ask } = await rigged([
      json(tokens({ oid: ALICE.toUpperCase(), tid: TENANT.toUpperCase() }), 200),
    ]);
    expect(await ask()).toEqual({ kind: 'right' });
  });

  const { id_token: _idToken, ...withoutIdToken } = { id_token: '', ...tokens() };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each<[string, unknown]>([
    ['with another user’s token', tokens({ ...claims, oid: '0d6c1a5e-2222-4c3e-9a51-6a2d6f5b7c02' })],
    ['with another tenant’s token', tokens({ ...claims, tid: '6f1d2b0e-9999-4f2b-9b1e-1f2a7c9d4e10' })],
    ['with a token without a user', tokens({ tid: TENANT })],
    ['with a token without a tenant', tokens({ oid: ALICE })],
    ['with a user in a list', tokens({ tid: TENANT, oid: [ALICE] })],
    ['with a token about nothing', tokens(null)],
    ['with a token that is text', tokens(`${ALICE} ${TENANT}`)],
    ['without an id_token', withoutIdToken],
    ['with claims beside the token', { ...withoutIdToken, ...claims }],
    ['with an id_token that is an object', { ...withoutIdToken, id_token: claims }],
    ['with an id_token of two parts', { ...withoutIdToken, id_token: `${part({})}.${part(claims)}` }],
    ['with an id_token of four parts', { ...withoutIdToken, id_token: `${idToken(claims)}.x` }],
    ['with an id_token that is no JSON', { ...withoutIdToken, id_token: 'a.b.c' }],
    ['with an empty id_token', { ...withoutIdToken, id_token: '' }],
    ['with an access token for the user', { access_token: idToken(claims) }],
    ['that is a list', [tokens()]],
    ['that is null', null],
    ['that is cut short', JSON.stringify(tokens()).slice(0, -1)],
    ['that is empty', ''],
    ['that is the page of a proxy', '<html><body>Please log in</body></html>'],
    ['with ids that are inherited', `{"__proto__":${JSON.stringify(tokens())}}`],
    ['with too much', { ...tokens(), more: 'x'.repeat(LARGEST_ANSWER) }],
  ])('%s is no answer', async (_, body) => {
    const { ask, server } = await rigged([json(body, 200)]);
    expect(await ask()).toEqual(unusable());
    expect(server.received).toHaveLength(1);
  });

  test.each([201, 202, 203, 206])('is none when it is %i', async (status) => {
    const { ask } = await rigged([json(tokens(), status)]);
    expect(await ask()).toEqual(unusable(`HTTP ${status}`));
  });
});

describe('an answer without a number', () => {
  test.each([400, 401, 403, 404, 408, 413, 421])('and with %i is a fault, and asked once', async (status) => {
    const { ask, server } = await rigged([says('<html>', status)]);
    expect(await ask()).toEqual({
      kind: 'unavailable',
      code: 'password-check-fault',
      detail: `HTTP ${status}`,
      retryAfter: 0,
    });
    expect(server.received).toHaveLength(1);
  });

  test.each([500, 502, 503, 504, 599])(
    'and with %i may have counted the password, and is asked once',
    async (status) => {
      const { ask, server } = await rigged([says('<html>', status), right]);
      expect(await ask()).toEqual({ ...BROKEN_OFF, detail: `HTTP ${status}` });
      expect(server.received).toHaveLength(1);
    },
  );

  test.each(['', '{', 'null', '[]', '7', '"AADSTS50126"', '{"error_codes":[[50126]]}', '\0'])(
    'is %j',
    async (body) => {
      const { ask } = await rigged([json(body, 400)]);
      expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'password-check-fault' });
    },
  );

  test('is one that is too long to be read', async () => {
    const body = JSON.stringify({ error_codes: [50126], more: 'x'.repeat(LARGEST_ANSWER) });
    const { ask } = await rigged([json(body, 400)]);
    expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'password-check-fault' });
  });

  test.each([301, 302, 303, 307, 308])('is a redirect (%i), which is not followed', async (status) => {
    const elsewhere = await rigged([right]);
    const { ask, server } = await rigged([says('', status, { location: elsewhere.server.url })]);
    expect(await ask()).toEqual(unusable(`HTTP ${status}`));
    expect(elsewhere.server.received).toEqual([]);
    expect(server.received).toHaveLength(1);
  });
});

describe('a connection', () => {
  test('that was never there: nothing was asked', async () => {
    const { url, close } = await connectorServer([right]);
    await close();
    const { ask } = await rigged([right], { authorityHost: new URL(url).origin });
    expect(await ask()).toEqual({
      kind: 'unavailable',
      code: 'password-check-unreachable',
      detail: 'ECONNREFUSED',
      retryAfter: 0,
    });
  });

  test.each<[string, Answer]>([
    ['before the answer', (response) => void response.destroy()],
    ['with a reset', (response) => void response.socket?.resetAndDestroy()],
    [
      'within the answer',
      (response) => {
        const body = JSON.stringify(tokens());
        response.writeHead(200, { 'content-length': body.length });
        response.write(body.slice(0, -1), () => response.destroy());
      },
    ],
    [
      'within a 503',
      (response) => {
        response.writeHead(503, { 'content-length': 1000 });
        response.write('x', () => response.destroy());
      },
    ],
    ['with what is no HTTP', (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n')],
  ])('that breaks %s: nothing is known, and it is not asked again', async (_, answer) => {
    const { ask, server } = await rigged([answer, right]);
    expect(await ask()).toEqual(BROKEN_OFF);
    expect(server.received).toHaveLength(1);
    expect(server.connections()).toBe(1);
  });

  test('that breaks at the second question', async () => {
    const { ask, server } = await rigged([failing(), (response) => void response.destroy(), right]);
    expect(await ask()).toEqual(BROKEN_OFF);
    expect(server.received).toHaveLength(2);
  });

  const dripping: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{');
  };

  test.each<[string, Answer]>([
    ['silent', () => undefined],
    ['dripping', dripping],
  ])('that is %s is given up when the patience is over', async (_, answer) => {
    const { ask, server, time } = await rigged([answer]);
    const answered = ask();
    await server.asked();
    await time.advance(10_000);
    expect(await answered).toEqual(BROKEN_OFF);
    await server.gone();
    expect(server.received).toHaveLength(1);
  });

  test('is given up when nobody wants to know any more', async () => {
    const unwanted = new AbortController();
    const { ask, server } = await rigged([dripping]);
    const answered = ask({ signal: unwanted.signal });
    await server.asked();
    unwanted.abort(new Error(PASSWORD));
    expect(await answered).toEqual(BROKEN_OFF);
    await server.gone();
  });

  test('is not made for somebody who has gone already', async () => {
    const { ask, server, assertedFor } = await rigged([right]);
    expect(await ask({ signal: AbortSignal.abort() })).toEqual(BROKEN_OFF);
    expect(server.connections()).toBe(0);
    expect(assertedFor).toEqual([]);
  });
});

describe('a question', () => {
  test('is not sent when signing has left too little time for its answer', async () => {
    const { ask, server } = await rigged([right], { patience: 1_499 });
    expect(await ask()).toMatchObject({ code: 'password-check-signing-unavailable' });
    expect(server.received).toHaveLength(0);
  });
});

describe('a second question', () => {
  test('is not asked when too little time is left for it', async () => {
    const { ask, server } = await rigged([failing(), right], { patience: 1_999 });
    expect(await ask()).toMatchObject({ code: 'password-check-failing', detail: 'HTTP 503' });
    expect(server.received).toHaveLength(1);
  });

  test('waits as long as Entra asks for', async () => {
    const { ask, pauses } = await rigged([failing({ 'retry-after': '3' }), right]);
    expect(await ask()).toEqual({ kind: 'right' });
    expect(pauses).toEqual([3_000]);
  });

  test('is not asked when Entra asks for more time than there is', async () => {
    const { ask, server } = await rigged([failing({ 'retry-after': '30' }), right]);
    expect(await ask()).toMatchObject({ code: 'password-check-failing', retryAfter: 30_000 });
    expect(server.received).toHaveLength(1);
  });
});

describe('Entra that refuses more', () => {
  test.each<[string, Answer]>([
    ['by 429', says('', 429, { 'retry-after': '17' })],
    ['by 90055', refuses(90055, 400, { 'retry-after': '17' })],
    ['until a date', says('', 429, { 'retry-after': 'Mon, 05 Jan 2026 00:00:17 GMT' })],
  ])('%s is left alone for as long as it says', async (_, answer) => {
    const { ask, server, time, assertedFor } = await rigged([answer, right]);
    expect(await ask()).toMatchObject({ code: 'password-check-throttled', retryAfter: 17_000 });
    await time.advance(16_999);
    expect(await ask({ upn: 'bob@contoso.example' })).toEqual({
      kind: 'unavailable',
      code: 'password-check-throttled',
      detail: '',
      retryAfter: 1,
    });
    expect(server.received).toHaveLength(1);
    expect(assertedFor).toHaveLength(1);
    await time.advance(1);
    expect(await ask()).toEqual({ kind: 'right' });
  });

  test.each(['3600', '999999999', 'Mon, 05 Jan 2099 00:00:00 GMT'])(
    'for %s is left alone for a minute at most',
    async (retryAfter) => {
      const { ask, time } = await rigged([says('', 429, { 'retry-after': retryAfter }), right]);
      expect(await ask()).toMatchObject({ retryAfter: 60_000 });
      await time.advance(60_000);
      expect(await ask()).toEqual({ kind: 'right' });
    },
  );

  test.each(['', '-5', 'soon', 'Mon, 05 Jan 1970 00:00:00 GMT', '1e3', '0'])(
    'for %j says nothing of a time, and is left alone for two seconds',
    async (retryAfter) => {
      const { ask, server, time } = await rigged([says('', 429, { 'retry-after': retryAfter }), right]);
      expect(await ask()).toMatchObject({ code: 'password-check-throttled', retryAfter: 2_000 });
      await time.advance(1_999);
      expect(await ask()).toMatchObject({ code: 'password-check-throttled', retryAfter: 1 });
      expect(server.received).toHaveLength(1);
      await time.advance(1);
      expect(await ask()).toEqual({ kind: 'right' });
    },
  );

  test('because of a loop keeps only this one waiting', async () => {
    const { ask } = await rigged([refuses(50196), right]);
    expect(await ask()).toMatchObject({ code: 'password-check-throttled', retryAfter: 10_000 });
    expect(await ask({ upn: 'bob@contoso.example' })).toEqual({ kind: 'right' });
  });

  test('while another question is being signed keeps that one back', async () => {
    const signing = Promise.withResolvers<string>();
    const answers = [Promise.resolve(ASSERTION), signing.promise];
    const { ask, server } = await rigged([says('', 429, { 'retry-after': '17' }), right], {
      assertion: () => answers.shift() ?? Promise.reject(new Error('no more')),
    });
    const first = ask();
    const second = ask();
    expect(await first).toMatchObject({ code: 'password-check-throttled' });
    signing.resolve(ASSERTION);
    expect(await second).toMatchObject({ code: 'password-check-throttled', retryAfter: 17_000 });
    expect(server.received).toHaveLength(1);
  });

  test('while one waits for its second question is not asked it', async () => {
    const pausing = Promise.withResolvers<void>();
    const pause = Promise.withResolvers<void>();
    const sleep = (ms: number) => {
      if (ms !== 500) return new Promise<void>(() => undefined);
      pausing.resolve();
      return pause.promise;
    };
    const { ask, server } = await rigged([failing(), says('', 429, { 'retry-after': '17' }), right], {
      sleep,
    });
    const first = ask();
    await pausing.promise;
    expect(await ask()).toMatchObject({ code: 'password-check-throttled' });
    pause.resolve();
    expect(await first).toMatchObject({ code: 'password-check-throttled', retryAfter: 17_000 });
    expect(server.received).toHaveLength(2);
  });

  test('and is out of patience in the pause gives the first answer', async () => {
    const patience = Promise.withResolvers<void>();
    const sleep = (ms: number, signal: AbortSignal) => {
      if (ms !== 500) return patience.promise;
      patience.resolve();
      return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { ask, server } = await rigged([failing(), right], { sleep });
    expect(await ask()).toMatchObject({ code: 'password-check-failing', detail: 'HTTP 503' });
    expect(server.received).toHaveLength(1);
  });
});

describe('without a signature nothing is asked', () => {
  test.each([
    [
      'the vault is away',
      new VaultUnreachable('vault-throttled', '429'),
      'password-check-signing-unavailable',
      'vault-throttled',
      0,
    ],
    [
      'the certificate cannot be used',
      new CertificateUnusable('certificate-expired'),
      'password-check-certificate-unusable',
      'certificate-expired',
      1,
    ],
    ['of a fault of our own', new TypeError(ASSERTION), 'password-check-signing-unavailable', 'TypeError', 0],
    ['of nothing that has a name', ASSERTION, 'password-check-signing-unavailable', '', 0],
  ])('because %s', async (_, error, code, detail, times) => {
    const { ask, server, refused } = await rigged([right], { assertion: () => Promise.reject(error) });
    expect(await ask()).toEqual({ kind: 'unavailable', code, detail, retryAfter: 0 });
    expect(server.connections()).toBe(0);
    expect(refused).toHaveLength(times);
  });

  test('because the vault does not answer in time', async () => {
    const { ask, server, time } = await rigged([right], { assertion: () => new Promise(() => undefined) });
    const answered = ask();
    await time.advance(10_000);
    expect(await answered).toEqual({
      kind: 'unavailable',
      code: 'password-check-signing-unavailable',
      detail: 'vault-unreachable',
      retryAfter: 0,
    });
    expect(server.connections()).toBe(0);
  });

  test('and nobody wants to know any more', async () => {
    const unwanted = new AbortController();
    const { ask } = await rigged([right], { assertion: () => new Promise(() => undefined) });
    const answered = ask({ signal: unwanted.signal });
    unwanted.abort();
    expect(await answered).toEqual(BROKEN_OFF);
  });
});

describe('neither password nor assertion nor token is in an answer', () => {
  const echoing: Answer = (response, { body }) => {
    response
      .writeHead(400)
      .end(JSON.stringify({ error_description: body, error: body, error_codes: [body] }));
  };
  test.each<[string, Answer]>([
    ['that says right', right],
    ['that says wrong', refuses(50126)],
    ['with an unknown number', refuses(424242)],
    ['that repeats everything', echoing],
    [
      'that sends elsewhere',
      (response, { body }) => void response.writeHead(302, { location: `/?${body}` }).end(),
    ],
  ])('%s', async (_, answer) => {
    const { ask } = await rigged([answer]);
    expectNoSecrets(await ask());
  });

  test('or in what a failed fetch leaves', async () => {
    const error = new TypeError(`fetch failed ${PASSWORD}`, {
      cause: Object.assign(new Error(PASSWORD), { code: PASSWORD, request: ASSERTION }),
    });
    const { ask } = await rigged([], { fetch: vi.fn<typeof fetch>(() => Promise.reject(error)) });
    const answer = await ask();
    expect(answer).toEqual(BROKEN_OFF);
    expectNoSecrets(answer);
  });
});

function expectNoSecrets(value: unknown): void {
  const shown = inspect(value, { depth: null, showHidden: true });
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'correct', ASSERTION, 'eyJ', 'token']) {
    expect(shown).not.toContain(secret);
  }
}
