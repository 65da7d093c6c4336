import { describe, expect, test, vi } from 'vitest';
import { TokenUnavailable } from '../../../../../functions/entra/faults.ts';
import { connectorProvider } from '../../../../../functions/mfa/providers/connector/provider.ts';
import { writeBegin } from '../../../../../functions/mfa/providers/connector/request.ts';
import { systemClock } from '../../../../../relay-call/clock.ts';
import { answerXml, attemptOf, CONTEXT, OBJECT, SESSION, UPN } from './answers.ts';
import { PATIENCE, rigged, tokens } from './rig.ts';
import { type Answer, says } from './server.ts';

const approval = says(answerXml());
const never: Answer = () => undefined;
const lost = (code: string) => ({ kind: 'lost', code });

describe('an attempt', () => {
  test('is one POST of one request, with the token, on a connection of its own', async () => {
    const { ask, server } = await rigged([approval]);
    await ask();
    await ask();
    expect(server.received).toHaveLength(2);
    expect(server.connections()).toBe(2);
    const body = writeBegin({ upn: UPN, language: 'en-us', contextId: CONTEXT }) ?? '';
    expect(server.received[0]?.headers).not.toHaveProperty('transfer-encoding');
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      url: '/StrongAuthenticationService.svc/Connector/BeginTwoWayAuthentication',
      headers: {
        authorization: 'Bearer token-1',
        'content-type': 'application/xml',
        connection: 'close',
        'content-length': String(body.length),
      },
      body,
    });
  });

  test('that is approved tells when, and by which ids', async () => {
    const { ask, time } = await rigged([approval]);
    expect(await ask()).toEqual({
      kind: 'outcome',
      outcome: {
        kind: 'approved',
        proof: {
          method: 'connector',
          userObjectId: OBJECT,
          at: time.clock.now(),
          evidence: { contextId: CONTEXT, sessionId: SESSION },
        },
      },
    });
  });

  test('that is denied is a reject with the service’s own code', async () => {
    const { ask } = await rigged([says(answerXml({ value: 'PhoneAppDenied', result: 'false' }))]);
    expect(await ask()).toEqual({
      kind: 'outcome',
      outcome: { kind: 'rejected', code: 'mfa-denied', detail: 'PhoneAppDenied' },
    });
  });

  test('of one user is not approved by the approval of another', async () => {
    const { ask } = await rigged([approval]);
    expect(await ask(attemptOf({ upn: 'bob@contoso.com' }))).toMatchObject({
      outcome: { kind: 'rejected', code: 'mfa-answer-contradictory' },
    });
  });

  test('says the name in UTF-8', async () => {
    const upn = 'jürgen🙂@contoso.com';
    const { ask, server } = await rigged([says(answerXml({ upn }))]);
    expect(await ask(attemptOf({ upn }))).toMatchObject({ outcome: { kind: 'approved' } });
    expect(server.received[0]?.body).toContain(`<UserPrincipalName>${upn}</UserPrincipalName>`);
  });

  test('can be watched by more than one', async () => {
    const { begin } = await rigged([approval]);
    const begun = await begin();
    expect(await begun.watch()).toBe(await begun.watch());
  });

  test('has begun before its answer comes', async () => {
    const answer = Promise.withResolvers<void>();
    const { begin, server } = await rigged([
      async (response, request) => {
        await answer.promise;
        await approval(response, request);
      },
    ]);
    const begun = await begin();
    await server.asked();
    answer.resolve();
    expect(await begun.watch()).toMatchObject({ outcome: { kind: 'approved' } });
  });

  test('is no business of other attempts', async () => {
    const { begin, ask, server } = await rigged([never, approval]);
    const waiting = await begin();
    await server.asked();
    expect(await ask()).toMatchObject({ kind: 'outcome' });
    waiting.abandon();
    expect(await waiting.watch()).toEqual(lost('answer-late'));
  });
});

describe('nothing is sent', () => {
  test('for a name that XML cannot hold', async () => {
    const token = tokens('token-1');
    const { provider, server } = await rigged([approval], { token });
    const begun = await provider.begin(attemptOf({ upn: 'a\0@contoso.com' }), new AbortController().signal);
    expect(begun).toEqual({ kind: 'not-begun', code: 'upn-unusable' });
    expect([token.asked(), server.connections()]).toEqual([0, 0]);
  });

  test.each([
    [
      'Entra gives none',
      new TokenUnavailable('certificate-not-registered', 'AADSTS700027'),
      'certificate-not-registered AADSTS700027',
    ],
    ['Entra is gone', new TokenUnavailable('entra-unreachable', ''), 'entra-unreachable'],
    ['something else went wrong', new Error('secret text'), undefined],
  ])('without a token: %s', async (_, fault, detail) => {
    const { provider, server } = await rigged([approval], { token: tokens(fault) });
    const begun = await provider.begin(attemptOf(), new AbortController().signal);
    expect(begun).toEqual({ kind: 'not-begun', code: 'token-unavailable', ...(detail && { detail }) });
    expect(server.connections()).toBe(0);
  });

  test('when the signal ends the wait for the token, or has ended before', async () => {
    const over = new AbortController();
    const token = {
      async get() {
        over.abort();
        return 'token-1';
      },
      discard: vi.fn(),
    };
    const { provider, server } = await rigged([approval], { token });
    for (const signal of [over.signal, AbortSignal.abort()]) {
      expect(await provider.begin(attemptOf(), signal)).toEqual({
        kind: 'not-begun',
        code: 'given-up',
      });
    }
    expect(server.connections()).toBe(0);
  });
});

describe('once begun', () => {
  test('the signal of begin ends nothing', async () => {
    const over = new AbortController();
    const answer = Promise.withResolvers<void>();
    const { begin, server } = await rigged([
      async (response, request) => {
        await answer.promise;
        await approval(response, request);
      },
    ]);
    const begun = await begin(attemptOf(), over.signal);
    await server.asked();
    over.abort();
    answer.resolve();
    expect(await begun.watch()).toMatchObject({ outcome: { kind: 'approved' } });
  });

  test('abandoning it breaks the connection, and it is lost', async () => {
    const { begin, server } = await rigged([never]);
    const begun = await begin();
    await server.asked();
    begun.abandon();
    begun.abandon();
    expect(await begun.watch()).toEqual(lost('answer-late'));
    await server.gone();
    expect(server.received).toHaveLength(1);
  });

  test('abandoning it at once is lost too', async () => {
    const { begin } = await rigged([never]);
    const begun = await begin();
    begun.abandon();
    expect(await begun.watch()).toEqual(lost('answer-late'));
  });

  test('abandoning it after its end changes nothing', async () => {
    const { begin } = await rigged([approval]);
    const begun = await begin();
    await begun.watch();
    begun.abandon();
    expect(await begun.watch()).toMatchObject({ outcome: { kind: 'approved' } });
  });

  test('nobody need watch', async () => {
    const { begin, server } = await rigged([(response) => void response.destroy()]);
    await begin();
    await server.gone();
  });

  test.each<[string, Answer]>([
    ['that does not come', never],
    ['whose headers alone come', (response) => void response.writeHead(200).flushHeaders()],
    [
      'that drips',
      (response) => {
        const dripping = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(dripping));
      },
    ],
  ])('an answer %s is late when the patience is over, and not before', async (_, answer) => {
    const { begin, server, time } = await rigged([answer]);
    const begun = await begin();
    const ended = vi.fn();
    const watched = begun.watch().finally(ended);
    await server.asked();
    await time.advance(PATIENCE - 1);
    expect(ended).not.toHaveBeenCalled();
    await time.advance(1);
    expect(await watched).toEqual(lost('answer-late'));
    await server.gone();
  });

  test('the patience is measured by the machine’s own timer where none is given', async () => {
    const { server } = await rigged([never]);
    const provider = connectorProvider({
      connectorUrl: server.url,
      token: tokens('token-1'),
      language: 'en-us',
      patience: 20,
      clock: systemClock,
    });
    const begun = await provider.begin(attemptOf(), new AbortController().signal);
    expect(begun.kind === 'begun' && (await begun.watch())).toEqual(lost('answer-late'));
  });
});

test('the connector cannot be polled, takes no code and shows no text', async () => {
  const { provider } = await rigged([never]);
  expect(provider).toMatchObject({ name: 'connector', can: { poll: false, code: false, text: false } });
});
