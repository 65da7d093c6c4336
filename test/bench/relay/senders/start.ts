import { plainEnvironment } from '../../../../local/environment.ts';
import { startProgram, whenReady } from '../../../../local/programs.ts';
import type { Programs } from '../../machine/programs.ts';
import type { Again, FromSenders, Load, Outcome, ToSenders } from './messages.ts';

/** RADIUS clients, in a process of their own. One load at a time. */
export interface Senders {
  readonly pid: number;
  /** Resolves when every request is answered or given up. */
  send(load: Load): Promise<Outcome>;
  /** The packets of the last load again. */
  again(again: Again): Promise<Outcome>;
}

const patience = 20_000;

export async function startSenders(programs: Programs): Promise<Senders> {
  const program = startProgram<ToSenders, FromSenders>({
    name: 'senders',
    file: new URL('./program.ts', import.meta.url),
    env: plainEnvironment(process.env),
    stopMessage: { type: 'stop' },
  });
  programs.own(program);
  await whenReady(program, patience, ({ message }) => message?.type === 'ready' || undefined);
  const listeners = new Set<(message: FromSenders) => void>();
  program.hear((message) => {
    for (const listener of listeners) listener(message);
  });

  /** The next message that `find` finds. */
  function next<T>(find: (message: FromSenders) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (message: FromSenders) => {
        const found = find(message);
        if (found === undefined && message.type !== 'failed') return;
        listeners.delete(listener);
        if (found !== undefined) resolve(found);
        else reject(new Error(message.type === 'failed' ? message.message : message.type));
      };
      listeners.add(listener);
    });
  }

  const outcomeOf = (of: ToSenders['type']) =>
    next((message) => (message.type === 'outcome' && message.of === of ? message : undefined));

  return {
    pid: program.pid,
    send(load) {
      const outcome = outcomeOf('load');
      // Whoever has to wait for something else first looks after it later.
      outcome.catch(() => undefined);
      program.send({ type: 'load', ...load });
      return outcome;
    },
    again(again) {
      const outcome = outcomeOf('again');
      program.send({ type: 'again', ...again });
      return outcome;
    },
  };
}
