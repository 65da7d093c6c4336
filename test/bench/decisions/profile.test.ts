import type { Profiler } from 'node:inspector';
import { describe, expect, test } from 'vitest';
import { sharesOf } from './profile.ts';

const ROOT = 'file:///project/';

function node(id: number, url: string, children: readonly number[] = [], functionName = 'f') {
  const callFrame = { functionName, scriptId: '1', url, lineNumber: 0, columnNumber: 0 };
  return { id, callFrame, children: [...children] };
}

/** The bench's loop, the codec below it, a hash of Node's below that, and what V8 does by itself. */
const NODES: Profiler.ProfileNode[] = [
  node(1, '', [2, 6, 7, 8], '(root)'),
  node(2, `${ROOT}test/bench/decisions/decide.ts`, [3]),
  node(3, `${ROOT}functions/radius/reply.ts`, [4, 5]),
  node(4, 'node:internal/crypto/hash'),
  node(5, `${ROOT}relay-call/clock.ts`),
  node(6, '', [], '(garbage collector)'),
  node(7, '', [], '(idle)'),
  node(8, 'node:internal/process/task_queues'),
];

function profile(...samples: readonly (readonly [id: number, microseconds: number])[]): Profiler.Profile {
  return {
    nodes: NODES,
    startTime: 0,
    endTime: 0,
    samples: samples.map(([id]) => id),
    timeDeltas: [0, ...samples.map(([, microseconds]) => microseconds)],
  };
}

describe('the share of a step', () => {
  test('holds what Node and small tools do for it', () => {
    expect(sharesOf([profile([3, 10], [4, 20], [5, 10], [8, 60])], ROOT)).toMatchObject({
      codec: 0.4,
      libraries: 0.6,
      call: 0,
    });
  });

  test('is of the time in which something was done, without the bench itself', () => {
    const shares = sharesOf([profile([2, 500], [7, 900], [3, 75], [6, 25])], ROOT);
    expect(shares).toMatchObject({ codec: 0.75, garbage: 0.25 });
  });

  test('is that of all profiles together', () => {
    expect(sharesOf([profile([3, 10]), profile([8, 30])], ROOT)).toMatchObject({
      codec: 0.25,
      libraries: 0.75,
    });
  });

  test('is not made up where there was no time', () => {
    expect(() => sharesOf([profile([7, 100])], ROOT)).toThrow('no time');
  });
});
