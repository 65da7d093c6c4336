import { spawn } from 'node:child_process';

/**
 * Runs a program that knows nothing of us, and ends it when its own standard input ends: `keeper.ts COMMAND ARG...`.
 * Tells the process id by a message; all that the program prints goes to standard error.
 */
const [command = '', ...args] = process.argv.slice(2);
const forcedAfter = 2_000;

const child = spawn(command, args, { stdio: ['ignore', process.stderr, process.stderr] });
child.once('spawn', () => process.send?.({ type: 'started', pid: child.pid }));
child.once('error', ({ message }) => {
  console.error(message);
  process.exit(1);
});
child.once('close', (code) => process.exit(code ?? 1));

function end(): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), forcedAfter);
}

process.stdin.resume();
process.stdin.once('close', end);
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
