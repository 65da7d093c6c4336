import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectDecisions } from '../../local/decisions.ts';

test('decisions are told, kept, counted and appended; other lines are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'decisions-'));
  const file = join(folder, 'd.jsonl');
  const told: unknown[] = [];
  for (const name of ['first', 'second']) {
    const decisions = collectDecisions(file, (record) => told.push(record));
    expect(decisions.take(JSON.stringify({ event: 'decision', userName: `${name}\n"` }))).toBe(true);
    for (const other of ['{"event":"other"}', 'words', '{broken', '[]', 'null', '{"event":"decision"', '']) {
      expect(decisions.take(other)).toBe(false);
    }
    expect(decisions.count).toBe(1);
    decisions.close();
  }
  const lines = (await readFile(file, 'utf8')).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines.slice(0, 2).map((line) => JSON.parse(line))).toEqual(told);
  await rm(folder, { recursive: true });
});

test('the newest 200 are kept', () => {
  const decisions = collectDecisions(undefined);
  for (let index = 0; index < 250; index++) decisions.take(`{"event":"decision","index":${index}}`);
  expect(decisions.count).toBe(250);
  expect(decisions.recent()).toHaveLength(200);
  expect(decisions.recent()[0]).toMatchObject({ index: 50 });
});

test('a file that cannot be opened is an error at once', () => {
  expect(() => collectDecisions(join(tmpdir(), 'no-such-folder', 'd'))).toThrow('ENOENT');
});
