import type { KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from '../relay-call/source.ts';
import type { LocalConfiguration } from './configuration.ts';
import type { Program, ProgramLine } from './programs.ts';
import { startProgram, whenReady } from './programs.ts';

/** The edge relay of a local bridge: the same program that is installed on a gateway. */
export interface LocalRelay {
  readonly program: Program<never, never>;
  readonly sockets: ReadonlyArray<Endpoint & { readonly serves: 'auth' | 'acct' }>;
  /** What it has counted; where it cannot be asked (Windows), what it told last. */
  counts(): Promise<unknown>;
}

const startPatience = 20_000;
const countPatience = 1_000;
/** Seconds; a bridge on one machine should end as soon as it is told to. */
const drain = 2;

/** Writes relay.json and the key into the run directory and starts the relay with them. */
export async function startRelay(x: {
  file: URL;
  env: NodeJS.ProcessEnv;
  runDirectory: string;
  url: string;
  caFile: string;
  privateKey: KeyObject;
  configuration: LocalConfiguration;
  addresses: readonly string[];
  ports: { readonly auth: number; readonly acct: number };
  /** Told of the program as soon as it runs, so that it can be ended whatever happens next. */
  started(program: Program<never, never>): void;
  read(line: ProgramLine): void;
}): Promise<LocalRelay> {
  const keyFile = join(x.runDirectory, 'relay.key.pem');
  await writeFile(keyFile, x.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const document = {
    url: x.url,
    keyId: x.configuration.relay.keyId,
    keyFile,
    ca: x.caFile,
    listen: x.addresses.flatMap((address) => [
      { address, port: x.ports.auth, serves: 'auth' },
      { address, port: x.ports.acct, serves: 'acct' },
    ]),
    clients: x.configuration.admitted,
    limits: { drain },
  };
  const file = join(x.runDirectory, 'relay.json');
  await writeFile(file, JSON.stringify(document, null, 2));
  const program = startProgram<never, never>({
    name: 'relay',
    file: x.file,
    args: ['run', '--config', file, '--stop-on-stdin-end'],
    env: x.env,
  });
  x.started(program);

  let counted: unknown = {};
  const waiting = new Set<() => void>();
  program.read((line) => {
    const said = parse(line.text);
    if (said?.['event'] === 'counters') {
      counted = said;
      for (const tell of waiting) tell();
    } else if (said?.['event'] !== 'listening') x.read(line);
  });
  const sockets = await whenReady(program, startPatience, ({ line }) => {
    const said = line === undefined ? undefined : parse(line);
    return said?.['event'] === 'listening' ? (said['sockets'] as LocalRelay['sockets']) : undefined;
  });
  return {
    program,
    sockets,
    async counts() {
      if (process.platform === 'win32') return counted;
      await new Promise<void>((resolve) => {
        const tell = () => {
          clearTimeout(timer);
          waiting.delete(tell);
          resolve();
        };
        const timer = setTimeout(tell, countPatience);
        waiting.add(tell);
        program.signal('SIGUSR2');
      });
      return counted;
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
