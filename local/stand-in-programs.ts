import type { Program, ProgramLine } from './programs.ts';
import { startProgram, whenReady } from './programs.ts';
import type { Item } from './stand-ins/ingestion.ts';
import type { FromStandIns, ToStandIns } from './stand-ins/messages.ts';
import type { PhoneAction, PhoneMode, PhoneState } from './stand-ins/phone.ts';
import type { Script } from './stand-ins/script.ts';
import type { StandInAddresses, StandInCounts, StandInName, StandInOptions } from './stand-ins/stand-ins.ts';
import type { LocalTls } from './tls.ts';

/** The stand-ins of Azure's services, in a process of their own. */
export interface StandInProgram extends StandInAddresses {
  readonly program: Program<ToStandIns, FromStandIns>;
  counts(): Promise<StandInCounts>;
  /** How often each person's phone has rung so far, by UPN. */
  prompts(): Promise<Readonly<Record<string, number>>>;
  /** The phones of all people, as `Phone` has it. */
  readonly phone: {
    state(): Promise<PhoneState>;
    answer(id: string, action: PhoneAction): Promise<boolean>;
    set(mode: PhoneMode, ringFor?: number): Promise<void>;
  };
  /** What Application Insights' stand-in got last, the oldest first. */
  telemetry(): Promise<readonly Item[]>;
  /** Writes a new version of a blob, in UTF-8; without a text it is deleted, its versions stay. */
  setBlob(container: string, name: string, text: string | undefined): Promise<void>;
  /** Tells one how to behave; in effect when it resolves. */
  script(name: StandInName, script: Script): Promise<void>;
}

const startPatience = 20_000;

/** Starts the stand-ins with what they serve. */
export async function startStandInProgram(
  x: Omit<StandInOptions, 'tls'> & {
    readonly tls: LocalTls;
    readonly env: NodeJS.ProcessEnv;
    started(program: Program<ToStandIns, FromStandIns>): void;
    read(line: ProgramLine): void;
  },
): Promise<StandInProgram> {
  const { tls, env, started, read, ...options } = x;
  const program = startProgram<ToStandIns, FromStandIns>({
    name: 'stand-ins',
    file: new URL('./stand-ins/main.ts', import.meta.url),
    env,
    stopMessage: { type: 'stop' },
  });
  started(program);
  program.read(read);
  program.send({ type: 'start', options: { ...options, tls } });
  const ready = await whenReady(program, startPatience, ({ message }) =>
    message?.type === 'ready' ? message : undefined,
  );

  // Each message is answered once and in order.
  const waiting: Array<(message: FromStandIns) => void> = [];
  program.hear((message) => waiting.shift()?.(message));
  function send(message: ToStandIns): Promise<FromStandIns> {
    const { promise, resolve } = Promise.withResolvers<FromStandIns>();
    waiting.push(resolve);
    program.send(message);
    return promise;
  }
  async function ask(message: ToStandIns): Promise<FromStandIns> {
    const answer = await send(message);
    if (answer.type === 'failed') throw new Error(answer.message);
    return answer;
  }

  async function count(): Promise<Extract<FromStandIns, { type: 'counts' }>> {
    const answer = await ask({ type: 'count' });
    if (answer.type !== 'counts') throw new Error('The stand-ins did not answer with counts.');
    return answer;
  }

  const { type: _, ...addresses } = ready;
  return {
    ...addresses,
    program,
    counts: async () => (await count()).counts,
    prompts: async () => (await count()).prompts,
    phone: {
      async state() {
        const answer = await ask({ type: 'phone' });
        if (answer.type !== 'phone') throw new Error('The stand-ins did not answer with a phone.');
        return answer.state;
      },
      answer: async (id, action) => (await send({ type: 'phone-answer', id, action })).type === 'done',
      async set(mode, ringFor) {
        await ask({ type: 'phone-mode', mode, ...(ringFor !== undefined && { ringFor }) });
      },
    },
    async telemetry() {
      const answer = await ask({ type: 'telemetry' });
      if (answer.type !== 'telemetry') throw new Error('The stand-ins did not answer with telemetry.');
      return answer.items;
    },
    async setBlob(container, name, text) {
      await ask({ type: 'blob', container, name, ...(text !== undefined && { text }) });
    },
    async script(name, script) {
      await ask({ type: 'script', name, script });
    },
  };
}
