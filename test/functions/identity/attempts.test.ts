import { createHmac, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PasswordAnswer } from '../../../functions/entra/password/check.ts';
import {
  ATTEMPT_KEY,
  ATTEMPTS,
  type AttemptRow,
  createAttempts,
  type PasswordAttempt,
  SHORTEST_ATTEMPT_KEY,
} from '../../../functions/identity/attempts.ts';
import type { PasswordVerdict, Question } from '../../../functions/identity/directory.ts';
import { SecretMissing, VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import { leases } from '../../../functions/store/claim.ts';
import { rowKey } from '../../../functions/store/keys.ts';
import { memoryStore } from '../../../functions/store/memory.ts';
import { type Store, StoreUnreachable } from '../../../functions/store/port.ts';
import { type Breakable, breakable } from '../store/breakable.ts';
import { type ManualTime, manualTime } from '../store/time.ts';

const ALICE = '0d6c1a5e-1111-4c3e-9a51-6a2d6f5b7c01';
const BOB = '0d6c1a5e-2222-4c3e-9a51-6a2d6f5b7c02';
const PASSWORD = 'correct horse battery';
const RIGHT: PasswordAnswer = { kind: 'right' };
const WRONG: PasswordAnswer = { kind: 'wrong', number: '50126' };
const failing = (retryAfter = 0): PasswordAnswer => ({
  kind: 'unavailable',
  code: 'password-check-failing',
  detail: 'HTTP 503',
  retryAfter,
});
const BROKEN_OFF: PasswordAnswer = {
  kind: 'unavailable',
  code: 'password-check-broken-off',
  detail: '',
  retryAfter: 0,
};
const TOO_LATE: PasswordVerdict = { kind: 'unavailable', code: 'verification-too-late' };

let time: ManualTime;
let store: Store;
let key: Buffer | Error;
/** Every question that was asked, in order, and how it is answered. */
let asked: (Question & { answer(answer: PasswordAnswer): void; fail(error: unknown): void })[];

beforeEach(() => {
  time = manualTime();
  store = memoryStore(time.clock);
  key = Buffer.from('attempt-key-of-this-test');
  asked = [];
});

/** An instance of the app with its own way to the store that all share. */
function instance(): Breakable & {
  once(
    change?: Partial<PasswordAttempt>,
    signal?: AbortSignal,
  ): { id: string; verdict: Promise<PasswordVerdict> };
} {
  const way = breakable(store);
  const attempts = createAttempts({
    leases: leases(way.store.table<AttemptRow>(ATTEMPTS), {
      clock: time.clock,
      sleep: time.sleep,
      newMark: randomUUID,
    }),
    secrets: {
      read: async (name) => {
        expect(name).toBe(ATTEMPT_KEY);
        if (key instanceof Error) throw key;
        return key;
      },
    },
    clock: time.clock,
    sleep: time.sleep,
  });
  return {
    ...way,
    once(change = {}, signal = new AbortController().signal) {
      const id = randomUUID();
      const verdict = attempts.once({
        directory: 'entra',
        userId: ALICE,
        password: Buffer.from(PASSWORD),
        question: { id, signal },
        ask: (question) =>
          new Promise((resolve, reject) => {
            asked.push({ ...question, answer: resolve, fail: reject });
            question.signal.addEventListener('abort', () => resolve(BROKEN_OFF));
          }),
        ...change,
      });
      verdict.catch(() => undefined);
      return { id, verdict };
    },
  };
}

/** Answers the newest question and lets everybody see it. */
async function answered(answer: PasswordAnswer): Promise<void> {
  await time.advance(0);
  asked.at(-1)?.answer(answer);
  await time.advance(250);
}

async function rows(): Promise<object[]> {
  const found: object[] = [];
  for (const user of [ALICE, BOB]) {
    for await (const row of store.table<AttemptRow>(ATTEMPTS).list(rowKey('entra', user))) found.push(row);
  }
  return found;
}

describe('a password', () => {
  test('is asked about once, and the verdict says under which id', async () => {
    const { id, verdict } = instance().once();
    await answered(WRONG);
    expect(await verdict).toEqual({
      kind: 'wrong',
      asked: { question: id, reused: false, answer: 'AADSTS50126' },
    });
    expect(asked.map((one) => one.id)).toEqual([id]);
  });

  test.each<[PasswordAnswer, object]>([
    [RIGHT, { kind: 'right' }],
    [
      { kind: 'right', note: 'mfa-demanded', number: '50076' },
      { kind: 'right', note: 'mfa-demanded', asked: { answer: 'AADSTS50076' } },
    ],
    [
      { kind: 'refused', code: 'account-locked', number: '50053' },
      { kind: 'refused', code: 'account-locked', asked: { answer: 'AADSTS50053' } },
    ],
    [
      { kind: 'cannot-verify', code: 'refused-by-entra', number: '424242' },
      {
        kind: 'cannot-verify',
        code: 'refused-by-entra',
        detail: 'AADSTS424242',
        asked: { answer: 'AADSTS424242' },
      },
    ],
    [failing(), { kind: 'unavailable', code: 'password-check-failing', detail: 'HTTP 503' }],
    [BROKEN_OFF, { kind: 'unavailable', code: 'password-check-broken-off' }],
    [
      { ...failing(), number: '90033' } as PasswordAnswer,
      { kind: 'unavailable', detail: 'AADSTS90033', asked: { answer: 'AADSTS90033' } },
    ],
  ])('that gets %o', async (answer, expected) => {
    const { id, verdict } = instance().once();
    await answered(answer);
    const given = await verdict;
    expect(given).toMatchObject(expected);
    expect(given.asked).toMatchObject({ question: id, reused: false });
    expect('detail' in given).toBe('detail' in expected);
    // And it is the same for whoever comes next, on another instance.
    const next = instance().once();
    await time.advance(0);
    expect(await next.verdict).toEqual({ ...given, asked: { ...given.asked, reused: true } });
    expect(asked).toHaveLength(1);
  });

  test('that many ask about at the same time, on several instances, is asked about once', async () => {
    const [one, other] = [instance(), instance()];
    const all = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).once());
    await time.advance(1_000);
    await answered(RIGHT);
    const verdicts = await Promise.all(all.map(({ verdict }) => verdict));
    expect(asked).toHaveLength(1);
    expect(verdicts.map(({ kind }) => kind)).toEqual(Array(20).fill('right'));
    expect(verdicts.filter((verdict) => verdict.asked?.reused === false)).toHaveLength(1);
    expect(new Set(verdicts.map((verdict) => verdict.asked?.question))).toEqual(
      new Set(asked.map(({ id }) => id)),
    );
  });

  test.each<[string, Partial<PasswordAttempt>]>([
    ['another password', { password: Buffer.from(`${PASSWORD}!`) }],
    ['the same in other letters', { password: Buffer.from(PASSWORD.toUpperCase()) }],
    ['with a NUL behind it', { password: Buffer.from(`${PASSWORD}\0`) }],
    ['another user', { userId: BOB }],
    ['another directory', { directory: 'other' }],
  ])('of %s is a question of its own', async (_, change) => {
    const { verdict } = instance().once();
    await answered(RIGHT);
    await verdict;
    const other = instance().once(change);
    await answered(WRONG);
    expect(await other.verdict).toMatchObject({ kind: 'wrong', asked: { reused: false } });
    expect(asked).toHaveLength(2);
  });

  test('is a question of its own once the key is another', async () => {
    const { verdict } = instance().once();
    await answered(WRONG);
    await verdict;
    key = Buffer.from('another-attempt-key-now');
    const other = instance().once();
    await answered(RIGHT);
    expect(await other.verdict).toMatchObject({ kind: 'right', asked: { reused: false } });
  });
});

describe('a verdict', () => {
  test.each<[string, PasswordAnswer, number]>([
    ['right', RIGHT, 60_000],
    ['wrong', WRONG, 60_000],
    ['refused', { kind: 'refused', code: 'user-disabled', number: '50057' }, 60_000],
    ['cannot be had', { kind: 'cannot-verify', code: 'no-password-in-entra', number: '50056' }, 60_000],
    ['cannot be had now', failing(), 2_000],
    ['cannot be had for half a second', failing(500), 2_000],
    ['cannot be had for a while', failing(17_000), 17_000],
    ['cannot be had for long', failing(3_600_000), 60_000],
    ['may have been missed', BROKEN_OFF, 10_000],
  ])('that is %s (%o) is used again for %i ms and not longer', async (_, answer, kept) => {
    const { verdict } = instance().once();
    await time.advance(0);
    asked[0]?.answer(answer);
    await time.advance(0);
    await verdict;
    await time.advance(kept - 1);
    const last = instance().once();
    await time.advance(0);
    expect(await last.verdict).toMatchObject({ kind: answer.kind, asked: { reused: true } });
    expect(asked).toHaveLength(1);
    await time.advance(1);
    instance().once();
    await time.advance(0);
    expect(asked).toHaveLength(2);
  });

  test('does not live longer by being used', async () => {
    instance().once();
    await answered(RIGHT);
    for (let turn = 0; turn < 6; turn += 1) {
      await time.advance(9_000);
      instance().once();
    }
    await time.advance(6_000);
    instance().once();
    await time.advance(0);
    expect(asked).toHaveLength(2);
  });

  test('does not live longer when the clock is set back', async () => {
    instance().once();
    await answered(RIGHT);
    time.step(-3_600_000);
    const [one, other] = [instance().once(), instance().once()];
    await answered(WRONG);
    expect(asked).toHaveLength(2);
    expect(await one.verdict).toMatchObject({ kind: 'wrong', asked: { reused: false } });
    expect(await other.verdict).toMatchObject({ kind: 'wrong', asked: { reused: true } });
  });
});

describe('a client that goes', () => {
  test('gets no verdict; the question goes on for those who come after it', async () => {
    const gone = new AbortController();
    const first = instance().once({}, gone.signal);
    await time.advance(1_000);
    gone.abort(new Error('gone'));
    await time.advance(0);
    expect(await first.verdict).toEqual(TOO_LATE);
    expect(asked[0]?.signal.aborted).toBe(false);
    const second = instance().once();
    await answered(RIGHT);
    expect(await second.verdict).toEqual({ kind: 'right', asked: { question: first.id, reused: true } });
    expect(asked).toHaveLength(1);
  });

  test('while it waits for another’s question ends its own wait alone', async () => {
    const first = instance().once();
    await time.advance(0);
    const gone = new AbortController();
    const second = instance().once({}, gone.signal);
    await time.advance(1_000);
    gone.abort();
    await time.advance(0);
    expect(await second.verdict).toEqual(TOO_LATE);
    await answered(RIGHT);
    expect(await first.verdict).toMatchObject({ kind: 'right' });
  });

  test('before anything is asked leaves nothing behind', async () => {
    const { verdict } = instance().once({}, AbortSignal.abort());
    expect(await verdict).toEqual(TOO_LATE);
    const gone = new AbortController();
    const late = instance().once({}, gone.signal);
    gone.abort();
    expect(await late.verdict).toEqual(TOO_LATE);
    await time.advance(0);
    expect(asked).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  test('does not keep a question alive that nobody answers', async () => {
    const { verdict } = instance().once();
    await time.advance(19_999);
    expect(asked[0]?.signal.aborted).toBe(false);
    await time.advance(1);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(await verdict).toMatchObject({ kind: 'unavailable', code: 'password-check-broken-off' });
  });

  test('nor one that does not heed its signal', async () => {
    const { verdict } = instance().once({ ask: () => new Promise(() => undefined) });
    await time.advance(20_000);
    expect(await verdict).toMatchObject({ kind: 'unavailable', code: 'password-check-broken-off' });
  });

  test('a question that fails against its promise is told to whoever asked, and leaves no row', async () => {
    const { verdict } = instance().once();
    await time.advance(0);
    asked[0]?.fail(new TypeError('a defect'));
    await expect(verdict).rejects.toThrow('a defect');
    expect(await rows()).toEqual([]);
  });
});

describe('an instance that vanishes', () => {
  test('is followed by another, which asks anew after a while', async () => {
    const vanishing = instance();
    vanishing.once();
    await time.advance(100);
    vanishing.break();
    const other = instance().once();
    await time.advance(9_000);
    expect(asked).toHaveLength(1);
    await time.advance(5_000);
    expect(asked).toHaveLength(2);
    await answered(RIGHT);
    expect(await other.verdict).toEqual({ kind: 'right', asked: { question: other.id, reused: false } });
  });

  test('breaks its question off before another could ask', async () => {
    const vanishing = instance();
    vanishing.once();
    await time.advance(0);
    vanishing.break();
    await time.advance(9_999);
    expect(asked[0]?.signal.aborted).toBe(false);
    await time.advance(1);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  test('and is back does not use its own answer but that of its successor', async () => {
    const lost = instance();
    const first = lost.once();
    await time.advance(100);
    lost.break();
    const second = instance().once();
    await time.advance(14_000);
    expect(asked.map(({ id }) => id)).toEqual([first.id, second.id]);
    lost.mend();
    asked[0]?.answer(RIGHT);
    await time.advance(1_000);
    await answered(WRONG);
    const verdict = { kind: 'wrong', asked: { question: second.id, answer: 'AADSTS50126' } };
    expect(await second.verdict).toMatchObject(verdict);
    expect(await first.verdict).toMatchObject(verdict);
    expect(asked).toHaveLength(2);
  });

  test('whose successor’s client has gone leaves the place to the next', async () => {
    const vanishing = instance();
    vanishing.once();
    await time.advance(100);
    vanishing.break();
    const gone = new AbortController();
    const second = instance().once({}, gone.signal);
    await time.advance(5_000);
    gone.abort();
    expect(await second.verdict).toEqual(TOO_LATE);
    instance().once();
    await time.advance(10_500);
    expect(asked).toHaveLength(2);
  });

  test('twice is followed all the same, though that takes longer than one wait', async () => {
    const [one, two, three] = [instance(), instance(), instance()];
    one.once();
    await time.advance(100);
    one.break();
    two.once();
    await time.advance(100);
    const last = three.once();
    await time.advance(25_000);
    expect(asked).toHaveLength(2);
    two.break();
    await time.advance(16_000);
    expect(asked).toHaveLength(3);
    await answered(RIGHT);
    expect(await last.verdict).toEqual({ kind: 'right', asked: { question: last.id, reused: false } });
  });
});

describe('a store that cannot be reached', () => {
  test('is told, and nothing is asked', async () => {
    const one = instance();
    one.break();
    await expect(one.once().verdict).rejects.toBeInstanceOf(StoreUnreachable);
    expect(asked).toEqual([]);
  });

  test('while one waits is told', async () => {
    instance().once();
    await time.advance(0);
    const one = instance();
    const { verdict } = one.once();
    await time.advance(0);
    one.break();
    await time.advance(250);
    await expect(verdict).rejects.toBeInstanceOf(StoreUnreachable);
  });

  test('while there is an answer is tried again for a moment', async () => {
    const one = instance();
    const { verdict } = one.once();
    await time.advance(0);
    one.break();
    asked[0]?.answer(RIGHT);
    await time.advance(3_000);
    one.mend();
    await time.advance(500);
    expect(await verdict).toMatchObject({ kind: 'right' });
    const next = instance().once();
    await time.advance(0);
    expect(await next.verdict).toMatchObject({ kind: 'right', asked: { reused: true } });
  });

  test('for longer is told, for an answer that is not stored is nobody’s', async () => {
    const one = instance();
    const { verdict } = one.once();
    await time.advance(0);
    one.break();
    asked[0]?.answer(RIGHT);
    await time.advance(5_500);
    await expect(verdict).rejects.toBeInstanceOf(StoreUnreachable);
  });

  test('whose answer to the first write is lost is told; the next is not kept waiting for ever', async () => {
    const one = instance();
    one.loseNextAnswer();
    await expect(one.once().verdict).rejects.toBeInstanceOf(StoreUnreachable);
    instance().once();
    await time.advance(10_500);
    expect(asked).toHaveLength(1);
  });

  test('whose answer to the last write is lost has the verdict all the same', async () => {
    const one = instance();
    const { verdict } = one.once();
    await time.advance(0);
    one.loseNextAnswer();
    asked[0]?.answer(WRONG);
    await time.advance(500);
    expect(await verdict).toMatchObject({ kind: 'wrong', asked: { reused: false } });
  });
});

describe('without a key nothing is asked', () => {
  test.each([
    ['missing', new SecretMissing('secret-missing'), 'attempt-key-missing'],
    ['disabled', new SecretMissing('secret-disabled'), 'attempt-key-missing'],
    ['too short', Buffer.alloc(SHORTEST_ATTEMPT_KEY - 1, 'k'), 'attempt-key-missing'],
    [
      'in a vault that is away',
      new VaultUnreachable('vault-unreachable', 'ECONNREFUSED'),
      'attempt-key-unavailable',
    ],
  ])('that is %s', async (_, given, code) => {
    key = given;
    expect(await instance().once().verdict).toEqual({ kind: 'unavailable', code });
    expect(asked).toEqual([]);
    key = Buffer.alloc(SHORTEST_ATTEMPT_KEY, 'k');
    const { verdict } = instance().once();
    await answered(RIGHT);
    expect(await verdict).toMatchObject({ kind: 'right' });
  });

  test('a defect of the reader is told as it is', async () => {
    key = new TypeError('a defect');
    await expect(instance().once().verdict).rejects.toThrow('a defect');
  });
});

describe('the store', () => {
  test('holds neither the password nor a digest of it without the key', async () => {
    const { id } = instance().once();
    await time.advance(0);
    const working = await rows();
    await answered(WRONG);
    const settled = await rows();
    expect(working).toHaveLength(1);
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      value: { state: 'settled', value: { question: id, answer: WRONG } },
    });
    const shown = JSON.stringify([...working, ...settled]);
    const octets = Buffer.from(PASSWORD);
    const digests = ['', ALICE, 'entra'].map((guess) =>
      createHmac('sha256', guess).update(octets).digest('hex'),
    );
    const forms = (['utf8', 'hex', 'base64', 'base64url'] as const).map((form) => octets.toString(form));
    for (const text of [...forms, ...digests, 'correct', String(key)]) expect(shown).not.toContain(text);
  });
});
