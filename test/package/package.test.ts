import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PackageFault } from '../../package/contents.ts';
import {
  foreignSources,
  hostFileProblems,
  missingModules,
  PACKAGE_FAULTS,
  startOutputs,
  zipOf,
} from '../../package/contents.ts';
import { writePackage } from '../../package/folder.ts';
import { exitCodeOf, run } from '../../package/main.ts';

const host = {
  version: '2.0',
  extensions: {
    http: {
      routePrefix: 'api',
      maxOutstandingRequests: 200,
      maxConcurrentRequests: 100,
      dynamicThrottlesEnabled: false,
    },
  },
};

describe('host-file-wrong', () => {
  test("the project's own host.json is right", async () => {
    const text = await readFile(join(import.meta.dirname, '../../host.json'), 'utf8');
    expect(hostFileProblems(text)).toEqual([]);
    expect(hostFileProblems(JSON.stringify(host))).toEqual([]);
  });

  test.each([
    ['version', { ...host, version: '3.0' }],
    ['version', { extensions: host.extensions }],
    ['extensions.http.maxConcurrentRequests', { ...host, extensions: {} }],
    ['extensions.http.maxConcurrentRequests', { ...host, extensions: null }],
    ['extensions.http.maxConcurrentRequests', { ...host, extensions: { http: ['api'] } }],
  ])('%s', (path, wrong) => {
    expect(hostFileProblems(JSON.stringify(wrong)).join()).toContain(`${path}: expected`);
  });

  test.each([
    ['routePrefix', 'v1'],
    ['routePrefix', undefined],
    ['maxConcurrentRequests', 0],
    ['maxConcurrentRequests', -1],
    ['maxOutstandingRequests', '200'],
    ['maxOutstandingRequests', 1.5],
    ['maxOutstandingRequests', undefined],
    ['dynamicThrottlesEnabled', undefined],
    ['dynamicThrottlesEnabled', 'false'],
  ])('extensions.http.%s: %j', (name, value) => {
    const http = { ...host.extensions.http, [name]: value };
    const problems = hostFileProblems(JSON.stringify({ ...host, extensions: { http } }));
    expect(problems).toEqual([expect.stringContaining(`extensions.http.${name}: expected`)]);
  });

  test.each(['', '{', 'null', '[]', '"2.0"'])('text that is no host.json at all: %j', (text) => {
    expect(hostFileProblems(text)).not.toEqual([]);
  });
});

type Output = Metafile['outputs'][string];

function metafile(outputs: Record<string, { inputs?: string[]; imports?: Output['imports'] }>): Metafile {
  return {
    inputs: {},
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([path, { inputs = [], imports = [] }]) => [
        path,
        {
          bytes: path.length,
          inputs: Object.fromEntries(inputs.map((input) => [input, { bytesInOutput: 1 }])),
          imports,
          exports: [],
        },
      ]),
    ),
  };
}

describe('source-foreign', () => {
  const foreign = (...inputs: string[]) =>
    foreignSources(metafile({ 'dist/index.js': { inputs } }), ['functions', 'relay-call']);

  test('the folders of a program, its dependencies and theirs, and package.json are its own', () => {
    expect(
      foreign(
        'functions/index.ts',
        'relay-call/clock.ts',
        'package.json',
        'node_modules/saxes/saxes.js',
        'node_modules/@azure/functions/dist/azure-functions.js',
        'node_modules/saxes/node_modules/radius/index.js',
        '../elsewhere/node_modules/zod/index.js',
      ),
    ).toEqual([]);
  });

  test.each([
    'local/bridge.ts',
    'admin/run.ts',
    'test/layers.test.ts',
    'edge-relay/main.ts',
    'build.ts',
    '../other/functions/index.ts',
    'functionsX/index.ts',
    'node_modules/radius/lib/radius.js',
    'node_modules/@biomejs/biome/x.js',
    '../elsewhere/node_modules/selfsigned/index.js',
  ])('%s', (source) => {
    expect(foreign('functions/index.ts', source)).toEqual([source]);
  });
});

describe('module-missing', () => {
  const external = (path: string, kind: 'import-statement' | 'dynamic-import' | 'require-call') => ({
    path,
    kind,
    external: true,
  });

  test("Node's own modules with and without prefix, chunks, and what the worker provides are there", () => {
    const imports: Output['imports'] = [
      external('node:fs', 'import-statement'),
      external('fs/promises', 'dynamic-import'),
      external('@azure/functions-core', 'require-call'),
      { path: 'dist/chunks/a.js', kind: 'dynamic-import' },
    ];
    expect(missingModules(metafile({ 'dist/index.js': { imports } }), ['@azure/functions-core'])).toEqual([]);
    expect(missingModules(metafile({ 'dist/index.js': { imports } }), [])).toEqual(['@azure/functions-core']);
  });

  test('each is named once, wherever it is looked for', () => {
    const wanted = metafile({
      'dist/index.js': { imports: [external('b', 'require-call')] },
      'dist/chunks/a.js': { imports: [external('b', 'dynamic-import'), external('a/x', 'import-statement')] },
    });
    expect(missingModules(wanted, [])).toEqual(['a/x', 'b']);
  });
});

test('what loads at the start is the entry and what it imports statically, each once', () => {
  const statically = (path: string) => ({ path, kind: 'import-statement' as const });
  const outputs = startOutputs(
    metafile({
      'dist/functions/index.js': {
        imports: [
          statically('dist/functions/chunks/a.js'),
          { path: 'dist/functions/chunks/lazy.js', kind: 'dynamic-import' },
          { ...statically('node:fs'), external: true },
        ],
      },
      'dist/functions/chunks/a.js': { imports: [statically('dist/functions/chunks/bc.js')] },
      'dist/functions/chunks/bc.js': { imports: [statically('dist/functions/chunks/a.js')] },
      'dist/functions/chunks/lazy.js': { imports: [statically('dist/functions/chunks/bc.js')] },
    }),
  );
  expect(outputs.map(({ bytes }) => bytes)).toEqual([23, 26, 27]);
  expect(startOutputs(metafile({}))).toEqual([]);
});

test('a zip gives back what it was made of, and is the same each time', () => {
  const files = new Map([
    ['functions/chunks/a.js', Buffer.from('a'.repeat(10_000))],
    ['host.json', Buffer.from('{}')],
  ]);
  const zip = zipOf(files);
  expect(zip.length).toBeLessThan(1_000);
  expect(Object.entries(unzipSync(zip)).map(([path, data]) => [path, Buffer.from(data)])).toEqual([...files]);
  expect(zipOf(files)).toEqual(zip);
});

describe('the command line', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function said(...argv: string[]) {
    let [out, err] = ['', ''];
    const code = await run(argv, {
      here: folder,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    });
    return { code, out, err };
  }

  test('--help says what is made, and makes nothing', async () => {
    const { code, out, err } = await said('--help', '--out', folder);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('edge-relay.mjs');
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    [['x'], '"x" is not a flag; flags stand behind --: npm run package -- --out DIR'],
    [['--out', 'a', 'b'], '"b" is not a flag; flags stand behind --: npm run package -- --out DIR'],
    [['--', '--help'], '"--help" is not a flag; flags stand behind --: npm run package -- --out DIR'],
    [['--nonsense'], '--nonsense is not a flag; --help lists them.'],
    [['--nonsense', 'x'], '--nonsense is not a flag; --help lists them.'],
    [['--no-help'], '--no-help is not a flag; --help lists them.'],
    [['--__proto__'], '--__proto__ is not a flag; --help lists them.'],
    [['-o', 'x'], '-o is not a flag; --help lists them.'],
    [['--out', 'a', '--out', 'b'], '--out is given twice.'],
    [['--out=a', '--out=a'], '--out is given twice.'],
    [['--help', '-h'], '-h is given twice.'],
    [['--out'], '--out needs a value.'],
    [['--out='], '--out needs a value.'],
    [['--out', ''], '--out needs a value.'],
    [['--out', '--help'], '--out needs a value.'],
    [['--help=yes'], '--help takes no value.'],
  ])('flag-wrong: %j', async (argv, detail) => {
    expect(await said(...argv)).toEqual({
      code: 2,
      out: '',
      err: `${PACKAGE_FAULTS['flag-wrong']} ${detail} (flag-wrong)\n`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('-h is --help', async () => {
    expect(await said('-h')).toEqual(await said('--help'));
  });

  test.each([
    'functions/bridge.ts',
    'functions/index.js',
    'functions/functions/index.ts',
    'functions/functions/chunks/deep/a.js',
    'functions/node_modules/a/index.js',
  ])('folder-foreign: %s is left alone', async (path) => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'mine');
    const { code, out, err } = await said('--out', folder);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('(folder-foreign)');
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['functions']);
  });

  test.each(['edge-relay.mjs', 'radius-bridge-functions.zip', 'THIRD-PARTY.txt'])(
    'folder-foreign: a folder %s is left alone, and so is the package beside it',
    async (name) => {
      const entry = join(folder, 'functions/functions/index.js');
      await mkdir(dirname(entry), { recursive: true });
      await writeFile(entry, 'earlier');
      await mkdir(join(folder, name));
      const { code, out, err } = await said('--out', folder);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(`${join(folder, name)} is a folder. (folder-foreign)`);
      expect(await readFile(entry, 'utf8')).toBe('earlier');
      expect((await readdir(folder)).sort()).toEqual(['functions', name].sort());
    },
  );

  test('folder-foreign: a file where a folder should be', async () => {
    await writeFile(join(folder, 'functions'), 'mine');
    expect(await said('--out', folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOTDIR (folder-foreign)'),
    });
    expect((await said('--out', join(folder, 'functions'))).code).toBe(2);
    expect(await readFile(join(folder, 'functions'), 'utf8')).toBe('mine');
  });

  test('the sources of this project are in a folder of that name, too', async () => {
    expect((await said('--out', join(import.meta.dirname, '../..'))).err).toContain('(folder-foreign)');
  });

  test('a relative folder lies where the command was called', async () => {
    await writeFile(join(folder, 'functions'), 'mine');
    for (const out of ['.', 'sub/..', `../${basename(folder)}`]) {
      expect((await said('--out', out)).err).toContain(`${join(folder, 'functions')}: ENOTDIR`);
    }
  });

  // No file system that Node runs on has names this long.
  test('folder-unwritable: a folder that cannot be', async () => {
    const { code, out, err } = await said('--out', 'x'.repeat(5_000));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/x: E[A-Z]+ \(folder-unwritable\)\n$/);
  });

  describe('folder-unwritable', () => {
    const octets = Buffer.from('new');
    const contents = {
      version: '1.2.3',
      functions: new Map([['functions/index.js', octets]]),
      zip: octets,
      relay: octets,
      thirdParty: octets,
      loadedAtStart: 3,
    };

    test('a folder that stands in the way by now', async () => {
      const place = join(folder, 'edge-relay.mjs');
      await mkdir(join(place, 'mine'), { recursive: true });
      const refused = await writePackage(folder, contents).catch((error) => error);
      expect(refused).toMatchObject({ code: 'folder-unwritable' });
      expect(refused.message).toMatch(/: E[A-Z]+$/);
      expect(refused.message).toContain(place);
      expect(await readdir(place)).toEqual(['mine']);
      // Nothing stays of what was made beside.
      expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    test('a file that stands in the way by now', async () => {
      const file = join(folder, 'file');
      await writeFile(file, 'mine');
      const refused = await writePackage(join(file, 'package'), contents).catch((error) => error);
      expect(refused).toMatchObject({ code: 'folder-unwritable' });
      expect(refused.message).toMatch(/: E[A-Z]+$/);
      expect(refused.message).toContain(join(file, 'package'));
      expect(await readFile(file, 'utf8')).toBe('mine');
    });

    test('what is no fault of the file system goes on as it is', async () => {
      const broken = { ...contents, functions: new Map([['a\0b', octets]]) };
      await expect(writePackage(folder, broken)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    });
  });

  test('the exit code is 2 for what the user wrote, and 1 otherwise', () => {
    expect(Object.keys(PACKAGE_FAULTS).map((code) => [code, exitCodeOf(code as PackageFault)])).toEqual([
      ['flag-wrong', 2],
      ['folder-foreign', 2],
      ['folder-unwritable', 1],
      ['host-file-wrong', 2],
      ['source-foreign', 1],
      ['module-missing', 1],
      ['licence-missing', 1],
    ]);
  });
});
