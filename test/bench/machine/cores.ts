import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Which processor does what, so that one number of requests a second is that of one core. */
export interface Cores {
  /** The one for the program that is measured; undefined where nothing is kept in place. */
  readonly tested: number | undefined;
  /** Keeps a program with all of its threads on the measured core, or away from it. */
  pin(pid: number, where: 'tested' | 'others'): Promise<void>;
  /** What has to be said under a table. */
  readonly remarks: readonly string[];
}

/**
 * The first processor that this process may use is the measured one. This process goes away from it, and so does whatever
 * it starts from now on, unless it is put there: to be called once.
 */
export async function findCores(): Promise<Cores> {
  const [tested, ...others] = await allowed();
  const free = (why: string): Cores => ({
    tested: undefined,
    pin: async () => undefined,
    remarks: [`Nothing was kept on one core: ${why}. Requests a second are those of the whole machine.`],
  });
  if (tested === undefined || others.length === 0) return free('this machine shows no second one');
  const found = await run('taskset', ['--version']).catch(() => undefined);
  if (found === undefined) return free('taskset is not installed (Debian: apt-get install util-linux)');
  async function pin(pid: number, where: 'tested' | 'others'): Promise<void> {
    const list = where === 'tested' ? String(tested) : others.join(',');
    const put = () => run('taskset', ['--all-tasks', '--cpu-list', '--pid', list, String(pid)]);
    // It fails where a thread ends between being listed and being put in place.
    await put().catch(put).catch(put);
  }
  await pin(process.pid, 'others');
  return { tested, pin, remarks: [] };
}

async function allowed(): Promise<number[]> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1];
  return (list?.split(',') ?? []).flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}
