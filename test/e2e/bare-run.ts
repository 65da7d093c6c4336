import { execFile } from 'node:child_process';

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with nothing of this process's environment that could help it or be told. */
export async function bareRun(
  cwd: string,
  file: string,
  args: readonly string[],
  node = process.execPath,
): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', TZ: 'Asia/Kathmandu' };
  return new Promise((resolve) => {
    execFile(node, [file, ...args], { cwd, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
  });
}
