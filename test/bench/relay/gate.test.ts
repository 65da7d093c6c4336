import { afterEach, expect, test, vi } from 'vitest';
import { createGate } from './backend/gate.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('what is held is answered when the gate opens, but for those who left', () => {
  const gate = createGate();
  const answered: string[] = [];
  const answer = (name: string) => () => void answered.push(name);
  const gone = answer('gone');
  gate.treat({ kind: 'hold' });
  gate.enter(answer('first'));
  gate.enter(gone);
  gate.enter(answer('second'));
  gate.leave(gone);
  expect(gate).toMatchObject({ calls: 3, waiting: 2 });
  gate.treat({ kind: 'answer', delay: 0 });
  gate.enter(answer('third'));
  expect(answered).toEqual(['first', 'second', 'third']);
  expect(gate).toMatchObject({ calls: 4, waiting: 0 });
});

test('a delayed answer is given once, also when the gate opens before', () => {
  vi.useFakeTimers();
  const gate = createGate();
  const answer = vi.fn();
  gate.treat({ kind: 'answer', delay: 50 });
  gate.enter(answer);
  vi.advanceTimersByTime(49);
  expect(answer).not.toHaveBeenCalled();
  gate.treat({ kind: 'answer', delay: 0 });
  vi.advanceTimersByTime(100);
  expect(answer).toHaveBeenCalledOnce();
});
