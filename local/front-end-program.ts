import type { FromFrontEnd, ToFrontEnd } from './front-end/messages.ts';
import type { Program, ProgramLine } from './programs.ts';
import { startProgram, whenReady } from './programs.ts';
import type { LocalTls } from './tls.ts';

/** The address that Azure gives an app, in a process of its own. */
export interface FrontEndProgram {
  readonly program: Program<ToFrontEnd, FromFrontEnd>;
  readonly port: number;
  /** The loopback ports of the app's instances from now on; in effect when it resolves. */
  setInstances(ports: readonly number[]): Promise<void>;
}

const startPatience = 20_000;

/** Starts the front end on a free port, without instances: until it has some, calls meet a 503 page. */
export async function startFrontEndProgram(x: {
  tls: LocalTls;
  env: NodeJS.ProcessEnv;
  started(program: Program<ToFrontEnd, FromFrontEnd>): void;
  read(line: ProgramLine): void;
}): Promise<FrontEndProgram> {
  const program = startProgram<ToFrontEnd, FromFrontEnd>({
    name: 'front end',
    file: new URL('./front-end/main.ts', import.meta.url),
    env: x.env,
    stopMessage: { type: 'stop' },
  });
  x.started(program);
  program.read(x.read);
  program.send({ type: 'start', key: x.tls.key, cert: x.tls.cert, port: 0 });
  const port = await whenReady(program, startPatience, ({ message }) =>
    message?.type === 'ready' ? message.port : undefined,
  );
  const waiting: Array<() => void> = [];
  program.hear((message) => message.type === 'instances' && waiting.shift()?.());
  return {
    program,
    port,
    setInstances(ports) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      program.send({ type: 'instances', ports });
      return promise;
    },
  };
}
