import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { bundlePrograms } from '../../../build.ts';
import { packageContents } from '../../../package/contents.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The files of an app by their paths, as they would be deployed. */
export type AppFiles = ReadonlyMap<string, Uint8Array>;

/** What `npm run package` makes. */
export async function bundled(): Promise<AppFiles> {
  return (await packageContents()).functions;
}

/**
 * The same app as `tsc` would leave it: a file for each source, and each dependency in its own files. A folder
 * `node_modules` has to be beside it.
 */
export async function unbundled(): Promise<AppFiles> {
  const files = new Map<string, Uint8Array>([['host.json', await readFile(join(root, 'host.json'))]]);
  const { functions } = await bundlePrograms({ folder: join(root, 'dist/package'), minify: true });
  const sources = Object.keys(functions.metafile.inputs).filter((path) => !path.startsWith('node_modules/'));
  for (const path of sources) {
    const text = await readFile(join(root, path), 'utf8');
    if (path === 'package.json') {
      files.set(path, Buffer.from(JSON.stringify({ ...JSON.parse(text), main: 'functions/index.js' })));
      continue;
    }
    const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'node24' });
    // As tsc rewrites them: rewriteRelativeImportExtensions.
    files.set(
      path.replace(/\.ts$/, '.js'),
      Buffer.from(code.replace(/(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2')),
    );
  }
  return files;
}

/** Puts an app into a folder that no process has seen. */
export async function deploy(app: AppFiles, folder: string, withModules: boolean): Promise<void> {
  for (const [path, contents] of app) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
  }
  if (withModules)
    await symlink(relative(folder, join(root, 'node_modules')), join(folder, 'node_modules'), 'dir');
}
