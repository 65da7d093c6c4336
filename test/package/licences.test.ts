import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { thirdParties, thirdPartyText, withoutLicence } from '../../package/licences.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'licences-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Puts a package below `node_modules`: its manifest and its files. */
async function install(path: string, manifest: object, files: Readonly<Record<string, string>> = {}) {
  const all = { ...files, 'package.json': JSON.stringify(manifest) };
  for (const [name, text] of Object.entries(all)) {
    const file = join(root, 'node_modules', path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** A program of these sources, each of which left so many octets in it. */
function program(sources: Readonly<Record<string, number>>): Metafile {
  const inputs = Object.fromEntries(
    Object.entries(sources).map(([source, bytesInOutput]) => [source, { bytesInOutput }]),
  );
  return { inputs: {}, outputs: { 'dist/index.js': { bytes: 1, inputs, imports: [], exports: [] } } };
}

describe('the packages of others', () => {
  test('are those that left code, with scope or without, each once wherever it is installed', async () => {
    const a = { name: 'a', version: '1.0.0', license: 'MIT' };
    await install('a', a);
    await install('@s/b', { name: '@s/b', version: '2.0.0', license: 'ISC' });
    await install('@s/b/node_modules/a', a);
    await install('c', { name: 'c', version: '1.0.0', license: 'MIT' });
    await install('c/node_modules/a', { ...a, version: '0.9.0' });
    await install('shaken', { name: 'shaken', version: '1.0.0' });
    const parties = await thirdParties(root, {
      functions: program({
        'functions/index.ts': 5,
        'node_modules/c/node_modules/a/lib/index.js': 1,
        'node_modules/@s/b/node_modules/a/index.js': 1,
        'node_modules/@s/b/index.js': 1,
        'node_modules/@s/b/lib/other.js': 1,
        'node_modules/shaken/index.js': 0,
      }),
      relay: program({ 'node_modules/a/index.js': 1, 'edge-relay/main.ts': 1 }),
    });
    expect(parties.map(({ name, version, programs }) => [name, version, programs])).toEqual([
      ['@s/b', '2.0.0', ['functions']],
      ['a', '0.9.0', ['functions']],
      ['a', '1.0.0', ['functions', 'relay']],
    ]);
  });

  test('may be installed beside the project', async () => {
    await install('a', { name: 'a', version: '1.0.0', license: 'MIT' });
    const work = join(root, 'work');
    const parties = await thirdParties(work, { relay: program({ '../node_modules/a/index.js': 1 }) });
    expect(parties).toMatchObject([{ name: 'a', licence: 'MIT' }]);
  });

  test('come with each licence and notice file, and no other', async () => {
    await install(
      'a',
      { name: 'a', version: '1.0.0' },
      {
        'notice.txt': '\uFEFFNotice\r\n\r\nmore\r\n',
        'LICENCE.md': '\n  \n    Terms\n of it \n\n',
        'License-MIT': 'MIT',
        LICENSE: ' \n',
        'licenses/other.txt': 'deep',
        'README.md': 'licence',
        'unlicensed.js': '1',
      },
    );
    const parties = await thirdParties(root, { relay: program({ 'node_modules/a/index.js': 1 }) });
    expect(parties[0]?.texts).toEqual([
      { file: 'LICENCE.md', text: '    Terms\n of it' },
      { file: 'License-MIT', text: 'MIT' },
      { file: 'notice.txt', text: 'Notice\n\nmore' },
    ]);
  });

  test('there may be none', async () => {
    expect(await thirdParties(root, { relay: program({ 'relay-call/clock.ts': 1 }) })).toEqual([]);
  });
});

describe('licence-missing', () => {
  const missing = async (manifest: object, files: Readonly<Record<string, string>>) => {
    await install('a', { name: 'a', version: '1.0.0', ...manifest }, files);
    return withoutLicence(await thirdParties(root, { relay: program({ 'node_modules/a/index.js': 1 }) }));
  };

  test.each([
    [{ license: 'MIT' }, {}],
    [{}, { 'licence.txt': 'Do as you like.' }],
    [{ license: 'MIT' }, { LICENSE: 'MIT' }],
  ])('a field or a text will do: %j %j', async (manifest, files) => {
    expect(await missing(manifest, files)).toEqual([]);
  });

  test.each([
    [{}, {}],
    [{ license: '' }, {}],
    [{ license: null }, { LICENSE: '' }],
    [{}, { NOTICE: 'Made by us.' }],
    [{}, { 'licenses/MIT': 'MIT' }],
  ])('%j %j', async (manifest, files) => {
    expect(await missing(manifest, files)).toEqual(['a 1.0.0']);
  });
});

test('the page tells what each package is, its terms and where it is', () => {
  const text = thirdPartyText([
    { name: 'a', version: '1.0.0', licence: 'ISC', texts: [], programs: ['functions'] },
    {
      name: 'b',
      version: '2.0.0',
      licence: undefined,
      texts: [
        { file: 'LICENSE', text: 'Terms' },
        { file: 'NOTICE', text: 'Notice' },
      ],
      programs: ['functions', 'edge-relay.mjs'],
    },
  ]);
  const line = '='.repeat(80);
  expect(text).toBe(`Packages of others whose code is in these programs, and their terms.

${line}
a 1.0.0
Licence: ISC
Contained in: functions

The package comes without the text of its licence.

${line}
b 2.0.0
Licence: as its text says
Contained in: functions, edge-relay.mjs

--- LICENSE

Terms

--- NOTICE

Notice
`);
});
