import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** What another program of this user needs to find a running bridge and to ask its console. */
export interface RunFile {
  /** The supervisor's process. */
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Where the console listens, `http://127.0.0.1:port`. */
  readonly console: string;
  /** Bearer token of the console. */
  readonly token: string;
  readonly runDirectory: string;
}

/** Names of run directories, so that only such are ever removed. */
export const runDirectoryPrefix = 'radius-bridge-run-';

/** The folder that holds this user's run files. */
export function runFolder(): string {
  return join(tmpdir(), `radius-bridge-${process.getuid?.() ?? userInfo().username}`);
}

/**
 * Writes the run file of a bridge, readable by this user alone.
 *
 * @returns its path
 * @throws Error when the folder is somebody else's: its owner could read the console's token
 */
export async function writeRunFile(file: RunFile, folder: string = runFolder()): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await isPrivate(folder))) throw new Error(`${folder} is not a folder of this user alone.`);
  const path = join(folder, `${file.pid}.json`);
  const beside = join(folder, `${randomUUID()}.new`);
  await writeFile(beside, JSON.stringify(file), { mode: 0o600 });
  await rename(beside, path);
  return path;
}

/** The bridges of this user whose supervisor is alive, the newest first. Files of dead ones are removed. */
export async function readRunFiles(folder: string = runFolder()): Promise<RunFile[]> {
  if (!(await isPrivate(folder))) return [];
  const names = await readdir(folder).catch(() => []);
  const found: RunFile[] = [];
  for (const name of names.filter((text) => /^\d+\.json$/.test(text))) {
    const path = join(folder, name);
    const file = readRunFile(await readFile(path, 'utf8').catch(() => ''));
    if (file && isAlive(file.pid)) found.push(file);
    else await removeRun(path, file?.runDirectory);
  }
  return found.sort((a, b) => b.started - a.started);
}

/** Removes a run file and, when it is one, the run directory that it names. */
export async function removeRun(path: string, runDirectory: string | undefined): Promise<void> {
  await rm(path, { force: true });
  if (
    runDirectory &&
    dirname(runDirectory) === tmpdir() &&
    basename(runDirectory).startsWith(runDirectoryPrefix)
  ) {
    await rm(runDirectory, { recursive: true, force: true });
  }
}

async function isPrivate(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isDirectory()) return false;
  // Windows has no owner and mode here; its folder for temporary files belongs to the user.
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
}

function readRunFile(text: string): RunFile | undefined {
  try {
    const { pid, started, console, token, runDirectory } = JSON.parse(text);
    const numbers = [pid, started].every((value) => Number.isSafeInteger(value));
    const texts = [console, token, runDirectory].every((value) => typeof value === 'string');
    return numbers && texts ? { pid, started, console, token, runDirectory } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
