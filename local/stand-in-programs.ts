import type { Program, ProgramLine } from './programs.ts';
import { startProgram, whenReady } from './programs.ts';
import type { FromStandIns, ToStandIns } from './stand-ins/messages.ts';
import type { Script } from './stand-ins/script.ts';
import type { StandInAddresses, StandInCounts, StandInName } from './stand-ins/stand-ins.ts';
import type { LocalTls } from './tls.ts';

/** The stand-ins of Azure's services, in a process of their own. */
export interface StandInProgram extends StandInAddresses {
  readonly program: Program<ToStandIns, FromStandIns>;
  counts(): Promise<StandInCounts>;
  /** Tells one how to behave; in effect when it resolves. */
  script(name: StandInName, script: Script): Promise<void>;
}

const startPatience = 20_000;

/** Starts the stand-ins with the secrets that they serve. */
export async function startStandInProgram(x: {
  tls: LocalTls;
  secrets: Readonly<Record<string, string>>;
  env: NodeJS.ProcessEnv;
  started(program: Program<ToStandIns, FromStandIns>): void;
  read(line: ProgramLine): void;
}): Promise<StandInProgram> {
  const program = startProgram<ToStandIns, FromStandIns>({
    name: 'stand-ins',
    file: new URL('./stand-ins/main.ts', import.meta.url),
    env: x.env,
    stopMessage: { type: 'stop' },
  });
  x.started(program);
  program.read(x.read);
  program.send({ type: 'start', options: { tls: x.tls, secrets: x.secrets } });
  const ready = await whenReady(program, startPatience, ({ message }) =>
    message?.type === 'ready' ? message : undefined,
  );

  // Each message is answered once and in order.
  const waiting: Array<(message: FromStandIns) => void> = [];
  program.hear((message) => waiting.shift()?.(message));
  async function ask(message: ToStandIns): Promise<FromStandIns> {
    const { promise, resolve } = Promise.withResolvers<FromStandIns>();
    waiting.push(resolve);
    program.send(message);
    const answer = await promise;
    if (answer.type === 'failed') throw new Error(answer.message);
    return answer;
  }

  return {
    vaultUrl: ready.vaultUrl,
    identityEndpoint: ready.identityEndpoint,
    identityHeader: ready.identityHeader,
    program,
    async counts() {
      const answer = await ask({ type: 'count' });
      if (answer.type !== 'counts') throw new Error('The stand-ins did not answer with counts.');
      return answer.counts;
    },
    async script(name, script) {
      await ask({ type: 'script', name, script });
    },
  };
}
