import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StartRefused } from './faults.ts';

/** A line that a program wrote to its standard output or error. */
export interface ProgramLine {
  readonly program: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** A program that was started, spoken to by messages of type `In` and heard by messages of type `Out`. */
export interface Program<In, Out> {
  readonly name: string;
  readonly pid: number;
  send(message: In): void;
  /** Tells of each message. */
  hear(listener: (message: Out) => void): void;
  /** Tells of each line. */
  read(listener: (line: ProgramLine) => void): void;
  /** Resolves when the program has ended, with how: "exit code 1", "signal SIGKILL". */
  readonly ended: Promise<string>;
  /** The last lines of its standard error, for the one who has to tell what went wrong. */
  complaint(): string;
  /** Sends a signal, unless it has ended: its number may be another program's by then. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to end (by `stop`, then by closing its input), and ends it by force after `patience` milliseconds. */
  stop(patience: number): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

const keptLines = 20;

/**
 * Starts a Node program with a message channel and a standard input. Both close when this process ends, however it
 * ends, and every program of ours ends with one of them: no orphan is left behind.
 */
export function startProgram<In, Out>(x: {
  name: string;
  file: URL;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The message that asks it to end, when it understands one. */
  stopMessage?: In & object;
}): Program<In, Out> {
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(x.file), ...(x.args ?? [])], {
    env: x.env,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
    // Out of the terminal's group: Ctrl-C reaches the supervisor, which ends the programs in order.
    detached: process.platform !== 'win32',
  });
  const complaints: string[] = [];
  const readers: Array<(line: ProgramLine) => void> = [];
  const hearers: Array<(message: Out) => void> = [];
  let over = false;

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  }).finally(() => {
    over = true;
  });
  child.stdin?.on('error', () => undefined);
  child.on('message', (message) => {
    for (const listener of hearers) listener(message as Out);
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    const input = child[stream];
    if (!input) continue;
    createInterface({ input }).on('line', (text) => {
      if (stream === 'stderr') complaints.splice(0, Math.max(0, complaints.push(text) - keptLines));
      for (const listener of readers) listener({ program: x.name, stream, text });
    });
  }

  async function within(patience: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), patience);
    });
    return Promise.race([ended.then(() => true), late]).finally(() => clearTimeout(timer));
  }

  return {
    name: x.name,
    pid: child.pid ?? 0,
    send(message) {
      // A program that has just ended is told of by `ended`.
      if (child.connected) child.send(message as object, () => undefined);
    },
    hear: (listener) => void hearers.push(listener),
    read: (listener) => void readers.push(listener),
    ended,
    complaint: () => complaints.join('\n'),
    signal: (name) => void child.kill(name),
    async stop(patience) {
      if (over) return;
      if (x.stopMessage && child.connected) child.send(x.stopMessage, () => undefined);
      child.stdin?.end();
      if (!(await within(patience))) child.kill('SIGKILL');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Waits for what a program says when it is ready.
 *
 * @param find hands each message and each line of standard output to `ready` or `failed` as it sees fit
 * @throws StartRefused `program-failed` when the program ends first, says that it failed, or takes longer than
 *   `patience` milliseconds
 */
export async function whenReady<In, Out, T>(
  program: Program<In, Out>,
  patience: number,
  find: (said: { message?: Out; line?: string }) => T | undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const refuse = (detail: string) => reject(new StartRefused('program-failed', `${program.name}: ${detail}`));
  const timer = setTimeout(() => refuse(`not ready after ${patience / 1000} s`), patience);
  const look = (said: { message?: Out; line?: string }) => {
    const found = find(said);
    if (found !== undefined) resolve(found);
    const failure = said.message as { type?: unknown; message?: unknown } | undefined;
    if (failure?.type === 'failed') refuse(String(failure.message));
  };
  program.hear((message) => look({ message }));
  program.read(({ stream, text }) => stream === 'stdout' && look({ line: text }));
  void program.ended.then((how) => refuse(`${how}\n${program.complaint()}`.trim()));
  return promise.finally(() => clearTimeout(timer));
}
