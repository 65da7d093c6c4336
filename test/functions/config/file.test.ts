import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileSource } from '../../../functions/config/file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-'));
});
afterAll(() => rm(folder, { recursive: true }));

const signal = new AbortController().signal;

test('the version changes with the text', async () => {
  const path = join(folder, 'bridge.json');
  const source = fileSource(path);
  await writeFile(path, '{}');
  const first = await source.read(undefined, signal);
  expect(first).toMatchObject({ text: '{}' });
  if (first === 'unchanged') return;
  expect(await source.read(first.version, signal)).toBe('unchanged');
  await writeFile(path, '{ }');
  expect(await source.read(first.version, signal)).toMatchObject({ text: '{ }' });
});

test('a file that is not there cannot be reached', async () => {
  const source = fileSource(join(folder, 'none.json'));
  await expect(source.read(undefined, signal)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file has no earlier versions', async () => {
  expect(await fileSource('any').earlier(signal)).toEqual([]);
});
