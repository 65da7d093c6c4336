import { describe, expect, test } from 'vitest';
import { type Delivery, undelivered } from '../../../functions/records/delivery.ts';
import type { LogEvent } from '../../../functions/records/log.ts';
import type { Sender, WaitingEvent } from '../../../functions/records/sender.ts';
import {
  BATCH,
  GATHER,
  LONGEST_FLUSH,
  MOST_WAITING,
  PAUSE,
  telemetryQueue,
} from '../../../functions/records/telemetry-queue.ts';
import { manualTime } from '../store/time.ts';

const all: Delivery = { again: [], refused: 0 };

/** A queue whose sender does what it is told: `answers` in turn, then it takes all. */
function rig() {
  const time = manualTime();
  const log: LogEvent[] = [];
  const sent: WaitingEvent[][] = [];
  const answers: Array<(batch: readonly WaitingEvent[]) => Promise<Delivery> | Delivery> = [];
  const creations: Array<() => Promise<Sender>> = [];
  let created = 0;
  const sender: Sender = {
    async send(batch) {
      sent.push([...batch]);
      return (await answers.shift()?.(batch)) ?? all;
    },
  };
  const telemetry = telemetryQueue({
    createSender() {
      created += 1;
      return creations.shift()?.() ?? Promise.resolve(sender);
    },
    clock: time.clock,
    log: (event) => log.push(event),
    after: (milliseconds, run) => {
      void time.sleep(milliseconds, new AbortController().signal).then(run);
    },
  });
  const names = () => sent.map((batch) => batch.map(({ properties }) => properties['n']).join());
  const tell = (...numbers: number[]) => {
    for (const n of numbers) telemetry.tell({ event: 'e', n });
  };
  const times = (count: number) => Array.from({ length: count }, (_, index) => index);
  return { time, log, sent, answers, creations, created: () => created, telemetry, names, tell, times };
}

describe('telemetry', () => {
  test('loads nothing before the first event, and then gathers for a while', async () => {
    const { time, tell, created, names } = rig();
    await time.advance(60_000);
    expect(created()).toBe(0);
    tell(1);
    await time.advance(GATHER - 1);
    tell(2);
    expect(created()).toBe(0);
    await time.advance(1);
    expect(names()).toEqual(['1,2']);
    tell(3);
    await time.advance(GATHER);
    expect([created(), names()]).toEqual([1, ['1,2', '3']]);
  });

  test('has when an event was, and what it belongs to', async () => {
    const { time, telemetry, sent } = rig();
    const began = time.clock.now();
    telemetry.tell({ event: 'e' }, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    await time.advance(10);
    telemetry.tell({ event: 'e' }, 'nonsense');
    await time.advance(GATHER);
    expect(sent[0]).toMatchObject([
      { time: began, parent: { spanId: 'b7ad6b7169203331' } },
      { time: began + 10, parent: undefined },
    ]);
  });

  test('goes in order and in batches', async () => {
    const { time, tell, times, names } = rig();
    tell(...times(BATCH + 2));
    await time.advance(GATHER);
    expect(names()).toEqual([times(BATCH).join(), `${BATCH},${BATCH + 1}`]);
  });

  test('is tried again, later each time, and at once again when it goes', async () => {
    const { time, tell, answers, sent, log, names } = rig();
    for (let count = 0; count < 7; count += 1) answers.push((batch) => undelivered(batch.length, '503'));
    tell(1);
    await time.advance(GATHER);
    const pauses = [5000, 10_000, 20_000, 40_000, 80_000, PAUSE.longest, PAUSE.longest];
    for (const [index, pause] of pauses.entries()) {
      await time.advance(pause - 1);
      expect(sent).toHaveLength(index + 1);
      tell(index + 2);
      await time.advance(1);
      expect(sent).toHaveLength(index + 2);
    }
    expect(names().at(-1)).toBe('1,2,3,4,5,6,7,8');
    expect(log).toHaveLength(7);
    expect(log[0]).toEqual({ event: 'telemetry-unavailable', detail: '503', waiting: 1 });
    tell(9);
    await time.advance(GATHER);
    expect(names().at(-1)).toBe('9');
  });

  test('a flush also writes what the log was not told of, that of the last sending included', async () => {
    const { time, telemetry, tell, answers, log } = rig();
    for (let count = 0; count < 2; count += 1) answers.push((batch) => undelivered(batch.length, '503'));
    tell(1);
    await time.advance(GATHER);
    expect(log).toHaveLength(1);
    tell(2);
    await telemetry.flush();
    expect(log).toHaveLength(2);
    expect(log[1]).toEqual({ event: 'telemetry-unavailable', detail: '503', waiting: 2 });
  });

  test('leaves a service alone that wants it, even for a flush', async () => {
    const { time, telemetry, tell, answers, sent } = rig();
    answers.push((batch) => ({ ...undelivered(batch.length, '429'), pause: 60_000 }));
    tell(1);
    await time.advance(GATHER + 30_000);
    await telemetry.flush();
    expect(sent).toHaveLength(1);
    await time.advance(30_000);
    expect(sent).toHaveLength(2);
  });

  test('sends again what may go later of a part, and counts what will never go', async () => {
    const { time, tell, answers, names, log } = rig();
    answers.push(() => ({ again: [0, 2], refused: 1, detail: '206 400' }));
    answers.push(() => ({ again: [], refused: 2, detail: '400' }));
    tell(1, 2, 3, 4);
    await time.advance(GATHER + PAUSE.first);
    expect(names()).toEqual(['1,2,3,4', '1,3']);
    expect(log).toEqual([
      { event: 'telemetry-refused', detail: '206 400', refused: 1 },
      { event: 'telemetry-unavailable', detail: '206 400', waiting: 2 },
      { event: 'telemetry-refused', detail: '400', refused: 3 },
    ]);
  });

  test('waits in no more room than there is; what does not fit is counted and told', async () => {
    const { time, tell, times, answers, sent, log } = rig();
    answers.push((batch) => undelivered(batch.length, 'ECONNREFUSED'));
    tell(...times(MOST_WAITING + 30));
    expect(log).toEqual([{ event: 'telemetry-dropped', dropped: 1 }]);
    // A batch under way has its place until it has gone.
    await time.advance(GATHER);
    tell(MOST_WAITING);
    await time.advance(10_000);
    expect(log.at(-1)).toEqual({ event: 'telemetry-dropped', dropped: 31, leftOut: 29 });
    tell(...times(MOST_WAITING + 1));
    await time.advance(PAUSE.longest);
    const numbers = sent.slice(1).flatMap((batch) => batch.map(({ properties }) => properties['n']));
    expect(numbers.slice(0, MOST_WAITING)).toEqual(times(MOST_WAITING).map(String));
  });

  test('gathers no longer than until a batch is full, once the SDK is there', async () => {
    const { time, tell, times, names, sent } = rig();
    tell(...times(BATCH));
    await time.advance(0);
    expect(sent).toEqual([]);
    await time.advance(GATHER);
    tell(...times(BATCH - 1));
    await time.advance(0);
    expect(sent).toHaveLength(1);
    tell(BATCH - 1);
    await time.advance(0);
    expect(names()[1]).toBe(times(BATCH).join());
  });

  test('waits for an SDK that does not load, and loads it again', async () => {
    const { time, tell, creations, created, names, log } = rig();
    creations.push(() =>
      Promise.reject(Object.assign(new Error('secret'), { code: 'ERR_MODULE_NOT_FOUND' })),
    );
    tell(1);
    await time.advance(GATHER);
    expect(log).toMatchObject([{ event: 'telemetry-unavailable', detail: 'sdk ERR_MODULE_NOT_FOUND' }]);
    await time.advance(PAUSE.first);
    expect([created(), names()]).toEqual([2, ['1']]);
  });

  test('goes at once when it is flushed, and goes on afterwards', async () => {
    const { time, telemetry, tell, times, names } = rig();
    await telemetry.flush();
    tell(...times(BATCH + 1));
    await telemetry.flush();
    expect(names()).toHaveLength(2);
    tell(100);
    await time.advance(GATHER);
    expect(names().at(-1)).toBe('100');
  });

  test('is flushed once more while it waits after a failure', async () => {
    const { time, telemetry, tell, answers, names } = rig();
    answers.push((batch) => undelivered(batch.length, '503'));
    tell(1);
    await time.advance(GATHER);
    tell(2);
    await telemetry.flush();
    expect(names()).toEqual(['1', '1,2']);
  });

  test('does not hold up who flushes it', async () => {
    const { time, telemetry, tell, answers } = rig();
    const hanging = Promise.withResolvers<Delivery>();
    answers.push(() => hanging.promise);
    tell(1);
    let flushed = false;
    const flush = telemetry.flush().then(() => {
      flushed = true;
    });
    await time.advance(LONGEST_FLUSH - 1);
    expect(flushed).toBe(false);
    await time.advance(1);
    expect(flushed).toBe(true);
    hanging.resolve(all);
    await flush;
  });

  test('sends one batch at a time, however often it is flushed', async () => {
    const { time, telemetry, tell, answers, sent } = rig();
    const hanging = Promise.withResolvers<Delivery>();
    answers.push(() => hanging.promise);
    tell(1);
    const flushes = [telemetry.flush(), telemetry.flush()];
    tell(2);
    await time.advance(GATHER);
    expect(sent).toHaveLength(1);
    hanging.resolve(all);
    await Promise.all(flushes);
    expect(sent).toHaveLength(2);
  });
});
