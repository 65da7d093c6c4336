import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import { stepOf } from './steps.ts';

const root = join(import.meta.dirname, '../../..');

function folders(of: string): readonly string[] {
  return readdirSync(join(root, of), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${of}/${entry.name}`.split(sep).join('/'));
}

/** Folders that no local decision without MFA runs through, or that are above the exchange. */
const ELSEWHERE = ['functions/azure', 'functions/entra', 'functions/triggers'];

test('every folder of the functions has a step of its own', () => {
  const unnamed = folders('functions').filter((folder) => stepOf(`${folder}/file.ts`) === 'other');
  expect(unnamed.toSorted()).toEqual(ELSEWHERE);
});

test.each([
  ['relay-call/signature.ts', 'call'],
  ['relay-call/framing.ts', 'codec'],
  ['relay-call/clock.ts', 'caller'],
  ['functions/radius/methods/pap.ts', 'codec'],
  ['functions/exchange/recording.ts', 'record'],
  ['functions/exchange/exchange.ts', 'exchange'],
  ['local/sign-in/reply.ts', undefined],
])('%s belongs to %s', (path, step) => {
  expect(stepOf(path)).toBe(step);
});
