import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Counts } from '../../../edge-relay/counters.ts';
import { builtPrograms } from '../../../local/built.ts';
import { plainEnvironment } from '../../../local/environment.ts';
import { startProgram, whenReady } from '../../../local/programs.ts';
import type { Cores } from '../machine/cores.ts';
import type { Programs } from '../machine/programs.ts';
import type { BenchRun } from '../part.ts';
import type { NullBackend } from './backend/start.ts';
import type { Server } from './server.ts';

/** The relay as it is deployed, on one core. */
export interface RelayUnderTest extends Server {
  /** What it has counted. Rejects where it cannot be asked (Windows). */
  counts(): Promise<Counts>;
}

const startPatience = 20_000;
const countPatience = 5_000;

/**
 * Starts `dist/edge-relay.mjs`, which signs by the backend's key. One client, 127.0.0.1, that no rate holds back.
 *
 * @param x.patience of its client, in whole seconds
 * @param x.limits of its table; the relay's own defaults where none are given
 * @throws StartRefused `not-built`
 */
export async function startRelayUnderTest(x: {
  run: Pick<BenchRun, 'directory'>;
  programs: Programs;
  cores: Cores;
  name: string;
  backend: NullBackend;
  protocol: 'HTTP/2' | 'HTTP/1.1';
  secret: string;
  patience: number;
  limits?: { readonly pending: number; readonly remembered: number };
}): Promise<RelayUnderTest> {
  const { relay } = await builtPrograms(undefined);
  const base = join(x.run.directory, x.name.replaceAll(/\W+/g, '-'));
  const { http2Url, http1Url, keyId, keyFile, caFile } = x.backend;
  const file = `${base}.json`;
  const document = {
    url: x.protocol === 'HTTP/2' ? http2Url : http1Url,
    keyId,
    keyFile,
    ca: caFile,
    listen: [{ address: '127.0.0.1', port: 0, serves: 'auth' }],
    clients: [
      {
        network: '127.0.0.1',
        rate: { perSecond: 1_000_000, burst: 1_000_000 },
        patience: x.patience,
      },
    ],
    limits: { ...x.limits, drain: 0 },
  };
  await writeFile(file, JSON.stringify(document, undefined, 2));
  const program = startProgram<never, never>({
    name: x.name,
    file: relay,
    args: ['run', '--config', file, '--stop-on-stdin-end'],
    env: plainEnvironment(process.env),
  });
  x.programs.own(program);
  const waiting: Array<(counts: Counts) => void> = [];
  program.read(({ stream, text }) => {
    const said = stream === 'stderr' ? parse(text) : undefined;
    if (said?.['event'] === 'counters') waiting.shift()?.(said as unknown as Counts);
  });
  const port = await whenReady(program, startPatience, ({ line = '' }) => {
    const sockets = parse(line)?.['sockets'];
    return Array.isArray(sockets) ? Number(sockets[0]?.port) : undefined;
  });
  await x.cores.pin(program.pid, 'tested');
  return {
    name: x.name,
    port,
    secret: x.secret,
    pid: program.pid,
    beside: [],
    expects: 'reply',
    counts() {
      const { promise, resolve, reject } = Promise.withResolvers<Counts>();
      const late = setTimeout(() => reject(new Error(`${x.name} tells no counters`)), countPatience);
      waiting.push(resolve);
      program.signal('SIGUSR2');
      return promise.finally(() => clearTimeout(late));
    },
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
