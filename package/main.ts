import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateSources } from '../build.ts';
import type { PackageContents, PackageFault } from './contents.ts';
import { PackageRefused, packageContents } from './contents.ts';
import { PACKAGE_FILES, refuseForeignFolder, writePackage } from './folder.ts';

const defaultFolder = join(dirname(fileURLToPath(import.meta.url)), '../dist/package');

const HELP = `npm run package -- [flags]: what is deployed, made from the sources

  --out DIR   where it goes (default: dist/package of this project)
  --help      print this

  functions/                    the folder that Azure runs
  radius-bridge-functions.zip   the same folder, the same octets for the same sources
  edge-relay.mjs                the relay, which needs only Node 24
  THIRD-PARTY.txt               the packages of others that are in the two, and their licences

Exit codes: 0 made; 1 it did not work (the sources do not bundle, what they make is not fit to be shipped, or
the folder cannot be written); 2 a flag, what the folder holds or host.json is wrong, and nothing was written.
`;

/** Where a command is called, and where it writes. */
export interface Terminal {
  /** The folder that relative paths start from. */
  readonly here: string;
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
export async function run(argv: readonly string[], { here, out, err }: Terminal): Promise<0 | 1 | 2> {
  try {
    const flags = readFlags(argv);
    if (flags.help) out(HELP);
    else {
      const folder = flags.out === undefined ? defaultFolder : resolve(here, flags.out);
      await refuseForeignFolder(folder);
      await generateSources();
      const contents = await packageContents();
      await writePackage(folder, contents);
      out(describe(here, folder, contents));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof PackageRefused)) {
      err(`${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
    err(`${error.message} (${error.code})\n`);
    return exitCodeOf(error.code);
  }
}

/** 2 for what the user wrote, 1 for what was made of the sources and for what the machine did. */
export function exitCodeOf(code: PackageFault): 1 | 2 {
  const written: readonly PackageFault[] = ['flag-wrong', 'folder-foreign', 'host-file-wrong'];
  return written.includes(code) ? 2 : 1;
}

function readFlags(argv: readonly string[]): { help: boolean; out: string | undefined } {
  const options = { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  // The strict parser's own words are not for people, and of a flag that is given twice it takes one.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      const hint = 'flags stand behind --: npm run package -- --out DIR';
      throw wrong(`${JSON.stringify(token.value)} is not a flag; ${hint}`);
    }
    const { name, rawName, value } = token;
    if (name !== 'out' && name !== 'help') throw wrong(`${rawName} is not a flag; --help lists them.`);
    if (given.has(name)) throw wrong(`${rawName} is given twice.`);
    if (name === 'help' && value !== undefined) throw wrong(`${rawName} takes no value.`);
    // A flag behind --out is no folder: --out=-x says that it is meant.
    if (name === 'out' && (!value || (value.startsWith('-') && !token.inlineValue))) {
      throw wrong(`${rawName} needs a value.`);
    }
    given.set(name, value);
  }
  return { help: given.has('help'), out: given.get('out') };
}

const wrong = (detail: string) => new PackageRefused('flag-wrong', detail);

function describe(here: string, folder: string, contents: PackageContents): string {
  const { version, functions, loadedAtStart } = contents;
  const whole = [...functions.values()].reduce((sum, { length }) => sum + length, 0);
  const rows: ReadonlyArray<readonly [string, string]> = [
    [
      'functions',
      `${functions.size} files, ${octets(whole)}, of which ${octets(loadedAtStart)} load at the start`,
    ],
    ...PACKAGE_FILES.map(([part, name]) => {
      const data = contents[part];
      return [name, `${octets(data.length)}, SHA-256 ${sha256(data)}`] as const;
    }),
  ];
  const paths = rows.map(([name]) => shown(here, join(folder, name)));
  const width = Math.max(...paths.map(({ length }) => length));
  const lines = rows.map(([, text], index) => `  ${(paths[index] ?? '').padEnd(width)}  ${text}`);
  return `radius-bridge ${version}\n${lines.join('\n')}\n`;
}

/** Short below the current folder, and whole elsewhere: a path that climbs is hard to read. */
function shown(here: string, path: string): string {
  const below = relative(here, path);
  // On Windows there is no relative path to another drive.
  const elsewhere = below === '' || isAbsolute(below) || below.split(sep)[0] === '..';
  return elsewhere ? path : below;
}

const octets = (count: number) => `${count.toLocaleString('en')} octets`;
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2), {
    // npm runs its scripts in the project's folder, wherever it was called.
    here: process.env['INIT_CWD'] || process.cwd(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
