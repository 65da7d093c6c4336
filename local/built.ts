import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StartRefused } from './faults.ts';

/** The programs of a bridge, and what the functions host reads of the app. */
export interface BuiltPrograms {
  readonly relay: URL;
  /** What must be there besides. */
  readonly functions: string;
  readonly packageFile: string;
  readonly hostFile: string;
}

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * What `npm run build` makes of this project, or what `npm run package` has made in a folder.
 *
 * @throws StartRefused `not-built` where it is not there
 */
export async function builtPrograms(packageFolder: string | undefined): Promise<BuiltPrograms> {
  const programs = packageFolder === undefined ? built : packaged(resolve(packageFolder));
  const command = packageFolder === undefined ? 'npm run build' : 'npm run package';
  for (const file of [fileURLToPath(programs.relay), programs.functions, programs.hostFile]) {
    await access(file).catch(() => {
      throw new StartRefused('not-built', `Run ${command} first: ${file} is missing.`);
    });
  }
  return programs;
}

const built: BuiltPrograms = {
  relay: pathToFileURL(join(root, 'dist/edge-relay.mjs')),
  functions: join(root, 'dist/functions/index.js'),
  packageFile: join(root, 'package.json'),
  hostFile: join(root, 'host.json'),
};

function packaged(folder: string): BuiltPrograms {
  return {
    relay: pathToFileURL(join(folder, 'edge-relay.mjs')),
    functions: join(folder, 'functions/functions/index.js'),
    packageFile: join(folder, 'functions/package.json'),
    hostFile: join(folder, 'functions/host.json'),
  };
}
