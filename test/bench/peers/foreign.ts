import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { plainEnvironment } from '../../../local/environment.ts';
import { startProgram, whenReady } from '../../../local/programs.ts';
import type { Programs } from '../machine/programs.ts';
import { freeUdpPort, isAccepted } from './probe.ts';

/** A program that is none of ours and serves RADIUS. */
export interface Foreign {
  readonly pid: number;
  readonly port: number;
}

const startPatience = 15_000;
const stopPatience = 4_000;
const betweenProbes = 50;

/** Debian puts servers where the search path of ordinary users does not lead. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin'];

/** The path of a program, or undefined where it is not installed. */
export async function installed(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders]) {
    const file = join(folder, program);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && found) return file;
  }
  return undefined;
}

/**
 * Starts it under a keeper, which ends it when this process ends, however it ends. Resolves when it has accepted a
 * request. From the first moment it ends with `programs`; once it has accepted a request, they end with it.
 *
 * @param x.command told the port to listen on; gives the program and its arguments
 * @param x.pinned the core that it shall stay on; needs `taskset`
 * @throws Error with what it said, when it ends first or does not accept a request in 15 s
 */
export async function startForeign(x: {
  programs: Programs;
  name: string;
  command: (port: number) => Promise<readonly [string, ...string[]]>;
  pinned: number | undefined;
  secret: string;
}): Promise<Foreign> {
  const port = await freeUdpPort();
  const pin = x.pinned === undefined ? [] : ['taskset', '-c', String(x.pinned)];
  const keeper = startProgram<never, { readonly type: 'started'; readonly pid: number }>({
    name: x.name,
    file: new URL('./keeper.ts', import.meta.url),
    args: [...pin, ...(await x.command(port))],
    env: plainEnvironment(process.env),
  });
  const stop = () => keeper.stop(stopPatience);
  // Not owned yet: whoever asks for it may do without one that does not start.
  x.programs.defer(stop);
  let ended: string | undefined;
  void keeper.ended.then((how) => {
    ended = how;
  });
  try {
    const pid = await whenReady(keeper, startPatience, ({ message }) => message?.pid);
    const latest = performance.now() + startPatience;
    while (!(await isAccepted({ port, secret: x.secret }))) {
      if (ended !== undefined) throw new Error(`${x.name}: ${ended}\n${keeper.complaint()}`);
      if (performance.now() > latest) {
        throw new Error(
          `${x.name} accepts no request after ${startPatience / 1000} s\n${keeper.complaint()}`,
        );
      }
      await setTimeout(betweenProbes);
    }
    x.programs.own(keeper);
    return { pid, port };
  } catch (error) {
    await stop();
    throw error;
  }
}
