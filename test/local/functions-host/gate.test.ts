import { expect, test } from 'vitest';
import { createGate } from '../../../local/functions-host/gate.ts';

function work() {
  const { promise, resolve } = Promise.withResolvers<string>();
  let begun = false;
  return {
    begun: () => begun,
    end: () => resolve('done'),
    run: () => {
      begun = true;
      return promise;
    },
  };
}

test('as many as are allowed run, some wait, the rest is turned away', async () => {
  const gate = createGate({ concurrent: 2, outstanding: 3 });
  const works = [work(), work(), work(), work()];
  const outcomes = works.map(({ run }) => gate.run(run));
  expect(works.map(({ begun }) => begun())).toEqual([true, true, false, false]);
  expect(await outcomes[3]).toBe('full');
  works[0]?.end();
  expect(await outcomes[0]).toBe('done');
  expect(works[2]?.begun()).toBe(true);
  const late = work();
  const last = gate.run(late.run);
  expect(late.begun()).toBe(false);
  for (const { end } of [...works, late]) end();
  expect(await Promise.all([...outcomes, last])).toEqual(['done', 'done', 'done', 'full', 'done']);
});

test('a work that fails gives its place back', async () => {
  const gate = createGate({ concurrent: 1, outstanding: 1 });
  await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.run(async () => 'next')).toBe('next');
});

test('-1 is no limit', async () => {
  const gate = createGate({ concurrent: -1, outstanding: -1 });
  const works = Array.from({ length: 500 }, work);
  for (const { run } of works) void gate.run(run);
  expect(works.every(({ begun }) => begun())).toBe(true);
});
