import { expect, test } from 'vitest';
import { calledFrom } from '../../local/called-from.ts';

test.each([
  [{ npm_lifecycle_event: 'start', INIT_CWD: '/home/me/bridge' }, '/home/me/bridge'],
  // A program that the tests of npm start, and one that somebody starts by hand: where they stand is where they are.
  [{ npm_lifecycle_event: 'test', INIT_CWD: '/home/me/bridge' }, undefined],
  [{}, undefined],
])('%j', (env, folder) => {
  expect(calledFrom('start', env)).toBe(folder);
});
