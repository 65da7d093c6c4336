import { describe, expect, test, vi } from 'vitest';
import { type GraphEvent, GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import type { GraphQuestion } from '../../../../functions/entra/graph/graph.ts';
import { groupExistence } from '../../../../functions/entra/graph/group-existence.ts';
import { manualTime } from '../../store/time.ts';
import { fault, guid, QUESTION, question } from './server.ts';

/** How long an answer serves, in milliseconds. */
const EXISTENCE_FOR = 10_000;
/** How long the log is not told again, in milliseconds. */
const TOLD_FOR = 600_000;

const GROUP = guid(1);
const unavailable = new GraphUnavailable('graph-failing', 'HTTP 503');

/** Groups that are there unless they are `missing`, each looked for as often as `look` was called. */
function rigged(missing: string[] = []) {
  const time = manualTime();
  const told: GraphEvent[] = [];
  const look = vi.fn(async (group: string, _: GraphQuestion) => !missing.includes(group));
  const groups = groupExistence({ look, clock: time.clock, log: (event) => told.push(event) });
  return { time, told, look, groups, missing };
}

/** The same, but the next look takes until it is settled. */
function slow() {
  const rig = rigged();
  const answer = Promise.withResolvers<boolean>();
  rig.look.mockReturnValueOnce(answer.promise);
  return { ...rig, answer };
}

describe('an answer', () => {
  test.each([
    ['yes', [], true],
    ['no', [GROUP], false],
  ])('of %s serves for ten seconds', async (_, missing, found) => {
    const { groups, look, time } = rigged(missing);
    expect(await groups.exists(GROUP, question())).toBe(found);
    await time.advance(EXISTENCE_FOR - 1);
    expect(await groups.exists(GROUP, question())).toBe(found);
    expect(look).toHaveBeenCalledTimes(1);
    await time.advance(1);
    expect(await groups.exists(GROUP, question())).toBe(found);
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('is about one group', async () => {
    const { groups, look } = rigged([guid(2)]);
    expect(await groups.exists(guid(1), question())).toBe(true);
    expect(await groups.exists(guid(2), question())).toBe(false);
    expect(look.mock.calls.map(([group]) => group)).toEqual([guid(1), guid(2)]);
  });

  test('gives way to another, whichever came first', async () => {
    const { groups, time, missing } = rigged();
    for (const there of [false, true, false]) {
      if (there) missing.pop();
      else missing.push(GROUP);
      expect(await groups.exists(GROUP, question())).toBe(there);
      await time.advance(EXISTENCE_FOR);
    }
  });

  test('is as old as its question', async () => {
    const { groups, look, time, answer } = slow();
    const first = groups.exists(GROUP, question());
    await time.advance(EXISTENCE_FOR - 1);
    answer.resolve(false);
    expect(await first).toBe(false);
    expect(await groups.exists(GROUP, question())).toBe(false);
    expect(look).toHaveBeenCalledTimes(1);
    await time.advance(1);
    expect(await groups.exists(GROUP, question())).toBe(true);
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('is not moved by a wall clock that is set', async () => {
    const { groups, look, time } = rigged();
    await groups.exists(GROUP, question());
    time.step(EXISTENCE_FOR * 2);
    await groups.exists(GROUP, question());
    expect(look).toHaveBeenCalledTimes(1);
    time.step(-EXISTENCE_FOR * 4);
    await time.advance(EXISTENCE_FOR);
    await groups.exists(GROUP, question());
    expect(look).toHaveBeenCalledTimes(2);
  });
});

describe('those who ask at the same time', () => {
  test.each([true, false])('share one look, and all are told %s', async (found) => {
    const { groups, look, answer, told } = slow();
    const all = Promise.all([1, 2, 3].map(() => groups.exists(GROUP, question())));
    answer.resolve(found);
    expect(await all).toEqual([found, found, found]);
    expect([look.mock.calls.length, told.length]).toEqual([1, found ? 0 : 1]);
  });

  test('share it however long it takes', async () => {
    const { groups, look, time, answer } = slow();
    const first = groups.exists(GROUP, question());
    await time.advance(EXISTENCE_FOR);
    const second = groups.exists(GROUP, question());
    answer.resolve(false);
    expect(await Promise.all([first, second])).toEqual([false, false]);
    expect(look).toHaveBeenCalledTimes(1);
    expect(await groups.exists(GROUP, question())).toBe(true);
  });

  test('ask with the id of the first, and do not depend on it', async () => {
    const { groups, look, answer } = slow();
    const over = new AbortController();
    const reason = new Error('too late');
    const first = groups.exists(GROUP, question(over.signal));
    const second = groups.exists(GROUP, { ...question(), id: guid(77) });
    over.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(look.mock.calls[0]?.[1].id).toBe(QUESTION);
    expect(look.mock.calls[0]?.[1].signal.aborted).toBe(false);
    answer.resolve(false);
    expect(await second).toBe(false);
    expect(look).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['an answer', false],
    ['a fault', true],
  ])('may all have gone when there is %s', async (_, fails) => {
    const { groups, look, time, answer } = slow();
    const over = new AbortController();
    const waiting = [1, 2].map(() => groups.exists(GROUP, question(over.signal)));
    over.abort(new Error('too late'));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    if (fails) answer.reject(unavailable);
    else answer.resolve(false);
    await time.advance(0);
    expect(await groups.exists(GROUP, question())).toBe(fails);
    expect(look).toHaveBeenCalledTimes(fails ? 2 : 1);
  });

  test('get the fault of their look, which is not kept', async () => {
    const { groups, look, answer, told } = slow();
    const waiting = [1, 2, 3].map(() => groups.exists(GROUP, question()));
    answer.reject(unavailable);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes).toEqual(
      Array(3).fill({
        status: 'rejected',
        reason: expect.objectContaining(fault('graph-failing', 'HTTP 503')),
      }),
    );
    expect(await groups.exists(GROUP, question())).toBe(true);
    expect([look.mock.calls.length, told]).toEqual([2, []]);
  });

  test('whoever comes too late asks nothing', async () => {
    const { groups, look } = rigged();
    const reason = new Error('too late');
    const late = question(AbortSignal.abort(reason));
    await expect(groups.exists(GROUP, late)).rejects.toBe(reason);
    expect(look).not.toHaveBeenCalled();
    await groups.exists(GROUP, question());
    await expect(groups.exists(GROUP, late)).rejects.toBe(reason);
  });
});

describe('a suspect', () => {
  const both = [guid(1), guid(2)];

  test('is a group that was missing, in the order of the question, until it is found', async () => {
    const { groups, missing, time } = rigged([...both]);
    expect(groups.suspects(both)).toEqual([]);
    for (const group of both) await groups.exists(group, question());
    expect(groups.suspects([guid(3), guid(2), guid(1)])).toEqual([guid(2), guid(1)]);
    expect(groups.suspects([])).toEqual([]);
    await time.advance(TOLD_FOR * 100);
    expect(groups.suspects(both)).toEqual(both);
    missing.pop();
    for (const group of both) await groups.exists(group, question());
    expect(groups.suspects(both)).toEqual([guid(1)]);
  });

  test('is not made by a fault, nor cleared by one', async () => {
    const { groups, look, time } = rigged([GROUP]);
    look.mockRejectedValueOnce(unavailable);
    await expect(groups.exists(GROUP, question())).rejects.toBe(unavailable);
    expect(groups.suspects([GROUP])).toEqual([]);
    await groups.exists(GROUP, question());
    await time.advance(EXISTENCE_FOR);
    look.mockRejectedValueOnce(unavailable);
    await expect(groups.exists(GROUP, question())).rejects.toBe(unavailable);
    expect(groups.suspects([GROUP])).toEqual([GROUP]);
  });
});

describe('group-missing', () => {
  const event = (group: string): GraphEvent => ({ event: 'group-missing', group });

  test('is told at most once in ten minutes, by each group’s own time', async () => {
    const { groups, look, told, time } = rigged([guid(1), guid(2)]);
    const ask = async (...asked: readonly string[]) => {
      for (const group of asked) await groups.exists(group, question());
    };
    await ask(guid(1), guid(3));
    await time.advance(TOLD_FOR / 2);
    await ask(guid(1), guid(2));
    expect(told).toEqual([guid(1), guid(2)].map(event));
    await time.advance(TOLD_FOR / 2 - EXISTENCE_FOR - 1);
    await ask(guid(1));
    await time.advance(EXISTENCE_FOR);
    await ask(guid(1), guid(2));
    expect(told).toHaveLength(2);
    await time.advance(EXISTENCE_FOR);
    await ask(guid(1), guid(2));
    expect(told).toEqual([guid(1), guid(2), guid(1)].map(event));
    expect(look).toHaveBeenCalledTimes(9);
  });

  test('is not told again of one that was there in between', async () => {
    const { groups, told, time, missing } = rigged([GROUP]);
    for (const gone of [true, false, true]) {
      missing.splice(0, 1, ...(gone ? [GROUP] : []));
      expect(await groups.exists(GROUP, question())).toBe(!gone);
      await time.advance(EXISTENCE_FOR);
    }
    expect(told).toEqual([event(GROUP)]);
  });
});
