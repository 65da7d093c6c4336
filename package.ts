import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateSources } from './build.ts';
import type { PackageContents, PackageFault } from './package-contents.ts';
import { PackageRefused, packageContents } from './package-contents.ts';

const defaultFolder = join(dirname(fileURLToPath(import.meta.url)), 'dist/package');

const HELP = `npm run package -- [flags]: what is deployed, made from the sources

  --out DIR   where it goes (default: dist/package of this project)
  --help      print this

  functions/                    the folder that Azure runs
  radius-bridge-functions.zip   the same folder, the same octets for the same sources
  edge-relay.mjs                the relay, which needs only Node 24

Exit codes: 0 made; 1 it did not work (the sources do not bundle, or what they make is not fit to be shipped);
2 a flag, the folder or host.json is wrong, and nothing was written.
`;

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  /** For complaints. */
  err(text: string): void;
}

/**
 * Carries out the command.
 *
 * @param argv what stands behind the program's name
 * @returns the exit code: 0, 1 or 2
 */
export async function run(argv: readonly string[], { out, err }: Output): Promise<0 | 1 | 2> {
  try {
    const { help, folder } = readFlags(argv);
    if (help) out(HELP);
    else {
      await refuseForeignFolder(folder);
      await generateSources();
      const contents = await packageContents();
      await write(folder, contents);
      out(describe(folder, contents));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof PackageRefused)) {
      err(`${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
    err(`${error.message} [${error.code}]\n`);
    return exitCodeOf(error.code);
  }
}

/** 2 for what the user wrote, 1 for what was made of the sources. */
function exitCodeOf(code: PackageFault): 1 | 2 {
  return code === 'source-foreign' || code === 'module-missing' ? 1 : 2;
}

function readFlags(argv: readonly string[]): { help: boolean; folder: string } {
  const { out, help } = parse(argv);
  if (out === '') throw new PackageRefused('flag-wrong', '--out: expected the name of a folder.');
  return { help, folder: out === undefined ? defaultFolder : resolve(out) };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    }).values;
  } catch (error) {
    throw new PackageRefused('flag-wrong', error instanceof Error ? error.message : '');
  }
}

const packaged = /^(host\.json|package\.json|functions(\/index\.js|\/chunks(\/[^/]+\.js)?)?)$/;

/** The folder `functions` is replaced as a whole, so it must be one of ours: sources lie in a folder of this name. */
async function refuseForeignFolder(folder: string): Promise<void> {
  const functions = join(folder, 'functions');
  const names = await readdir(functions, { recursive: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw new PackageRefused('folder-foreign', `${functions}: ${error.code}`);
  });
  const foreign = names.map((name) => name.split(sep).join('/')).find((name) => !packaged.test(name));
  if (foreign !== undefined) throw new PackageRefused('folder-foreign', `${functions} has ${foreign}.`);
}

const zipName = 'radius-bridge-functions.zip';
const relayName = 'edge-relay.mjs';

/** Each of the three is made beside its place and put there in one step. */
async function write(folder: string, { functions, zip, relay }: PackageContents): Promise<void> {
  const beside = join(folder, `.package-${process.pid}`);
  const files = [
    ...[...functions].map(([path, contents]) => ({ path: join('functions', path), contents })),
    { path: zipName, contents: zip },
    { path: relayName, contents: relay },
  ];
  try {
    for (const { path, contents } of files) {
      await mkdir(dirname(join(beside, path)), { recursive: true });
      await writeFile(join(beside, path), contents);
    }
    await rm(join(folder, 'functions'), { recursive: true, force: true });
    for (const name of ['functions', zipName, relayName]) {
      await rename(join(beside, name), join(folder, name));
    }
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

function describe(folder: string, contents: PackageContents): string {
  const { version, functions, zip, relay, loadedAtStart } = contents;
  const whole = [...functions.values()].reduce((sum, { length }) => sum + length, 0);
  const rows: ReadonlyArray<readonly [string, string]> = [
    [
      'functions',
      `${functions.size} files, ${octets(whole)}, of which ${octets(loadedAtStart)} load at the start`,
    ],
    [zipName, `${octets(zip.length)}, SHA-256 ${sha256(zip)}`],
    [relayName, `${octets(relay.length)}, SHA-256 ${sha256(relay)}`],
  ];
  const paths = rows.map(([name]) => relative(process.cwd(), join(folder, name)));
  const width = Math.max(...paths.map(({ length }) => length));
  const lines = rows.map(([, text], index) => `  ${(paths[index] ?? '').padEnd(width)}  ${text}`);
  return `radius-bridge ${version}\n${lines.join('\n')}\n`;
}

const octets = (count: number) => `${count.toLocaleString('en')} octets`;
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
