import { expect, test } from 'vitest';
import { createTurns } from '../../../functions/identity/turns.ts';

const never = new AbortController().signal;

test('only so many go on at once, and the others follow in order', async () => {
  const turns = createTurns(2);
  const seen: string[] = [];
  const enter = async (name: string): Promise<() => void> => {
    const end = await turns.take(never);
    if (end === undefined) throw new Error('no turn');
    seen.push(name);
    return end;
  };
  const [endA, endB] = [await enter('a'), await enter('b')];
  const [c, d] = [enter('c'), enter('d')];
  await Promise.resolve();
  expect(seen).toEqual(['a', 'b']);
  endB();
  const endC = await c;
  expect(seen).toEqual(['a', 'b', 'c']);
  endA();
  (await d)();
  endC();
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});

test('who gives up waiting gets no turn and takes none away', async () => {
  const turns = createTurns(1);
  const first = await turns.take(never);
  const impatient = new AbortController();
  const gone = turns.take(impatient.signal);
  const next = turns.take(never);
  impatient.abort();
  expect(await gone).toBeUndefined();
  first?.();
  const end = await next;
  expect(end).toBeDefined();
  end?.();
  expect(await turns.take(never)).toBeDefined();
});

test('an ended time gets no turn at all', async () => {
  expect(await createTurns(1).take(AbortSignal.abort())).toBeUndefined();
});
