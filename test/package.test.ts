import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../package.ts';
import {
  foreignSources,
  hostFileProblems,
  missingModules,
  startOutputs,
  zipOf,
} from '../package-contents.ts';

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
    const text = await readFile(join(import.meta.dirname, '../host.json'), 'utf8');
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

  test.each([[['x']], [['--nonsense']], [['--out']], [['--out=']], [['--help=yes']]])(
    'flag-wrong: %j',
    async (argv) => {
      const { code, out, err } = await said(...argv);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('[flag-wrong]');
    },
  );

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
    expect(err).toContain('[folder-foreign]');
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['functions']);
  });

  test('folder-foreign: a file where a folder should be', async () => {
    await writeFile(join(folder, 'functions'), 'mine');
    expect(await said('--out', folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOTDIR [folder-foreign]'),
    });
    expect((await said('--out', join(folder, 'functions'))).code).toBe(2);
    expect(await readFile(join(folder, 'functions'), 'utf8')).toBe('mine');
  });

  test('the sources of this project are in a folder of that name, too', async () => {
    expect((await said('--out', join(import.meta.dirname, '..'))).err).toContain('[folder-foreign]');
  });
});
