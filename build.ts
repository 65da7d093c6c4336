import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { build as bundle } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * CommonJS parts inside an ESM bundle ask for `require` and its two companions; ESM has none of them. They are `var`,
 * because ESM packages declare the companions for themselves, to the same.
 */
const commonJsBanner = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { dirname as __dirnameOf } from 'node:path';",
  "import { fileURLToPath as __fileOf } from 'node:url';",
  'var require = __createRequire(import.meta.url);',
  'var __filename = __fileOf(import.meta.url);',
  'var __dirname = __dirnameOf(__filename);',
].join(' ');

/**
 * The exporter of Application Insights asks Microsoft's `settings.sdk.monitor.azure.com` every hour which of its own
 * features to turn on, and has no switch for that. The bridge calls only whom its settings name.
 */
const noSettingsFromElsewhere: Plugin = {
  name: 'no-settings-from-elsewhere',
  setup({ onLoad }) {
    onLoad(
      { filter: /monitor-opentelemetry-exporter.dist.\w+._configuration.configurationManager\.js$/ },
      () => ({
        contents: `exports.ConfigurationManager = class {
        static getInstance() { return new this(); }
        initialize() {}
        registerCallback() { return () => {}; }
        getSettings() { return {}; }
        shutdown() {}
      };`,
        loader: 'js',
      }),
    );
  },
};

const dayInMilliseconds = 86_400_000;

/** Where a build goes and what it is for. */
export interface BuildTarget {
  /** Folder that receives `functions/` and `edge-relay.mjs`. */
  readonly folder: string;
  /** Packages are minified and come without source maps; a build for this machine stays readable. */
  readonly minify: boolean;
}

/** A program in its files, and what they were made of. */
export interface Bundle {
  /** With absolute paths. */
  readonly files: ReadonlyArray<{ readonly path: string; readonly contents: Uint8Array }>;
  /** Paths in it are relative to the project, with forward slashes. */
  readonly metafile: Metafile;
}

/**
 * Bundles the functions app (`functions/index.js` and its chunks) and the relay (`edge-relay.mjs`); writes nothing.
 *
 * @throws what esbuild throws when the sources do not bundle.
 */
export async function bundlePrograms(target: BuildTarget): Promise<{ functions: Bundle; relay: Bundle }> {
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Identifiers stay: a stack trace in a log should name our functions, and esbuild's keepNames calls a function for
    // each of them while the program loads.
    minifyWhitespace: target.minify,
    minifySyntax: target.minify,
    legalComments: 'none',
    banner: { js: commonJsBanner },
    logLevel: 'warning',
    metafile: true,
    write: false,
  } as const satisfies BuildOptions;
  const [functions, relay] = await Promise.all([
    bundle({
      ...common,
      entryPoints: { index: 'functions/index.ts' },
      outdir: join(target.folder, 'functions'),
      splitting: true,
      // Azure loads every dist/functions/*.js as an entry; chunks must not match that pattern.
      chunkNames: 'chunks/[name]-[hash]',
      sourcemap: !target.minify,
      external: ['@azure/functions-core'],
      plugins: [noSettingsFromElsewhere],
    }),
    bundle({
      ...common,
      entryPoints: ['edge-relay/main.ts'],
      outfile: join(target.folder, 'edge-relay.mjs'),
    }),
  ]);
  return {
    functions: { files: functions.outputFiles, metafile: functions.metafile },
    relay: { files: relay.outputFiles, metafile: relay.metafile },
  };
}

/**
 * Bundles the programs into the target's folder. A file that has not changed keeps its time stamp, and each is
 * replaced in one step, so that a bridge that is starting beside this build never reads half a file.
 *
 * @returns the files that were written, relative to the project.
 * @throws what esbuild throws when the sources do not bundle.
 */
export async function buildPrograms(target: BuildTarget): Promise<string[]> {
  const { functions, relay } = await bundlePrograms(target);
  const files = [...functions.files, ...relay.files];
  const written = await Promise.all(files.map((file) => replaceWhenChanged(file.path, file.contents)));
  await removeStaleChunks(
    join(target.folder, 'functions', 'chunks'),
    new Set(files.map((file) => file.path)),
  );
  return written.filter((path) => path !== undefined);
}

/**
 * Writes the sources that are made from other sources: the attribute table and the two JSON Schemas.
 *
 * @returns the files that were written, relative to the project; none when all are current.
 */
export async function generateSources(): Promise<string[]> {
  const [{ generateTable }, { bridgeJsonSchema }, { relayJsonSchema }] = await Promise.all([
    import('./functions/radius/dictionary/generate.ts'),
    import('./functions/config/schema.ts'),
    import('./edge-relay/config.ts'),
  ]);
  const written = await Promise.all([
    replaceWhenChanged(join(root, 'functions/radius/dictionary/table.ts'), Buffer.from(generateTable())),
    replaceSchema(join(root, 'docs/reference/bridge.schema.json'), bridgeJsonSchema()),
    replaceSchema(join(root, 'docs/reference/relay.schema.json'), relayJsonSchema()),
  ]);
  return written.filter((path) => path !== undefined);
}

async function replaceWhenChanged(path: string, contents: Uint8Array): Promise<string | undefined> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return undefined;
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, contents);
  await rename(beside, path);
  return relative(root, path);
}

/** Schemas are compared by meaning: their committed text is laid out by Biome, which takes a process to run. */
async function replaceSchema(path: string, schema: object): Promise<string | undefined> {
  const present = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (isDeepStrictEqual(present, JSON.parse(JSON.stringify(schema)))) return undefined;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(schema, null, 2)}\n`);
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  await promisify(execFile)(process.execPath, [biome, 'format', '--write', path], { cwd: root });
  return relative(root, path);
}

/** A running bridge may still load the chunks of the build before this one, so only old ones go. */
async function removeStaleChunks(folder: string, current: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const path of names.map((name) => join(folder, name))) {
    if (current.has(path)) continue;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > dayInMilliseconds) await rm(path, { force: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { verbose: { type: 'boolean', default: false } } });
  const started = performance.now();
  const generated = await generateSources();
  const written = await buildPrograms({ folder: join(root, 'dist'), minify: false });
  if (values.verbose) {
    for (const path of [...generated, ...written]) console.log(path);
    console.log(`built in ${Math.round(performance.now() - started)} ms`);
  }
}
