import { expect, test } from 'vitest';
import { createGate } from './backend/gate.ts';

test('what is held is answered when the gate opens, but for those who left', () => {
  const gate = createGate();
  const answered: string[] = [];
  const answer = (name: string) => () => void answered.push(name);
  const gone = answer('gone');
  gate.treat('hold');
  gate.enter(answer('first'));
  gate.enter(gone);
  gate.enter(answer('second'));
  gate.leave(gone);
  expect(gate).toMatchObject({ calls: 3, waiting: 2 });
  gate.treat('answer');
  gate.enter(answer('third'));
  expect(answered).toEqual(['first', 'second', 'third']);
  expect(gate).toMatchObject({ calls: 4, waiting: 0 });
});
