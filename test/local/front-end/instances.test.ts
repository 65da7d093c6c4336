import { expect, test } from 'vitest';
import type { Place } from '../../../local/front-end/instances.ts';
import { createInstances } from '../../../local/front-end/instances.ts';

const never = new AbortController().signal;

function isPlace(outcome: unknown): outcome is Place {
  return typeof outcome === 'object' && outcome !== null && 'port' in outcome;
}

async function place(taken: Promise<unknown>): Promise<Place> {
  const outcome = await taken;
  if (!isPlace(outcome)) throw new Error(`no place but ${outcome}`);
  return outcome;
}

test('calls go to the least busy instance', async () => {
  const instances = createInstances({ concurrency: 2, queue: 0 });
  instances.set([1, 2]);
  const taken = [await place(instances.take(never)), await place(instances.take(never))];
  expect(taken.map(({ port }) => port).sort()).toEqual([1, 2]);
  taken[0]?.release();
  taken[0]?.release();
  expect((await place(instances.take(never))).port).toBe(taken[0]?.port);
});

test('of several that are as busy the one whose turn is longest ago takes the call', async () => {
  const instances = createInstances({ concurrency: 2, queue: 0 });
  instances.set([1, 2, 3]);
  const ports: number[] = [];
  for (let call = 0; call < 5; call++) {
    const taken = await place(instances.take(never));
    ports.push(taken.port);
    taken.release();
  }
  expect(ports).toEqual([1, 2, 3, 1, 2]);
});

test('when every instance is at its limit calls wait in line, and beyond the queue are turned away', async () => {
  const instances = createInstances({ concurrency: 1, queue: 2 });
  instances.set([1]);
  const first = await place(instances.take(never));
  const second = instances.take(never);
  const third = instances.take(never);
  expect(await instances.take(never)).toBe('busy');
  const order: string[] = [];
  void second.then(() => order.push('second'));
  void third.then(() => order.push('third'));
  first.release();
  (await place(second)).release();
  await place(third);
  expect(order).toEqual(['second', 'third']);
});

test('without instances there is no place, also for those in line', async () => {
  const instances = createInstances({ concurrency: 1, queue: 2 });
  expect(await instances.take(never)).toBe('no-host');
  instances.set([1]);
  await place(instances.take(never));
  const waiting = instances.take(never);
  instances.set([]);
  expect(await waiting).toBe('no-host');
});

test('those in line go to a new instance', async () => {
  const instances = createInstances({ concurrency: 1, queue: 2 });
  instances.set([1]);
  await place(instances.take(never));
  const waiting = instances.take(never);
  instances.set([1, 2]);
  expect((await place(waiting)).port).toBe(2);
});

test('who goes away leaves the line', async () => {
  const instances = createInstances({ concurrency: 1, queue: 1 });
  instances.set([1]);
  const first = await place(instances.take(never));
  const gone = new AbortController();
  const waiting = instances.take(gone.signal);
  gone.abort();
  expect(await waiting).toBe('gone');
  expect(await instances.take(gone.signal)).toBe('gone');
  const next = instances.take(never);
  first.release();
  expect((await place(next)).port).toBe(1);
});
