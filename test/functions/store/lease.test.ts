import { beforeEach, describe, expect, test } from 'vitest';
import { leases } from '../../../functions/store/claim.ts';
import type { Claim, Lease, LeaseRow, Leases, Waiting, WaitOutcome } from '../../../functions/store/lease.ts';
import { memoryStore } from '../../../functions/store/memory.ts';
import { StoreUnreachable, type Table } from '../../../functions/store/port.ts';
import { type Breakable, breakable } from './breakable.ts';
import { type ManualTime, manualTime } from './time.ts';

type Row = LeaseRow<string, string>;
type Instance = Breakable & { leases: Leases<string, string> };

const never = new AbortController().signal;
let time: ManualTime;
let rows: Table<Row>;
let instance: () => Instance;

beforeEach(() => {
  time = manualTime();
  const shared = memoryStore(time.clock);
  rows = shared.table<Row>('leases');
  let marks = 0;
  // Every instance reaches the same rows over a connection of its own, which can fail alone.
  instance = () => {
    const link = breakable(shared);
    const newMark = () => {
      marks += 1;
      return `mark-${marks}`;
    };
    return { ...link, leases: leases(link.store.table<Row>('leases'), { ...time, newMark }) };
  };
});

function claim(one: Instance, work = 'work'): Promise<Claim<string, string>> {
  return one.leases.claim('p', 'k', { work, expires: time.clock.now() + 120_000 });
}

async function held(one: Instance, work?: string): Promise<Lease<string, string>> {
  const claimed = await claim(one, work);
  if (claimed.kind !== 'holder') throw new Error(`claimed as ${claimed.kind}`);
  return claimed;
}

async function waited(one: Instance): Promise<Waiting<string, string>> {
  const claimed = await claim(one, 'later work');
  if (claimed.kind !== 'waiting') throw new Error(`claimed as ${claimed.kind}`);
  return claimed;
}

/** What a promise has come to, without waiting for it. */
function watch<T>(promise: Promise<T>): { now: T | undefined; error: unknown } {
  const seen: { now: T | undefined; error: unknown } = { now: undefined, error: undefined };
  promise.then(
    (value) => {
      seen.now = value;
    },
    (error) => {
      seen.error = error;
    },
  );
  return seen;
}

/** A holder that vanishes: its instance neither renews nor answers any more. */
async function vanished(): Promise<Instance> {
  const one = instance();
  await held(one, 'first work');
  one.break();
  return one;
}

describe('a claim', () => {
  test('of many at the same time one holds, the others wait and see its work', async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(instance(), `work ${n}`)));
    expect(claims.filter(({ kind }) => kind === 'holder')).toHaveLength(1);
    const waiters = claims.filter((one) => one.kind === 'waiting');
    expect(waiters).toHaveLength(19);
    const holder = claims.find((one) => one.kind === 'holder');
    expect(new Set(waiters.map(({ work }) => work))).toEqual(new Set([holder?.work]));
  });

  test('finds what has been settled, as long as it is kept', async () => {
    const holder = await held(instance());
    expect(await holder.settle('outcome', 30_000)).toBe(true);
    await time.advance(29_999);
    expect(await claim(instance())).toMatchObject({ kind: 'settled', value: 'outcome' });
    await time.advance(1);
    expect(await claim(instance())).toMatchObject({ kind: 'holder', takenOver: false });
  });

  test('takes the place of an outcome that it passes over; of many exactly one', async () => {
    await (await held(instance())).settle('outcome', 30_000);
    const found = await claim(instance());
    const instead = found.kind === 'settled' ? found.etag : '';
    const again = () =>
      instance().leases.claim('p', 'k', { work: 'anew', expires: time.clock.now() + 120_000, instead });
    const claims = await Promise.all(Array.from({ length: 10 }, again));
    expect(claims.filter(({ kind }) => kind === 'holder')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'waiting')).toHaveLength(9);
  });

  test('an etag of yesterday takes no place', async () => {
    await (await held(instance())).settle('outcome', 30_000);
    const late = await instance().leases.claim('p', 'k', { work: 'w', expires: 0, instead: 'other' });
    expect(late).toMatchObject({ kind: 'settled', value: 'outcome' });
  });

  test('holds anew after a release', async () => {
    expect(await (await held(instance())).release()).toBe(true);
    expect(await claim(instance())).toMatchObject({ kind: 'holder', takenOver: false });
  });

  test('holds anew when the row expired without an outcome', async () => {
    await vanished();
    await time.advance(120_000);
    expect(await claim(instance())).toMatchObject({ kind: 'holder', takenOver: false });
  });

  test('knows its own row when the answer to the insert was lost', async () => {
    const one = instance();
    const table = one.store.table<Row>('leases');
    // What an adapter does when it repeats a write by itself.
    const repeating: Table<Row> = {
      ...table,
      insert: (...x) => table.insert(...x).catch(() => table.insert(...x)),
    };
    one.loseNextAnswer();
    const retried = leases<string, string>(repeating, { ...time, newMark: () => 'own' });
    const claimed = await retried.claim('p', 'k', { work: 'w', expires: time.clock.now() + 60_000 });
    expect(claimed).toMatchObject({ kind: 'holder', takenOver: false });
    expect(await (claimed as Lease<string, string>).settle('outcome', 1000)).toBe(true);
  });

  test.each(['insert', 'replacing of an outcome'])(
    'whose %s was done and whose answer was lost for good leaves no row that nobody holds',
    async (write) => {
      const one = instance();
      let instead = {};
      if (write !== 'insert') {
        await (await held(instance())).settle('outcome', 60_000);
        const found = await claim(one);
        instead = found.kind === 'settled' ? { instead: found.etag } : {};
      }
      one.loseNextAnswer();
      const expires = time.clock.now() + 120_000;
      const claiming = one.leases.claim('p', 'k', { work: 'never begun', expires, ...instead });
      await expect(claiming).rejects.toThrow(StoreUnreachable);
      one.break();
      const second = watch<WaitOutcome<string, string>>(
        (await waited(instance())).wait({ within: 60_000, signal: never }),
      );
      await time.advance(3_000);
      expect(second.now).toBeUndefined();
      one.mend();
      await time.advance(1_000);
      expect(second.now).toEqual({ kind: 'released' });
    },
  );

  test('whose insert the service does only after it was said to have failed leaves no row either', async () => {
    const one = instance();
    one.break();
    await expect(claim(one, 'never begun')).rejects.toThrow(StoreUnreachable);
    one.mend();
    await time.advance(700);
    const row = { state: 'working', holder: 'mark-1', beat: 0, work: 'never begun' } as const;
    await rows.insert('p', 'k', row, time.clock.now() + 120_000);
    const second = watch<WaitOutcome<string, string>>(
      (await waited(instance())).wait({ within: 60_000, signal: never }),
    );
    await time.advance(2_000);
    expect(second.now).toEqual({ kind: 'released' });
  });

  test('that failed asks a store that stays away a few times, and then no more', async () => {
    const one = instance();
    one.break();
    await expect(claim(one)).rejects.toThrow(StoreUnreachable);
    await time.advance(60_000);
    expect(one.tried()).toBeLessThanOrEqual(6);
  });

  test('that failed takes back no row but its own', async () => {
    const one = instance();
    one.break();
    await expect(claim(one)).rejects.toThrow(StoreUnreachable);
    one.mend();
    const holder = await held(instance());
    await time.advance(20_000);
    expect(holder.lost.aborted).toBe(false);
    expect(await holder.settle('outcome', 30_000)).toBe(true);
  });

  test('store-unreachable: is thrown', async () => {
    const one = instance();
    one.break();
    await expect(claim(one)).rejects.toThrow(expect.objectContaining({ code: 'store-unreachable' }));
  });
});

describe('waiting', () => {
  test('gets the outcome within 250 ms', async () => {
    const holder = await held(instance());
    const waiter = await waited(instance());
    const outcome = watch(waiter.wait({ within: 60_000, signal: never }));
    await time.advance(5_000);
    await holder.settle('outcome', 30_000);
    expect(outcome.now).toBeUndefined();
    await time.advance(250);
    expect(outcome.now).toMatchObject({ kind: 'settled', value: 'outcome' });
  });

  test('goes on for as long as the holder renews', async () => {
    const holder = await held(instance());
    const waiter = await waited(instance());
    const outcome = watch(waiter.wait({ within: 100_000, signal: never }));
    await time.advance(90_000);
    expect(outcome.now).toBeUndefined();
    expect(holder.lost.aborted).toBe(false);
    await holder.settle('outcome', 30_000);
    await time.advance(250);
    expect(outcome.now).toMatchObject({ kind: 'settled', value: 'outcome' });
  });

  test('ends as released when the holder ended in silence', async () => {
    const holder = await held(instance());
    const outcome = watch((await waited(instance())).wait({ within: 60_000, signal: never }));
    await holder.release();
    await time.advance(250);
    expect(outcome.now).toEqual({ kind: 'released' });
  });

  test('ends late at its deadline, after one last look', async () => {
    const holder = await held(instance());
    const waiter = await waited(instance());
    const late = watch(waiter.wait({ within: 1_100, signal: never }));
    const lastLook = watch((await waited(instance())).wait({ within: 1_100, signal: never }));
    await time.advance(1_099);
    expect(late.now).toBeUndefined();
    await time.advance(1);
    expect(late.now).toEqual({ kind: 'late' });
    expect(lastLook.now).toEqual({ kind: 'late' });

    const again = watch(waiter.wait({ within: 1_100, signal: never }));
    await time.advance(1_050);
    await holder.settle('outcome', 30_000);
    await time.advance(50);
    expect(again.now).toMatchObject({ kind: 'settled', value: 'outcome' });
  });

  test('who takes over has the work of whoever held last, not of the one it found at first', async () => {
    const first = await held(instance(), 'first work');
    const waiter = await waited(instance());
    await first.release();
    const second = instance();
    await held(second, 'second work');
    second.break();
    const outcome = watch(waiter.wait({ within: 30_000, signal: never }));
    await time.advance(15_000);
    expect(outcome.now).toMatchObject({ kind: 'holder', takenOver: true, work: 'second work' });
    expect(waiter.work).toBe('second work');
  });

  test('without time left still looks once', async () => {
    const holder = await held(instance());
    const waiter = await waited(instance());
    expect(await waiter.wait({ within: 0, signal: never })).toEqual({ kind: 'late' });
    await holder.settle('outcome', 30_000);
    expect(await waiter.wait({ within: -5, signal: never })).toMatchObject({
      kind: 'settled',
      value: 'outcome',
    });
  });

  test('ends at once with the reason of its signal, and asks the store no more', async () => {
    await held(instance());
    const one = instance();
    const waiter = await waited(one);
    const aborter = new AbortController();
    const outcome = watch(waiter.wait({ within: 60_000, signal: aborter.signal }));
    await time.advance(1_000);
    aborter.abort(new Error('client has gone'));
    await time.advance(0);
    expect(outcome.error).toEqual(new Error('client has gone'));
    const tried = one.tried();
    await time.advance(10_000);
    expect(one.tried()).toBe(tried);
    await expect(waiter.wait({ within: 1, signal: aborter.signal })).rejects.toThrow('client has gone');
  });

  test('store-unreachable: ends the wait', async () => {
    await held(instance());
    const one = instance();
    const outcome = watch((await waited(one)).wait({ within: 60_000, signal: never }));
    one.break();
    await time.advance(250);
    expect(outcome.error).toBeInstanceOf(StoreUnreachable);
  });
});

describe('taking over', () => {
  test('happens after 10 s without a renewal, with the work of the first holder', async () => {
    await vanished();
    const outcome = watch((await waited(instance())).wait({ within: 60_000, signal: never }));
    await time.advance(9_999);
    expect(outcome.now).toBeUndefined();
    await time.advance(1);
    expect(outcome.now).toMatchObject({ kind: 'holder', takenOver: true, work: 'first work' });
  });

  test('is measured from what this waiter saw, not from when the row was written', async () => {
    await vanished();
    await time.advance(9_000);
    const outcome = watch((await waited(instance())).wait({ within: 60_000, signal: never }));
    await time.advance(9_000);
    expect(outcome.now).toBeUndefined();
    await time.advance(1_000);
    expect(outcome.now).toMatchObject({ kind: 'holder' });
  });

  test('does not listen to the wall clock', async () => {
    const holder = await held(instance());
    const outcome = watch((await waited(instance())).wait({ within: 60_000, signal: never }));
    time.step(60_000);
    await time.advance(2_000);
    time.step(-120_000);
    await time.advance(2_000);
    expect(outcome.now).toBeUndefined();
    expect(holder.lost.aborted).toBe(false);
  });

  test('of many who wait one takes over, the others go on waiting and get its outcome', async () => {
    await vanished();
    const waiters = await Promise.all(Array.from({ length: 10 }, () => waited(instance())));
    const outcomes = waiters.map((one) => watch(one.wait({ within: 60_000, signal: never })));
    await time.advance(10_000);
    const taken = outcomes.map(({ now }) => now).filter((now) => now !== undefined);
    expect(taken).toHaveLength(1);
    await time.advance(15_000);
    expect(outcomes.filter(({ now }) => now !== undefined)).toHaveLength(1);
    await (taken[0] as Lease<string, string>).settle('second outcome', 30_000);
    await time.advance(250);
    const rest = outcomes.map(({ now }) => now).filter((now) => now?.kind === 'settled');
    expect(rest).toMatchObject(
      Array.from({ length: 9 }, () => ({ kind: 'settled', value: 'second outcome' })),
    );
  });

  test('can be done again when the second holder vanishes too', async () => {
    await vanished();
    const second = instance();
    const third = await waited(instance());
    const taken = watch((await waited(second)).wait({ within: 10_000, signal: never }));
    await time.advance(10_000);
    expect(taken.now).toMatchObject({ kind: 'holder' });
    second.break();
    const outcome = watch(third.wait({ within: 60_000, signal: never }));
    await time.advance(10_500);
    expect(outcome.now).toMatchObject({ kind: 'holder', takenOver: true, work: 'first work' });
  });

  test('is known as its own when its answer was lost', async () => {
    await vanished();
    const one = instance();
    const waiter = await waited(one);
    const first = watch(waiter.wait({ within: 60_000, signal: never }));
    await time.advance(9_900);
    one.loseNextAnswer();
    await time.advance(100);
    expect(first.error).toBeInstanceOf(StoreUnreachable);
    const again = watch(waiter.wait({ within: 60_000, signal: never }));
    await time.advance(250);
    const taken = again.now as Lease<string, string>;
    expect(taken).toMatchObject({ kind: 'holder', takenOver: true });
    await time.advance(20_000);
    expect(taken.lost.aborted).toBe(false);
    expect(await taken.settle('outcome', 30_000)).toBe(true);
  });
});

describe('a holder', () => {
  test('renews every 3 s until it has settled', async () => {
    const one = instance();
    const holder = await held(one);
    const tried = one.tried();
    await time.advance(2_999);
    expect(one.tried()).toBe(tried);
    await time.advance(1);
    expect(one.tried()).toBe(tried + 1);
    await time.advance(6_000);
    expect(one.tried()).toBe(tried + 3);
    await holder.settle('outcome', 30_000);
    await time.advance(20_000);
    expect(one.tried()).toBe(tried + 4);
  });

  test('stops renewing when it releases', async () => {
    const one = instance();
    await (await held(one)).release();
    const tried = one.tried();
    await time.advance(20_000);
    expect(one.tried()).toBe(tried);
  });

  async function superseded() {
    const one = instance();
    const holder = await held(one);
    one.break();
    const outcome = watch<WaitOutcome<string, string>>(
      (await waited(instance())).wait({ within: 60_000, signal: never }),
    );
    await time.advance(10_000);
    one.mend();
    return { one, holder, second: outcome.now as Lease<string, string> };
  }

  test('that has been superseded cannot settle: its outcome is not stored', async () => {
    const { holder, second } = await superseded();
    expect(await holder.settle('first outcome', 30_000)).toBe(false);
    expect(await second.settle('second outcome', 30_000)).toBe(true);
    expect(await claim(instance())).toMatchObject({ kind: 'settled', value: 'second outcome' });
  });

  test('that has been superseded cannot release the row of its successor', async () => {
    const { holder, second } = await superseded();
    expect(await holder.release()).toBe(false);
    expect(await second.settle('second outcome', 30_000)).toBe(true);
  });

  test('knows that it is lost before anybody can take over', async () => {
    const one = instance();
    const holder = await held(one);
    const outcome = watch((await waited(instance())).wait({ within: 60_000, signal: never }));
    one.break();
    holder.lost.addEventListener('abort', () => {
      expect(outcome.now).toBeUndefined();
    });
    await time.advance(9_999);
    expect(holder.lost.aborted).toBe(false);
    await time.advance(1);
    expect(holder.lost.aborted).toBe(true);
  });

  test('learns at the next renewal that the row is another’s', async () => {
    const holder = await held(instance());
    await rows.remove('p', 'k');
    await rows.insert('p', 'k', { state: 'settled', holder: 'other', value: 'v' }, time.clock.now() + 60_000);
    await time.advance(3_000);
    expect(holder.lost.aborted).toBe(true);
  });

  test('survives a store that is away for less than 10 s', async () => {
    const one = instance();
    const holder = await held(one);
    await time.advance(3_000);
    one.break();
    await time.advance(8_000);
    one.mend();
    await time.advance(20_000);
    expect(holder.lost.aborted).toBe(false);
    expect(await holder.settle('outcome', 30_000)).toBe(true);
  });

  /** As the table adapter does with calls that get no answer. */
  const forFiveSeconds = () => time.sleep(5_000, never);

  test('whose row could not be removed leaves none that nobody holds', async () => {
    const one = instance();
    const holder = await held(one);
    one.break();
    await expect(holder.release()).rejects.toThrow(StoreUnreachable);
    const next = watch<WaitOutcome<string, string>>(
      (await waited(instance())).wait({ within: 60_000, signal: never }),
    );
    one.mend();
    await time.advance(1_000);
    expect(next.now).toEqual({ kind: 'released' });
  });

  test('that settles after a release that failed keeps its outcome', async () => {
    const one = instance();
    const holder = await held(one);
    one.break();
    await expect(holder.release()).rejects.toThrow(StoreUnreachable);
    one.mend();
    expect(await holder.settle('outcome', 60_000)).toBe(true);
    await time.advance(15_000);
    expect(await claim(instance())).toMatchObject({ kind: 'settled', value: 'outcome' });
  });

  test('whose claim took long renews in time for one try that uses up its patience', async () => {
    const one = instance();
    one.delay(() => time.sleep(2_600, never));
    const claiming = claim(one);
    await time.advance(2_600);
    const holder = (await claiming) as Lease<string, string>;
    one.mend();
    one.hang(forFiveSeconds);
    await time.advance(500);
    one.mend();
    await time.advance(20_000);
    expect(holder.lost.aborted).toBe(false);
  });

  test('survives one renewal that uses up its patience, when the store is there again', async () => {
    const one = instance();
    const holder = await held(one);
    one.hang(forFiveSeconds);
    await time.advance(3_000);
    one.mend();
    await time.advance(27_000);
    expect(holder.lost.aborted).toBe(false);
    expect(await holder.settle('outcome', 30_000)).toBe(true);
  });

  test.each(['settling', 'release'])('knows that it is lost while %s gets no answer', async (at) => {
    const one = instance();
    const holder = await held(one);
    const outcome = watch((await waited(instance())).wait({ within: 60_000, signal: never }));
    one.break();
    await time.advance(9_500);
    one.hang(forFiveSeconds);
    const ending = watch(at === 'release' ? holder.release() : holder.settle('outcome', 30_000));
    holder.lost.addEventListener('abort', () => {
      expect(outcome.now).toBeUndefined();
    });
    await time.advance(499);
    expect(holder.lost.aborted).toBe(false);
    await time.advance(1);
    expect(holder.lost.aborted).toBe(true);
    await time.advance(5_000);
    expect(outcome.now).toMatchObject({ kind: 'holder', takenOver: true });
    expect(ending.error).toBeInstanceOf(StoreUnreachable);
  });

  test('whose outcome is stored is not lost afterwards', async () => {
    const holder = await held(instance());
    await holder.settle('outcome', 30_000);
    await time.advance(60_000);
    expect(holder.lost.aborted).toBe(false);
  });

  test.each(['renewal', 'settling', 'release'])(
    'whose answer was lost at %s knows its own row',
    async (at) => {
      const one = instance();
      const holder = await held(one);
      one.loseNextAnswer();
      if (at === 'renewal') {
        await time.advance(6_000);
        expect(holder.lost.aborted).toBe(false);
        expect(await holder.settle('outcome', 30_000)).toBe(true);
      } else if (at === 'settling') {
        await expect(holder.settle('outcome', 30_000)).rejects.toThrow(StoreUnreachable);
        expect(await holder.settle('outcome', 30_000)).toBe(true);
        expect(await claim(instance())).toMatchObject({ kind: 'settled', value: 'outcome' });
      } else {
        await expect(holder.release()).rejects.toThrow(StoreUnreachable);
        expect(await holder.release()).toBe(false);
        expect(await claim(instance())).toMatchObject({ kind: 'holder' });
      }
    },
  );

  test('ends once: what comes after does nothing', async () => {
    const holder = await held(instance());
    await holder.settle('outcome', 30_000);
    expect(await holder.settle('another', 30_000)).toBe(false);
    expect(await holder.release()).toBe(false);
    expect(await claim(instance())).toMatchObject({ kind: 'settled', value: 'outcome' });
  });

  test('may release when the outcome cannot be stored', async () => {
    const holder = await held(instance());
    await expect(holder.settle('x'.repeat(70_000), 30_000)).rejects.toThrow(
      expect.objectContaining({ code: 'value-too-large' }),
    );
    expect(await holder.release()).toBe(true);
  });
});
