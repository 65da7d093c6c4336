import { readFile } from 'node:fs/promises';

/** Why a figure of a process is missing. */
export const NOT_ON_THIS_SYSTEM = 'not on this system';

/** Ticks in a second as Linux shows them to programs on every architecture (USER_HZ). */
const TICKS = 100;

/** CPU seconds that a process has used with all of its threads; undefined where there is no /proc. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readProc(pid, 'stat');
  // The name in parentheses may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory of a process in MB of a million octets; undefined where there is no /proc. */
export async function residentMegabytes(pid: number): Promise<number | undefined> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec((await readProc(pid, 'status')) ?? '')?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1_024) / 1e6;
}

/** How many files and sockets a process may have open; undefined where there is no /proc. */
export async function descriptorLimit(pid: number): Promise<number | undefined> {
  const limit = /^Max open files\s+(\d+)/m.exec((await readProc(pid, 'limits')) ?? '')?.[1];
  return limit === undefined ? undefined : Number(limit);
}

function readProc(pid: number, file: string): Promise<string | undefined> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => undefined);
}
