import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildPrograms, generateSources } from '../../build.ts';

test('the generated sources in the repository are current', async () => {
  expect(await generateSources()).toEqual([]);
}, 20_000);

describe('the programs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('are one entry for the functions with its chunks apart, and one file for the relay', async () => {
    await buildPrograms({ folder, minify: false });
    expect((await readdir(folder)).sort()).toEqual(['edge-relay.mjs', 'functions']);
    const entries = (await readdir(join(folder, 'functions'))).filter((name) => name.endsWith('.js'));
    expect(entries).toEqual(['index.js']);
    const app = await readFile(join(folder, 'functions/index.js'), 'utf8');
    expect(app).toContain('@azure/functions-core');
    const relay = await readFile(join(folder, 'edge-relay.mjs'), 'utf8');
    expect(relay).not.toMatch(/^import .* from "(?!node:)[^"]+"/m);
  }, 20_000);

  test('unchanged files are left alone; chunks that a running bridge may still need stay for a day', async () => {
    await buildPrograms({ folder, minify: false });
    const chunks = join(folder, 'functions/chunks');
    const young = join(chunks, 'young.js');
    const old = join(chunks, 'old.js');
    for (const file of [young, old]) await writeFile(file, '');
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
    await utimes(old, twoDaysAgo, twoDaysAgo);
    expect(await buildPrograms({ folder, minify: false })).toEqual([]);
    expect((await stat(young)).isFile()).toBe(true);
    await expect(stat(old)).rejects.toThrow('ENOENT');
  }, 20_000);
});
