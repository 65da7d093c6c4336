import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { PackageContents } from './contents.ts';
import { PackageRefused } from './contents.ts';

/** What is written beside the folder `functions`: which part of the contents, and its name. */
export const PACKAGE_FILES = [
  ['zip', 'radius-bridge-functions.zip'],
  ['relay', 'edge-relay.mjs'],
  ['thirdParty', 'THIRD-PARTY.txt'],
] as const satisfies ReadonlyArray<readonly [keyof PackageContents, string]>;

const packaged = /^(host\.json|package\.json|functions(\/index\.js|\/chunks(\/[^/]+\.js)?)?)$/;

/**
 * Makes sure that a package may be put into a folder, which need not be there. Its folder `functions` is replaced as a
 * whole, so it must be one of ours: sources lie in a folder of this name.
 *
 * @throws PackageRefused `folder-foreign`, or `folder-unwritable` when the folder cannot even be read
 */
export async function refuseForeignFolder(folder: string): Promise<void> {
  const functions = join(folder, 'functions');
  const names = await readdir(functions, { recursive: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new PackageRefused('folder-foreign', `${functions}: ENOTDIR`);
    throw unwritable(folder, error);
  });
  const foreign = names.map((name) => name.split(sep).join('/')).find((name) => !packaged.test(name));
  if (foreign !== undefined) throw new PackageRefused('folder-foreign', `${functions} has ${foreign}.`);
  for (const place of PACKAGE_FILES.map(([, name]) => join(folder, name))) {
    const found = await lstat(place).catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw unwritable(folder, error);
    });
    if (found?.isDirectory()) throw new PackageRefused('folder-foreign', `${place} is a folder.`);
  }
}

/**
 * Writes a package. Each of its parts is made beside its place and put there in one step.
 *
 * @throws PackageRefused `folder-unwritable`; parts may have been replaced by then
 */
export async function writePackage(folder: string, contents: PackageContents): Promise<void> {
  const beside = join(folder, `.package-${process.pid}`);
  const files: ReadonlyArray<readonly [string, Uint8Array]> = [
    ...[...contents.functions].map(([path, data]) => [join('functions', path), data] as const),
    ...PACKAGE_FILES.map(([part, name]) => [name, contents[part]] as const),
  ];
  try {
    for (const [path, data] of files) {
      await mkdir(dirname(join(beside, path)), { recursive: true });
      await writeFile(join(beside, path), data);
    }
    await rm(join(folder, 'functions'), { recursive: true, force: true });
    for (const name of ['functions', ...PACKAGE_FILES.map(([, name]) => name)]) {
      await rename(join(beside, name), join(folder, name));
    }
  } catch (error) {
    throw unwritable(folder, error);
  } finally {
    // What is left behind is no reason to call a package that stands there unmade, nor to hide why there is none.
    await rm(beside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Names the place that the user knows: the files beside it are gone when this is read. */
function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall, dest = folder }: NodeJS.ErrnoException & { dest?: string } = error;
  return syscall === undefined ? error : new PackageRefused('folder-unwritable', `${dest}: ${code}`);
}
