import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundlePrograms } from '../../build.ts';
import type { FromFunctionsHost, ToFunctionsHost } from '../../local/functions-host/messages.ts';
import type { Program } from '../../local/programs.ts';
import { startProgram, whenReady } from '../../local/programs.ts';
import { startOutputs } from '../../package/contents.ts';
import type { Ended } from './bare-run.ts';
import { bareRun } from './bare-run.ts';

const files = ['radius-bridge-functions.zip', 'edge-relay.mjs', 'THIRD-PARTY.txt'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const SHIPPED =
  /^(host\.json|package\.json|functions\/index\.js|functions\/chunks\/[\w.-]+-[A-Z0-9]{8}\.js)$/;

/** The files below a folder, with forward slashes, sorted. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.split(sep).join('/'))
    .sort();
}

let folder: string;
let made: Ended;
/** The files of the zip. */
let zipped: Array<readonly [string, Buffer]>;
const place = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  made = await bareRun(folder, join(root, 'package/main.ts'), ['--out', 'made']);
  const zip = await readFile(place('made/radius-bridge-functions.zip'));
  zipped = Object.entries(unzipSync(zip)).map(([path, contents]) => [path, Buffer.from(contents)] as const);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the command', () => {
  test('says what it made, with sizes and digests', async () => {
    expect(made).toMatchObject({ code: 0, stderr: '' });
    for (const name of files) {
      const data = await readFile(place('made', name));
      const line = made.stdout.split('\n').find((text) => text.startsWith(`  ${join('made', name)} `));
      expect(line).toContain(`${data.length.toLocaleString('en')} octets`);
      expect(line).toContain(createHash('sha256').update(data).digest('hex'));
    }
    expect(made.stdout).toContain(`${zipped.length} files`);
  });

  test('makes the same octets again, elsewhere and in another zone, and leaves nothing of an older package', async () => {
    const again = place('again');
    await mkdir(join(again, 'functions/functions/chunks'), { recursive: true });
    await writeFile(join(again, 'functions/functions/chunks/old-AAAAAAAA.js'), 'old');
    // As npm runs it: in the project's folder, wherever npm was called.
    const env = { ...process.env, TZ: 'America/Los_Angeles', INIT_CWD: place('made/functions') };
    const child = spawn(process.execPath, [join(root, 'package/main.ts'), '--out', '../../again'], {
      cwd: root,
      env,
    });
    let stdout = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(await filesOf(again)).toEqual(await filesOf(place('made')));
    for (const name of files) {
      expect(stdout).toContain(`  ${join(again, name)} `);
      expect((await readFile(join(again, name))).equals(await readFile(place('made', name)))).toBe(true);
    }
  });
});

describe('the functions app', () => {
  test('is host.json, package.json, the entry and its chunks; the zip is the folder', async () => {
    const paths = zipped.map(([path]) => path);
    expect(paths.filter((path) => !SHIPPED.test(path))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(['functions/index.js', 'host.json', 'package.json']));
    expect(paths).toEqual(paths.toSorted());
    expect(await filesOf(place('made/functions'))).toEqual(paths);
    for (const [path, contents] of zipped) {
      expect((await readFile(place('made/functions', path))).equals(contents), path).toBe(true);
    }
  });

  test("host.json is the repository's own; package.json names the entry and no dependency", async () => {
    const files = new Map(zipped);
    expect(files.get('host.json')?.equals(await readFile(join(root, 'host.json')))).toBe(true);
    const project = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(JSON.parse(String(files.get('package.json')))).toEqual({
      name: 'radius-bridge',
      version: project.version,
      private: true,
      type: 'module',
      main: 'functions/*.js',
      engines: { node: '>=24 <25' },
    });
  });

  test('tells nothing of the machine that made it, and no secret of the embedded default', async () => {
    const secrets = JSON.parse(await readFile(join(root, 'local/default/bridge.secrets.json'), 'utf8'));
    const passwords = [...secrets.users, ...secrets.entra.users].map(({ password }) => password);
    const words = [
      ...Object.values<string>(secrets.secrets),
      ...passwords,
      root,
      folder,
      '\n//# sourceMappingURL=',
    ];
    expect(words.length).toBeGreaterThan(8);
    const beside = ['edge-relay.mjs', 'THIRD-PARTY.txt'].map(
      async (name) => [name, await readFile(place('made', name))] as const,
    );
    const told = [...zipped, ...(await Promise.all(beside))].flatMap(([path, contents]) =>
      words.filter((word) => contents.includes(word)).map((word) => `${path}: ${word}`),
    );
    expect(told).toEqual([]);
  });

  test('the SDKs are not among what loads at the start', async () => {
    const { functions } = await bundlePrograms({ folder: place('unwritten'), minify: true });
    const inputs = startOutputs(functions.metafile).flatMap((output) => Object.keys(output.inputs));
    expect(inputs).toContain('functions/index.ts');
    const sdk = /node_modules\/(@azure\/(?!functions)|applicationinsights|@opentelemetry|@typespec)/;
    expect(inputs.filter((input) => sdk.test(input))).toEqual([]);
  });
});

describe('THIRD-PARTY.txt', () => {
  test('has every dependency that is shipped, its licence, and where it is', async () => {
    const text = await readFile(place('made/THIRD-PARTY.txt'), 'utf8');
    const sections = text.split(`${'='.repeat(80)}\n`).slice(1);
    const names = sections.map((section) => section.slice(0, section.indexOf('\n')));
    expect(new Set(names).size).toBe(names.length);
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const listed = (packages: Record<string, string>) =>
      Object.entries(packages).filter(([name, version]) => names.includes(`${name} ${version}`));
    expect(listed(dependencies)).toEqual(Object.entries(dependencies));
    expect(listed(devDependencies)).toEqual([]);
    const section = (name: string) => sections.find((text) => text.startsWith(`${name} `));
    expect(section('zod')).toContain('\nLicence: MIT\nContained in: functions, edge-relay.mjs\n');
    expect(section('zod')).toContain('Permission is hereby granted');
    expect(section('saxes')).toContain('\nLicence: ISC\nContained in: functions\n');
    expect(section('saxes')).toContain('comes without the text of its licence');
    expect(section('apache-arrow')).toContain('\n--- NOTICE.txt\n');
    expect(text).not.toContain('\r');
  });
});

describe('loaded as the worker of Azure does, where no other file is', () => {
  let app: string;
  let hosts: Array<Program<ToFunctionsHost, FromFunctionsHost>>;
  beforeEach(async () => {
    hosts = [];
    app = await mkdtemp(place('app-'));
    for (const [path, contents] of zipped) {
      await mkdir(dirname(join(app, path)), { recursive: true });
      await writeFile(join(app, path), contents);
    }
  });
  afterEach(() => Promise.all(hosts.map((host) => host.kill())));

  function load() {
    const host = startProgram<ToFunctionsHost, FromFunctionsHost>({
      name: 'functions host',
      file: new URL('../../local/functions-host/main.ts', import.meta.url),
      env: { PATH: process.env['PATH'] ?? '' },
      stopMessage: { type: 'stop' },
    });
    hosts.push(host);
    const complaints: string[] = [];
    host.read(({ stream, text }) => stream === 'stderr' && complaints.push(text));
    host.send({
      type: 'start',
      packageFile: join(app, 'package.json'),
      hostFile: join(app, 'host.json'),
    });
    const ready = whenReady(host, 20_000, ({ message }) => (message?.type === 'ready' ? message : undefined));
    return { host, ready, complaints };
  }

  test('its functions register and answer, and nothing is complained of', async () => {
    const { host, ready, complaints } = load();
    const { port, functions } = await ready;
    expect(functions.toSorted()).toEqual(['health', 'radius', 'sweep']);
    expect((await fetch(`http://127.0.0.1:${port}/api/health`)).status).toBe(200);
    const answer = await fetch(`http://127.0.0.1:${port}/api/radius`, { method: 'POST', body: 'x' });
    // It has no settings here; without them no packet is answered.
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('settings-refused');
    await host.stop(20_000);
    expect(complaints).toEqual([]);
  });

  test('its functions register where the core is a patch of require, as in the worker', async () => {
    const loader = join(app, 'worker.mjs');
    await writeFile(
      loader,
      `import { Module } from 'node:module';
const names = [];
const core = {
  version: '1',
  setProgrammingModel() {},
  registerFunction: ({ name }) => (names.push(name), { dispose() {} }),
  registerHook: (name) => (names.push(name), { dispose() {} }),
  log() {},
  Disposable: class { dispose() {} },
};
const { require } = Module.prototype;
Module.prototype.require = function (id) {
  return id === '@azure/functions-core' ? core : require.call(this, id);
};
await import('./functions/index.js');
console.log(names.sort().join());
process.exit(0);
`,
    );
    const { code, stdout, stderr } = await bareRun(app, loader, []);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').at(-2)).toBe('appStart,appTerminate,health,radius,sweep');
  });

  test('every chunk loads, and says nothing', async () => {
    const chunks = zipped.map(([path]) => path).filter((path) => path.startsWith('functions/chunks/'));
    expect(chunks.length).toBeGreaterThan(0);
    const urls = chunks.map((path) => pathToFileURL(join(app, path)).href);
    const loader = join(app, 'load.mjs');
    await writeFile(
      loader,
      `for (const url of ${JSON.stringify(urls)}) await import(url);\nconsole.log('all');\nprocess.exit(0);\n`,
    );
    expect(await bareRun(app, loader, [])).toEqual({ code: 0, stdout: 'all\n', stderr: '' });
  });

  test('a package whose entry imports what is not there fails, and says what', async () => {
    const entry = join(app, 'functions/index.js');
    await writeFile(entry, `import './chunks/gone-AAAAAAAA.js';\n${await readFile(entry, 'utf8')}`);
    await expect(load().ready).rejects.toThrow('gone-AAAAAAAA.js');
  });

  test('a package that registers no function fails', async () => {
    await writeFile(join(app, 'functions/index.js'), 'export const nothing = true;\n');
    await expect(load().ready).rejects.toThrow('registers no function');
  });

  test('a package without its entry fails', async () => {
    await rm(join(app, 'functions/index.js'));
    await expect(load().ready).rejects.toThrow('No file matches');
  });
});
