import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunFile } from '../../local/run-file.ts';
import {
  readRunFiles,
  removeRun,
  runDirectoryPrefix,
  runFolder,
  writeRunFile,
} from '../../local/run-file.ts';

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'run-file-'));
  folder = join(base, 'runs');
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** No process has it: the largest pid that Linux gives out is 2^22. */
const deadPid = 2 ** 30;
const file = (changes: Partial<RunFile> = {}): RunFile => ({
  pid: process.pid,
  started: 1,
  console: 'http://127.0.0.1:1',
  token: 'token',
  runDirectory: join(base, 'run'),
  ...changes,
});

test('the folder is named after the user', () => {
  expect(runFolder()).toMatch(/radius-bridge-.+$/);
});

test('what is written can be read, by this user alone', async () => {
  const path = await writeRunFile(file(), folder);
  expect(await readRunFiles(folder)).toEqual([file()]);
  if (process.platform !== 'win32') {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }
  await removeRun(path, undefined);
  expect(await readRunFiles(folder)).toEqual([]);
});

test('the newest comes first', async () => {
  await writeRunFile(file({ started: 1 }), folder);
  await writeRunFile(file({ pid: process.ppid, started: 2 }), folder);
  expect((await readRunFiles(folder)).map(({ started }) => started)).toEqual([2, 1]);
});

test('files of dead bridges go, with their run directories; no other directory ever does', async () => {
  const abandoned = await mkdtemp(join(tmpdir(), runDirectoryPrefix));
  await writeRunFile(file({ pid: deadPid, runDirectory: abandoned }), folder);
  await writeRunFile(file({ pid: deadPid + 1, runDirectory: base }), folder);
  await writeFile(join(folder, `${deadPid + 2}.json`), 'no JSON');
  expect(await readRunFiles(folder)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
  await expect(stat(abandoned)).rejects.toThrow('ENOENT');
  expect((await stat(base)).isDirectory()).toBe(true);
});

describe.skipIf(process.platform === 'win32')(
  'a folder that others could read or made (not on Windows)',
  () => {
    test('is neither written to nor read from', async () => {
      await mkdir(folder);
      await chmod(folder, 0o755);
      await expect(writeRunFile(file(), folder)).rejects.toThrow('of this user alone');
      await writeFile(join(folder, `${process.pid}.json`), JSON.stringify(file()));
      expect(await readRunFiles(folder)).toEqual([]);
    });

    test('is not followed through a link', async () => {
      await mkdir(join(base, 'elsewhere'), { mode: 0o700 });
      await symlink(join(base, 'elsewhere'), folder);
      await expect(writeRunFile(file(), folder)).rejects.toThrow('of this user alone');
    });
  },
);
