import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Asked,
  type Asking,
  createPrompts,
  PROMPTS,
  type PromptRow,
} from '../../../functions/mfa/prompts.ts';
import { leases } from '../../../functions/store/claim.ts';
import { memoryStore } from '../../../functions/store/memory.ts';
import { type Store, StoreUnreachable } from '../../../functions/store/port.ts';
import { type Breakable, breakable } from '../store/breakable.ts';
import { type ManualTime, manualTime } from '../store/time.ts';
import { type ProviderByHand, providerByHand } from './provider-by-hand.ts';

const ALICE = {
  objectId: '0d6c1a5e-1111-4c3e-9a51-6a2d6f5b7c01',
  tenantId: '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10',
  upn: 'alice@contoso.example',
};
const never = new AbortController().signal;

let time: ManualTime;
let store: Store;
let phone: ProviderByHand;
let events: object[];

beforeEach(() => {
  time = manualTime();
  store = memoryStore(time.clock);
  phone = providerByHand();
  events = [];
});

interface Instance extends Breakable {
  ask(change?: Partial<Asking>): Asking & { readonly answer: Promise<Asked> };
}

/** An instance of the app with its own way to the store that all share. */
function instance(): Instance {
  const way = breakable(store);
  const prompts = createPrompts({
    leases: leases(way.store.table<PromptRow>(PROMPTS), {
      clock: time.clock,
      sleep: time.sleep,
      newMark: randomUUID,
    }),
    clock: time.clock,
    sleep: time.sleep,
    log: (event) => events.push(event),
  });
  return {
    ...way,
    ask(change = {}) {
      const end = time.clock.monotonic() + 60_000;
      const asking: Asking = {
        provider: phone.provider,
        attempt: { id: randomUUID(), user: ALICE, client: 'rdg', machine: 'PC-1' },
        place: { machine: 'PC-1' },
        window: 75_000,
        minimumWait: 20_000,
        left: () => Math.max(end - time.clock.monotonic(), 0),
        signal: never,
        ...change,
      };
      const answer = prompts.ask(asking);
      answer.catch(() => undefined);
      return { ...asking, answer };
    },
  };
}

/** What one packet may still wait, if it has so many milliseconds now. */
function patience(ms: number): () => number {
  const end = time.clock.monotonic() + ms;
  return () => Math.max(end - time.clock.monotonic(), 0);
}

describe('one packet', () => {
  test('rings once and gets what the person says, with the attempt that says so', async () => {
    const { answer, attempt } = instance().ask();
    await time.advance(10_000);
    phone.approve();
    await time.advance(0);
    expect(await answer).toMatchObject({
      kind: 'outcome',
      joined: false,
      outcome: { kind: 'approved', proof: { userObjectId: ALICE.objectId } },
      attempt: { id: attempt.id, client: 'rdg', machine: 'PC-1', provider: 'by-hand' },
    });
    expect(phone.rung).toHaveLength(1);
    expect(phone.rung[0]).toMatchObject({ id: attempt.id, user: ALICE });
    expect((phone.rung[0]?.deadline ?? 0) - (phone.rung[0]?.began ?? 0)).toBe(75_000);
  });

  test('does not ring when its client waits for less than a person needs', async () => {
    const { answer } = instance().ask({ left: patience(19_999) });
    await time.advance(0);
    expect(await answer).toEqual({ kind: 'too-little-time' });
    expect(phone.rung).toEqual([]);
    // And nothing is left that a packet with more time would have to wait for.
    instance().ask();
    await time.advance(0);
    expect(phone.rung).toHaveLength(1);
  });

  test('is answered a second before its client stops waiting; the prompt goes on', async () => {
    const { answer } = instance().ask({ left: patience(30_000) });
    await time.advance(28_999);
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    await time.advance(0);
    expect(answered).toBe(false);
    await time.advance(1);
    expect(await answer).toMatchObject({ kind: 'no-answer-yet', joined: false });
    expect(phone.abandoned()).toBe(0);
    const other = instance().ask();
    phone.approve();
    await time.advance(250);
    expect(await other.answer).toMatchObject({ kind: 'outcome', joined: true });
    expect(phone.rung).toHaveLength(1);
  });

  test('is told at once when nothing could ring; the next may try after a moment', async () => {
    phone.refuse({ kind: 'not-begun', code: 'connector-unreachable', detail: 'ECONNREFUSED' });
    const { answer } = instance().ask();
    await time.advance(0);
    expect(await answer).toEqual({
      kind: 'not-begun',
      code: 'connector-unreachable',
      detail: 'ECONNREFUSED',
    });
    phone.refuse(undefined);
    await time.advance(2_000);
    instance().ask();
    await time.advance(0);
    expect(phone.rung).toHaveLength(1);
  });

  test('a crowd is told by one attempt that nothing could ring', async () => {
    const crowd = Array.from({ length: 20 }, () => instance().ask());
    await time.advance(100);
    phone.end({ kind: 'not-begun', code: 'connector-throttled' });
    await time.advance(250);
    const answers = await Promise.all(crowd.map(({ answer }) => answer));
    expect(answers).toEqual(Array(20).fill({ kind: 'not-begun', code: 'connector-throttled' }));
    expect(phone.rung).toHaveLength(1);
  });

  test('what turns out not to have rung leaves no window behind', async () => {
    const { answer } = instance().ask();
    await time.advance(0);
    phone.end({ kind: 'not-begun', code: 'connector-unauthorized' });
    await time.advance(0);
    expect(await answer).toEqual({ kind: 'not-begun', code: 'connector-unauthorized' });
    await time.advance(2_000);
    instance().ask();
    await time.advance(0);
    expect(phone.rung).toHaveLength(2);
  });

  test('a prompt is abandoned when its window is over, and is lost', async () => {
    const { answer } = instance().ask({ left: patience(200_000) });
    await time.advance(74_999);
    expect(phone.abandoned()).toBe(0);
    await time.advance(1);
    expect(phone.abandoned()).toBe(1);
    expect(await answer).toMatchObject({ kind: 'lost', code: 'answer-late', joined: false });
  });

  test('a clock that is set back does not make the window longer', async () => {
    const { answer } = instance().ask();
    await time.advance(1_000);
    time.step(-3_600_000);
    phone.end({ kind: 'lost', code: 'connection-broken' });
    await time.advance(0);
    expect(await answer).toMatchObject({ kind: 'lost' });
    await time.advance(75_000);
    instance().ask();
    await time.advance(0);
    expect(phone.rung).toHaveLength(2);
  });

  test('is given up before anything rings when its client has gone', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(instance().ask({ signal: gone }).answer).rejects.toThrow('gone');
    expect(phone.rung).toEqual([]);
    instance().ask();
    await time.advance(0);
    expect(phone.rung).toHaveLength(1);
  });

  test('a provider that breaks its promise leaves a lost outcome and a line in the log', async () => {
    const provider = { ...phone.provider, begin: () => Promise.reject(new TypeError('secret text')) };
    const { answer, attempt } = instance().ask({ provider });
    await time.advance(0);
    expect(await answer).toMatchObject({ kind: 'lost', code: 'provider-fault' });
    expect(events).toEqual([{ event: 'prompt-failed', attempt: attempt.id, fault: 'TypeError' }]);
  });

  test('an end that comes after its client has gone is told to the log', async () => {
    const { answer, attempt } = instance().ask({ left: patience(30_000) });
    await time.advance(29_000);
    expect(await answer).toMatchObject({ kind: 'no-answer-yet' });
    phone.reject('mfa-fraud');
    await time.advance(0);
    expect(events).toEqual([{ event: 'prompt-ended-late', attempt: attempt.id, result: 'mfa-fraud' }]);
  });

  test('without its client the answer is given up, and the prompt goes on', async () => {
    const gone = new AbortController();
    const { answer } = instance().ask({ signal: gone.signal });
    await time.advance(5_000);
    gone.abort();
    await time.advance(0);
    expect(await answer).toMatchObject({ kind: 'no-answer-yet' });
    expect(phone.abandoned()).toBe(0);
  });
});

describe('packets of one key', () => {
  test('share one prompt over all instances, and each is told that it joined', async () => {
    const asked = [instance(), instance(), instance()].map((one) => one.ask());
    await time.advance(3_000);
    phone.reject('mfa-denied');
    await time.advance(250);
    const answers = await Promise.all(asked.map(({ answer }) => answer));
    expect(phone.rung).toHaveLength(1);
    expect(answers.map((one) => one.kind)).toEqual(['outcome', 'outcome', 'outcome']);
    expect(answers.filter((one) => 'joined' in one && one.joined)).toHaveLength(2);
    expect(new Set(answers.map((one) => 'attempt' in one && one.attempt.id)).size).toBe(1);
  });

  const others: Record<string, Partial<Asking['attempt']>> = {
    'another person': { user: { ...ALICE, objectId: '0d6c1a5e-2222-4c3e-9a51-6a2d6f5b7c02' } },
    'another tenant': { user: { ...ALICE, tenantId: '6f1d2b0e-9999-4f2b-9b1e-1f2a7c9d4e10' } },
    'another client': { client: 'vpn' },
  };
  const places: Record<string, Asking['place']> = {
    'another machine': { machine: 'PC-2' },
    'another station': { machine: 'PC-1', station: '203.0.113.7' },
    'no machine': {},
  };
  const changes: Array<[string, Partial<Asking>]> = [
    ...Object.entries(others).map(([what, attempt]): [string, Partial<Asking>] => [
      what,
      { attempt: { id: randomUUID(), user: ALICE, client: 'rdg', ...attempt } },
    ]),
    ...Object.entries(places).map(([what, place]): [string, Partial<Asking>] => [what, { place }]),
  ];
  for (const [what, change] of changes) {
    test(`${what} is asked apart`, async () => {
      const one = instance();
      const first = one.ask();
      await time.advance(0);
      const second = one.ask(change);
      await time.advance(0);
      expect(phone.rung).toHaveLength(2);
      phone.approve();
      await time.advance(250);
      expect(await second.answer).toMatchObject({ kind: 'outcome', joined: false });
      expect(await Promise.race([first.answer, 'still waiting'])).toBe('still waiting');
    });
  }

  test('the same person by another UPN is the same person', async () => {
    const one = instance();
    const first = one.ask();
    await time.advance(0);
    one.ask({ attempt: { ...first.attempt, user: { ...ALICE, upn: 'Alice.New@contoso.example' } } });
    await time.advance(0);
    expect(phone.rung).toHaveLength(1);
  });

  test('ports tell apart only those who name neither station nor machine', async () => {
    const one = instance();
    for (const port of ['1', '2']) one.ask({ place: { port } });
    for (const port of ['1', '2']) one.ask({ place: { station: '203.0.113.7', port } });
    await time.advance(0);
    expect(phone.rung).toHaveLength(3);
  });

  test('a station that is written like a machine is not that machine', async () => {
    const one = instance();
    for (const place of [{ machine: 'x' }, { station: 'x' }, { port: 'x' }]) one.ask({ place });
    await time.advance(0);
    expect(phone.rung).toHaveLength(3);
  });

  test('who comes after the outcome is asked anew, and takes nothing from those who waited', async () => {
    const [one, other] = [instance(), instance()];
    one.ask();
    const waiting = other.ask();
    await time.advance(100);
    phone.approve();
    await time.advance(0);
    const later = one.ask();
    await time.advance(999);
    expect(phone.rung).toHaveLength(1);
    expect(await waiting.answer).toMatchObject({ kind: 'outcome', joined: true });
    await time.advance(1);
    expect(phone.rung).toHaveLength(2);
    phone.reject('mfa-denied');
    await time.advance(0);
    expect(await later.answer).toMatchObject({
      kind: 'outcome',
      joined: false,
      outcome: { kind: 'rejected', code: 'mfa-denied' },
    });
  });

  test('two who come after the outcome share one new prompt', async () => {
    const [one, other] = [instance(), instance()];
    one.ask();
    await time.advance(0);
    phone.approve();
    await time.advance(0);
    one.ask();
    other.ask();
    await time.advance(1_000);
    expect(phone.rung).toHaveLength(2);
  });

  test('inside the window of a prompt whose outcome was lost nobody is asked again', async () => {
    const one = instance();
    const first = one.ask();
    await time.advance(10_000);
    phone.end({ kind: 'lost', code: 'connection-broken' });
    await time.advance(0);
    expect(await first.answer).toMatchObject({ kind: 'lost', code: 'connection-broken', joined: false });
    const second = instance().ask();
    await time.advance(0);
    expect(await second.answer).toMatchObject({ kind: 'lost', code: 'connection-broken', joined: true });
    await time.advance(64_999);
    const third = instance().ask();
    await time.advance(0);
    expect(await third.answer).toMatchObject({ kind: 'lost' });
    await time.advance(1);
    instance().ask();
    await time.advance(0);
    expect(phone.rung).toHaveLength(2);
  });

  test('who waits for an instance that vanishes is told that the outcome is lost; nobody is asked again', async () => {
    const one = instance();
    one.ask();
    await time.advance(1_000);
    const waiting = instance().ask();
    one.break();
    await time.advance(15_000);
    expect(await waiting.answer).toMatchObject({ kind: 'lost', code: 'instance-lost', joined: true });
    // The vanished one would have got an approval: it must not use it.
    expect(phone.abandoned()).toBe(1);
    const later = instance().ask();
    await time.advance(0);
    expect(await later.answer).toMatchObject({ kind: 'lost', code: 'instance-lost' });
    expect(phone.rung).toHaveLength(1);
  });
});

describe('without the store', () => {
  test('nobody is asked', async () => {
    const one = instance();
    one.break();
    await expect(one.ask().answer).rejects.toThrow(StoreUnreachable);
    expect(phone.rung).toEqual([]);
  });

  test('an approval that cannot be stored lets nobody in, and is told as lost', async () => {
    const one = instance();
    const { answer } = one.ask();
    await time.advance(0);
    one.break();
    phone.approve();
    await time.advance(60_000);
    expect(await answer).toMatchObject({ kind: 'lost', code: 'outcome-not-stored' });
  });

  test('an approval is stored as soon as the store is back', async () => {
    const one = instance();
    const { answer } = one.ask();
    await time.advance(0);
    one.break();
    phone.approve();
    await time.advance(4_900);
    one.mend();
    await time.advance(100);
    expect(await answer).toMatchObject({ kind: 'outcome', outcome: { kind: 'approved' } });
  });
});

describe('time that a packet has spent waiting for another one’s prompt', () => {
  test('does not make its client look impatient when that prompt ends without an outcome', async () => {
    instance().ask({ window: 10_000, left: patience(200_000) });
    await time.advance(1_000);
    const joined = instance().ask({ left: patience(21_000) });
    await time.advance(10_000);
    expect(await joined.answer).toEqual({ kind: 'not-begun', code: 'prompt-ended-meanwhile' });
    expect(phone.rung).toHaveLength(1);
  });

  test('leaves enough for a prompt of its own where its client is patient', async () => {
    instance().ask({ window: 10_000, left: patience(200_000) });
    await time.advance(1_000);
    instance().ask();
    await time.advance(10_000);
    expect(phone.rung).toHaveLength(2);
  });

  test('a packet that came with just enough begins one after an outcome that it came too late for', async () => {
    instance().ask();
    await time.advance(0);
    phone.approve();
    await time.advance(0);
    instance().ask({ left: patience(20_100) });
    await time.advance(1_000);
    expect(phone.rung).toHaveLength(2);
  });
});
