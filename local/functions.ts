import type { LogLine } from './functions-host/invoke.ts';
import type { FromFunctionsHost, ToFunctionsHost } from './functions-host/messages.ts';
import type { Program } from './programs.ts';
import { startProgram, whenReady } from './programs.ts';

type Host = Program<ToFunctionsHost, FromFunctionsHost>;

/** The functions app: one or several hosts that run it, which can be stopped and started again. */
export interface Functions {
  /** Starts the hosts; calls reach them when it resolves. Does nothing when they run. */
  start(): Promise<void>;
  /** Ends the hosts as a crash would. */
  kill(): Promise<void>;
  /** Lets the hosts end in their own way. */
  stop(): Promise<void>;
  readonly pids: readonly number[];
  /** Where each host listens on loopback, by plain HTTP/1.1. */
  readonly ports: readonly number[];
}

const startPatience = 20_000;
const stopPatience = 2_000;

/**
 * Each host is an instance of its own to the app, as in Azure (WEBSITE_INSTANCE_ID); where there are several, the names
 * of their programs have a number.
 *
 * @param x.log told of each line of an invocation, and by which host
 * @param x.listening told on which loopback ports hosts listen from now on; not when they end in their own way
 * @param x.ended told with which host ended that nobody had asked to, and how
 */
export function functionsOf(x: {
  hosts: number;
  packageFile: string;
  hostFile: string;
  env: NodeJS.ProcessEnv;
  log(line: LogLine, host: string): void;
  read: Parameters<Host['read']>[0];
  listening(ports: readonly number[]): Promise<void>;
  ended(host: string, how: string): void;
}): Functions {
  let hosts: readonly Host[] = [];
  let ports: readonly number[] = [];
  const expected = new Set<Host>();

  function startHost(number: number): Host {
    const name = x.hosts === 1 ? 'functions host' : `functions host ${number}`;
    const host: Host = startProgram({
      name,
      file: new URL('./functions-host/main.ts', import.meta.url),
      env: { ...x.env, WEBSITE_INSTANCE_ID: `local-${number}` },
      stopMessage: { type: 'stop' },
    });
    host.hear((message) => message.type === 'log' && x.log(message.line, name));
    host.read(x.read);
    return host;
  }

  async function end(how: (host: Host) => Promise<void>): Promise<void> {
    const ending = hosts;
    hosts = [];
    ports = [];
    for (const host of ending) expected.add(host);
    await Promise.all(ending.map(how));
  }

  return {
    async start() {
      if (hosts.length > 0) return;
      const starting = Array.from({ length: x.hosts }, (_, index) => startHost(index + 1));
      hosts = starting;
      const { packageFile, hostFile } = x;
      for (const host of starting) host.send({ type: 'start', packageFile, hostFile });
      ports = await Promise.all(
        starting.map((host) =>
          whenReady(host, startPatience, ({ message }) =>
            message?.type === 'ready' ? message.port : undefined,
          ),
        ),
      );
      for (const host of starting) {
        void host.ended.then(
          (how) => expected.has(host) || x.ended(host.name, `${how}\n${host.complaint()}`.trim()),
        );
      }
      await x.listening(ports);
    },
    async kill() {
      await end((host) => host.kill());
      await x.listening([]);
    },
    stop: () => end((host) => host.stop(stopPatience)),
    get pids() {
      return hosts.map(({ pid }) => pid);
    },
    get ports() {
      return ports;
    },
  };
}
