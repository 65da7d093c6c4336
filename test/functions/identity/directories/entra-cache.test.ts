import { describe, expect, test } from 'vitest';
import { GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import { ALICE, directoryRig } from './rig.ts';

const other = 'f6b0c8c1-1b1f-4d52-8e0f-2d6c3c1f7a55';

describe('what is known of a name', () => {
  test('serves all its spellings for as long as cacheFor says, from when it was asked for', async () => {
    const { find, people, time, asked } = directoryRig({ entry: { bareNames: { domain: 'CONTOSO' } } });
    await find('CONTOSO\\alice');
    people[0] = { ...ALICE, accountEnabled: false };
    await time.advance(59_999);
    expect(await find('corp.contoso.example\\ALICE')).toMatchObject({ user: { enabled: true } });
    expect(await find('Alice')).toMatchObject({ user: { enabled: true } });
    expect(asked).toHaveLength(1);
    await time.advance(1);
    expect(await find('CONTOSO\\alice')).toMatchObject({ user: { enabled: false } });
    expect(asked).toHaveLength(2);
  });

  test('is as old as the question, however long Graph took', async () => {
    const { find, hold, time, asked } = directoryRig();
    const go = hold();
    const first = find('CONTOSO\\alice');
    await time.advance(50_000);
    go();
    await first;
    await time.advance(10_000);
    await find('CONTOSO\\alice');
    expect(asked).toHaveLength(2);
  });

  test('the wall clock has no say', async () => {
    const { find, time, asked } = directoryRig();
    await find('CONTOSO\\alice');
    time.step(-3_600_000);
    await time.advance(60_000);
    await find('CONTOSO\\alice');
    time.step(3_600_000);
    await find('CONTOSO\\alice');
    expect(asked).toHaveLength(2);
  });

  test('nobody and several are remembered too, and someone new is then found', async () => {
    const { find, people, time, asked } = directoryRig({ people: [] });
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unknown-user' });
    people.push(ALICE);
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unknown-user' });
    expect(asked).toHaveLength(1);
    await time.advance(60_000);
    expect(await find('CONTOSO\\alice')).toMatchObject({ kind: 'found' });
    people.pop();
    await time.advance(60_000);
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unknown-user' });
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unknown-user' });
    expect(asked).toHaveLength(3);
  });

  test('is not used longer because Graph is gone', async () => {
    const { find, instead, time } = directoryRig();
    await find('CONTOSO\\alice');
    instead(() => Promise.reject(new GraphUnavailable('graph-unreachable', 'ECONNREFUSED')));
    expect((await find('CONTOSO\\alice')).kind).toBe('found');
    await time.advance(60_000);
    expect((await find('CONTOSO\\alice')).kind).toBe('unavailable');
  });

  test('with cacheFor 0 every question is asked anew, also at the same time', async () => {
    const { find, hold, asked } = directoryRig({ entry: { cacheFor: 0 } });
    await find('CONTOSO\\alice');
    await find('CONTOSO\\alice');
    expect(asked).toHaveLength(2);
    const go = hold();
    const both = Promise.all([find('CONTOSO\\alice'), find('CONTOSO\\alice')]);
    go();
    expect((await both).map(({ kind }) => kind)).toEqual(['found', 'found']);
    expect(asked).toHaveLength(4);
  });
});

describe('those who ask at the same time', () => {
  test('share one question, which has the id of the first', async () => {
    const { find, hold, asked, questions } = directoryRig();
    const go = hold();
    const both = Promise.all([find('CONTOSO\\alice', { id: other }), find('CONTOSO\\Alice')]);
    go();
    const [one, two] = await both;
    expect(one).toMatchObject({ kind: 'found' });
    expect(two).toEqual(one);
    expect(asked).toHaveLength(1);
    expect(questions[0]?.id).toBe(other);
  });

  test('also share that nothing could be found out', async () => {
    const { find, hold, instead, asked } = directoryRig();
    const go = hold();
    instead(() => Promise.reject(new GraphUnavailable('graph-throttled', 'HTTP 429')));
    const both = Promise.all([find('CONTOSO\\alice'), find('CONTOSO\\alice')]);
    go();
    expect((await both).map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable']);
    expect(asked).toHaveLength(1);
  });

  test.each(['first', 'second'])(
    'verification-too-late: the %s who goes does not take the other along',
    async (who) => {
      const { find, hold, questions } = directoryRig();
      const go = hold();
      const leaves = new AbortController();
      const [gone, stays] =
        who === 'first'
          ? [find('CONTOSO\\alice', { signal: leaves.signal }), find('CONTOSO\\alice')]
          : ((stay) => [find('CONTOSO\\alice', { signal: leaves.signal }), stay] as const)(
              find('CONTOSO\\alice'),
            );
      leaves.abort(new Error('the client has gone'));
      expect(await gone).toEqual({ kind: 'unavailable', code: 'verification-too-late' });
      expect(questions[0]?.signal.aborted).toBe(false);
      go();
      expect((await stays).kind).toBe('found');
    },
  );

  test('what everybody has left is still known afterwards', async () => {
    const { find, hold, asked, time } = directoryRig();
    const go = hold();
    const leaves = new AbortController();
    const gone = find('CONTOSO\\alice', { signal: leaves.signal });
    leaves.abort();
    await gone;
    go();
    await time.advance(0);
    expect((await find('CONTOSO\\alice')).kind).toBe('found');
    expect(asked).toHaveLength(1);
  });

  test('verification-too-late: who has gone before asking asks nobody', async () => {
    const { find, asked } = directoryRig();
    expect(await find('CONTOSO\\alice', { signal: AbortSignal.abort() })).toEqual({
      kind: 'unavailable',
      code: 'verification-too-late',
    });
    expect(asked).toEqual([]);
  });
});
