import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configurationFiles } from '../../local/configuration-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'configuration-files-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('a bridge.json and what lies beside it', async () => {
  const config = join(folder, 'mine.json');
  await writeFile(config, '{}');
  expect(await configurationFiles(config)).toEqual({
    bridge: { file: 'mine.json', text: '{}' },
    secrets: undefined,
  });
  await writeFile(join(folder, 'bridge.secrets.json'), '[]');
  expect((await configurationFiles(config)).secrets).toEqual({ file: 'bridge.secrets.json', text: '[]' });
});

test('the embedded one', async () => {
  const { bridge, secrets } = await configurationFiles(undefined);
  expect([bridge.file, secrets?.file]).toEqual(['bridge.json', 'bridge.secrets.json']);
});

test('configuration-unreadable: which file, and why', async () => {
  await expect(configurationFiles(join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'configuration-unreadable',
    message: expect.stringContaining('none.json: ENOENT'),
  });
  const config = join(folder, 'bridge.json');
  await writeFile(config, '{}');
  await mkdir(join(folder, 'bridge.secrets.json'));
  await expect(configurationFiles(config)).rejects.toMatchObject({
    code: 'configuration-unreadable',
    message: expect.stringContaining('bridge.secrets.json: EISDIR'),
  });
});
