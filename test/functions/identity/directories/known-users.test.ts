import { describe, expect, test } from 'vitest';
import { knownUsers } from '../../../../functions/identity/directories/known-users.ts';
import type { UserLookup } from '../../../../functions/identity/directory.ts';
import { manualTime } from '../../store/time.ts';
import { question } from './rig.ts';

const found = (name: string): UserLookup => ({
  kind: 'found',
  user: { directory: 'entra', id: name, name, enabled: true, entra: { none: 'local-user' }, groups: [] },
});
const unknown: UserLookup = { kind: 'unknown-user' };

function rig(change: { cacheFor?: number; mostUsers?: number; mostNames?: number; patience?: number } = {}) {
  const { clock, advance } = manualTime();
  const users = knownUsers({ cacheFor: 60_000, clock, mostUsers: 3, mostNames: 3, ...change });
  const asked: string[] = [];
  const ask = (key: string, answer: UserLookup | Promise<UserLookup>) =>
    users.find(
      key,
      async () => {
        asked.push(key);
        return answer;
      },
      question(),
    );
  return { ask, asked, advance, users };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `guess-${n}`);

describe('limits', () => {
  test('a spray of unknown names takes nothing away from users who are known', async () => {
    const { ask, asked } = rig();
    await ask('alice', found('alice'));
    for (const name of names(50)) await ask(name, unknown);
    await ask('alice', found('alice'));
    expect(asked.filter((name) => name === 'alice')).toHaveLength(1);
  });

  test('a spray that Graph never answers does not either', async () => {
    const { ask, asked } = rig();
    await ask('alice', found('alice'));
    const never = new Promise<UserLookup>(() => undefined);
    for (const name of names(50)) ask(name, never).catch(() => undefined);
    await ask('alice', found('alice'));
    expect(asked.filter((name) => name === 'alice')).toHaveLength(1);
  });

  test('who was asked for first goes first when there are too many', async () => {
    const { ask, asked } = rig();
    for (const name of ['a', 'b', 'c', 'd']) await ask(name, found(name));
    asked.length = 0;
    for (const name of ['d', 'c', 'b', 'a']) await ask(name, found(name));
    expect(asked).toEqual(['a']);
  });

  test('of unknown names only the latest are remembered', async () => {
    const { ask, asked } = rig();
    for (const name of names(4)) await ask(name, unknown);
    asked.length = 0;
    await ask('guess-3', unknown);
    await ask('guess-0', unknown);
    expect(asked).toEqual(['guess-0']);
  });

  test('of more names than can wait together, one that is asked for again is asked anew', async () => {
    const { ask, asked } = rig({ mostNames: 1 });
    const { promise, resolve } = Promise.withResolvers<UserLookup>();
    const first = ask('a', promise);
    const second = ask('b', promise);
    const third = ask('a', promise);
    expect(asked).toEqual(['a', 'b', 'a']);
    resolve(unknown);
    expect(await Promise.all([first, second, third])).toEqual([unknown, unknown, unknown]);
  });
});

describe('answers that overtake each other', () => {
  test('the one that was asked for later stays', async () => {
    const { ask, asked, advance } = rig({ cacheFor: 5_000 });
    const slow = Promise.withResolvers<UserLookup>();
    const first = ask('alice', slow.promise);
    await advance(5_000);
    expect(await ask('alice', unknown)).toEqual(unknown);
    slow.resolve(found('alice'));
    expect(await first).toEqual(found('alice'));
    expect(await ask('alice', found('alice'))).toEqual(unknown);
    expect(asked).toHaveLength(2);
  });

  test('also when both are younger than cacheFor', async () => {
    const { ask, asked, advance } = rig({ mostNames: 1 });
    const slow = Promise.withResolvers<UserLookup>();
    const first = ask('alice', slow.promise);
    // Takes its place among those that can be waited for together.
    await ask('bob', unknown);
    await advance(1_000);
    await ask('alice', found('later'));
    slow.resolve(found('earlier'));
    await first;
    expect(await ask('alice', unknown)).toEqual(found('later'));
    expect(asked.filter((name) => name === 'alice')).toHaveLength(2);
  });
});

describe('a question that was pushed out', () => {
  test('does not take the one that came after it along when it ends', async () => {
    const { ask, asked } = rig({ mostNames: 1 });
    const [early, late] = [Promise.withResolvers<UserLookup>(), Promise.withResolvers<UserLookup>()];
    const first = ask('alice', early.promise);
    await ask('bob', unknown);
    const second = ask('alice', late.promise);
    early.resolve({ kind: 'unavailable', code: 'graph-throttled' });
    await first;
    const third = ask('alice', unknown);
    late.resolve(found('alice'));
    expect(await Promise.all([second, third])).toEqual([found('alice'), found('alice')]);
    expect(asked).toEqual(['alice', 'bob', 'alice']);
  });
});

describe('a question that does not end', () => {
  test('ends for everybody by its own patience, and the next is asked anew', async () => {
    const { ask, asked } = rig({ patience: 1 });
    const never = new Promise<UserLookup>(() => undefined);
    const both = await Promise.all([ask('alice', never), ask('alice', never)]);
    expect(both).toEqual([
      { kind: 'unavailable', code: 'graph-unreachable' },
      { kind: 'unavailable', code: 'graph-unreachable' },
    ]);
    expect(asked).toHaveLength(1);
    expect(await ask('alice', found('alice'))).toEqual(found('alice'));
  });

  test('has a signal that tells it so', async () => {
    const { users } = rig({ patience: 1 });
    const seen: AbortSignal[] = [];
    const lookup = await users.find(
      'alice',
      ({ signal }) => {
        seen.push(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      question(),
    );
    expect(lookup).toEqual({ kind: 'unavailable', code: 'graph-unreachable' });
    expect(seen[0]?.aborted).toBe(true);
  });
});

test('a fault of ours reaches everybody who waits, and nobody after them', async () => {
  const { ask } = rig();
  const broken = Promise.reject<UserLookup>(new RangeError('ours'));
  const both = [ask('alice', broken), ask('alice', broken)];
  for (const one of both) await expect(one).rejects.toThrow(RangeError);
  expect(await ask('alice', found('alice'))).toEqual(found('alice'));
});

describe('that nobody has a name', () => {
  test('is remembered for a minute at most, a user for longer', async () => {
    const { ask, asked, advance } = rig({ cacheFor: 3_600_000 });
    await ask('alice', found('alice'));
    await ask('nobody', unknown);
    await advance(59_999);
    await ask('nobody', unknown);
    await advance(1);
    await ask('nobody', unknown);
    await ask('alice', found('alice'));
    expect(asked).toEqual(['alice', 'nobody', 'nobody']);
  });

  test('is forgotten as early as cacheFor says', async () => {
    const { ask, asked, advance } = rig({ cacheFor: 1_000 });
    await ask('nobody', unknown);
    await advance(1_000);
    await ask('nobody', unknown);
    expect(asked).toHaveLength(2);
  });
});

test('a user who is forgotten is asked for anew, by every name, and others are not', async () => {
  const { ask, asked, users } = rig();
  for (const name of ['alice', 'a.smith']) await ask(name, found('id-1'));
  await ask('bob', found('id-2'));
  users.forget('id-1');
  asked.length = 0;
  for (const name of ['alice', 'a.smith']) await ask(name, found('id-1'));
  await ask('bob', found('id-2'));
  expect(asked).toEqual(['alice', 'a.smith']);
});

test('what was asked for before a user was forgotten is told, and not kept', async () => {
  const { ask, asked, users, advance } = rig();
  const answer = Promise.withResolvers<UserLookup>();
  const before = ask('alice', answer.promise);
  users.forget('id-1');
  await advance(1);
  const after = ask('alice', found('id-2'));
  answer.resolve(found('id-1'));
  expect(await before).toMatchObject({ user: { id: 'id-1' } });
  expect(await after).toMatchObject({ user: { id: 'id-2' } });
  expect(await ask('alice', unknown)).toMatchObject({ user: { id: 'id-2' } });
  expect(asked).toHaveLength(2);
});
