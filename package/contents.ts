import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { zipSync } from 'fflate';
import { bundlePrograms } from '../build.ts';
import projectJson from '../package.json' with { type: 'json' };
import { CALL_PATH } from '../relay-call/media.ts';
import { thirdParties, thirdPartyText, withoutLicence } from './licences.ts';

/** Why no package is made. */
export const PACKAGE_FAULTS = {
  'flag-wrong': 'A flag is unknown or has a value that it cannot have.',
  'folder-foreign': 'The folder for the package holds files that are no part of a package.',
  'folder-unwritable': 'The package cannot be written, or only a part of it was.',
  'host-file-wrong': 'The host.json does not say what the app relies on.',
  'source-foreign': 'A program that is shipped would contain sources that are not for shipping.',
  'module-missing': 'A program that is shipped would look for a module that is not shipped.',
  'licence-missing': 'A program that is shipped would contain a package that tells no licence.',
} as const;
export type PackageFault = keyof typeof PACKAGE_FAULTS;

/** No package is made, and nothing was written; with `folder-unwritable` a part of it may have been. */
export class PackageRefused extends Error {
  readonly code: PackageFault;
  constructor(code: PackageFault, detail: string) {
    super(`${PACKAGE_FAULTS[code]} ${detail}`);
    this.name = 'PackageRefused';
    this.code = code;
  }
}

/** All that is shipped: the same octets for the same sources, wherever and whenever they are made. */
export interface PackageContents {
  readonly version: string;
  /** The folder that Azure runs: paths in it with forward slashes, sorted. */
  readonly functions: ReadonlyMap<string, Uint8Array>;
  /** The same folder as a zip. */
  readonly zip: Uint8Array;
  /** The relay's one file. */
  readonly relay: Uint8Array;
  /** The packages of others in both programs and their licences, as text. */
  readonly thirdParty: Uint8Array;
  /** Octets of `functions` that are loaded before the first call; the rest is loaded when it is needed. */
  readonly loadedAtStart: number;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Only tells the bundler how paths lie to each other; where a package is written leaves no trace in it. */
const nominalFolder = join(root, 'dist/package');

/**
 * Makes the package from the sources of this project; writes nothing.
 *
 * @throws PackageRefused `host-file-wrong`, `source-foreign`, `module-missing` or `licence-missing`
 * @throws what esbuild throws when the sources do not bundle
 */
export async function packageContents(): Promise<PackageContents> {
  const hostFile = await readFile(join(root, 'host.json'));
  refuse('host-file-wrong', hostFileProblems(hostFile.toString('utf8')));
  const { functions, relay } = await bundlePrograms({ folder: nominalFolder, minify: true });
  const folders = ['relay-call'];
  refuse('source-foreign', [
    ...foreignSources(functions.metafile, ['functions', ...folders]),
    ...foreignSources(relay.metafile, ['edge-relay', ...folders]),
  ]);
  refuse('module-missing', [
    // The worker of Azure provides it.
    ...missingModules(functions.metafile, ['@azure/functions-core']),
    ...missingModules(relay.metafile, []),
  ]);
  const parties = await thirdParties(root, {
    functions: functions.metafile,
    'edge-relay.mjs': relay.metafile,
  });
  refuse('licence-missing', withoutLicence(parties));
  const files: Array<[string, Uint8Array]> = [
    ['host.json', hostFile],
    ['package.json', Buffer.from(`${JSON.stringify(packageJson(), null, 2)}\n`)],
    ...functions.files.map(({ path, contents }): [string, Uint8Array] => [
      relative(nominalFolder, path).split(sep).join('/'),
      contents,
    ]),
  ];
  const sorted = new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    version: projectJson.version,
    functions: sorted,
    zip: zipOf(sorted),
    relay: Buffer.concat(relay.files.map(({ contents }) => contents)),
    thirdParty: Buffer.from(thirdPartyText(parties)),
    loadedAtStart: startOutputs(functions.metafile).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The package.json that Azure's worker reads: which files to load, and that they are modules. */
function packageJson(): object {
  return {
    name: projectJson.name,
    version: projectJson.version,
    private: true,
    type: 'module',
    main: 'functions/*.js',
    engines: { node: '>=24 <25' },
  };
}

function refuse(code: PackageFault, problems: readonly string[]): void {
  if (problems.length > 0) throw new PackageRefused(code, problems.join('; '));
}

/**
 * What is wrong with a host.json. The limits have to be written out: the platform's own defaults differ from plan to
 * plan, and sign-ins that wait for a phone fill them.
 */
export function hostFileProblems(text: string): string[] {
  const host = parse(text);
  if (host === undefined) return ['It is not JSON.'];
  const at = (...path: readonly string[]) =>
    path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), host);
  const limits = ['maxConcurrentRequests', 'maxOutstandingRequests'];
  const isLimit = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value > 0;
  const problems = limits
    .filter((name) => !isLimit(at('extensions', 'http', name)))
    .map((name) => `extensions.http.${name}: expected a whole number above 0`);
  if (typeof at('extensions', 'http', 'dynamicThrottlesEnabled') !== 'boolean') {
    problems.push('extensions.http.dynamicThrottlesEnabled: expected true or false');
  }
  const prefix = CALL_PATH.split('/')[1];
  if (at('extensions', 'http', 'routePrefix') !== prefix) {
    problems.push(`extensions.http.routePrefix: expected "${prefix}", where relays call`);
  }
  if (at('version') !== '2.0') problems.push('version: expected "2.0"');
  return problems;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The sources in a bundle that lie in none of the folders and are no package that the programs depend on. */
export function foreignSources(metafile: Metafile, folders: readonly string[]): string[] {
  const development = Object.keys(projectJson.devDependencies);
  const isForeign = (source: string) => {
    if (source === 'package.json') return false;
    const path = source.split('/');
    // Wherever node_modules lies: in a second work tree it may be a link.
    const [first = '', second] = path.slice(path.indexOf('node_modules') + 1);
    if (!path.includes('node_modules')) return !folders.includes(first);
    return development.includes(first.startsWith('@') ? `${first}/${second}` : first);
  };
  const sources = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  return [...new Set(sources)].filter(isForeign).sort();
}

/** The modules that a bundle looks for at run time, other than its own chunks, Node's, and those provided. */
export function missingModules(metafile: Metafile, provided: readonly string[]): string[] {
  const modules = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external }) => external)
    .map(({ path }) => path)
    .filter((path) => !isBuiltin(path) && !provided.includes(path));
  return [...new Set(modules)].sort();
}

/** The output files that are loaded with the entry: the entry, what it imports statically, and so on. */
export function startOutputs(metafile: Metafile): Array<Metafile['outputs'][string]> {
  const entry = Object.keys(metafile.outputs).find((path) => path.endsWith('/index.js'));
  const names = new Set(entry === undefined ? [] : [entry]);
  // A set's iterator also comes to what is added on the way.
  for (const name of names) {
    for (const { kind, path, external } of metafile.outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && !external) names.add(path);
    }
  }
  return [...names].flatMap((name) => metafile.outputs[name] ?? []);
}

/** Fields of local time, which is how a zip tells it: no zone of the building machine shows. */
const zipTime = new Date(1980, 0, 1, 12);
const unix = 3;
const readableFile = 0o100644 << 16;

/** A zip of the files in their order, the same octets for the same files. */
export function zipOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return zipSync(Object.fromEntries(files), { level: 9, mtime: zipTime, os: unix, attrs: readableFile });
}
