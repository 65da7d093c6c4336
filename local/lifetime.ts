import { StartRefused } from './faults.ts';
import type { Program } from './programs.ts';

/** What a bridge owns ends together, the last one first, when it is closed or when a program of it dies. */
export interface Lifetime {
  /** Ends a program with the rest, and the rest with it. */
  own(program: Pick<Program<never, never>, 'name' | 'stop' | 'ended' | 'complaint'>): void;
  /** Ends it with the rest; at once when the rest has ended. */
  defer(end: () => void | Promise<void>): void;
  /** A program ended that nobody had asked to. */
  died(name: string, how: string): void;
  /** Whether the end has begun. */
  readonly ending: boolean;
  /** Resolves when everything has ended: to undefined after `close`, else to why. */
  readonly ended: Promise<StartRefused | undefined>;
  close(): Promise<void>;
}

const stopPatience = 5_000;

/** @param complains whether nobody else has heard what a program complained of before it died */
export function lifetime(complains: boolean): Lifetime {
  const stack = new AsyncDisposableStack();
  const ended = Promise.withResolvers<StartRefused | undefined>();
  let closing: Promise<void> | undefined;

  function close(why?: StartRefused): Promise<void> {
    closing ??= stack.disposeAsync().finally(() => ended.resolve(why));
    return closing;
  }

  function died(name: string, how: string): void {
    void close(new StartRefused('program-ended', `${name}: ${how}`));
  }

  return {
    own(program) {
      // One that comes when another one's failure has already ended the bridge.
      if (stack.disposed) void program.stop(stopPatience);
      else stack.defer(() => program.stop(stopPatience));
      const complaint = () => (complains ? program.complaint() : '');
      void program.ended.then((how) => closing ?? died(program.name, `${how}\n${complaint()}`.trim()));
    },
    defer(end) {
      if (stack.disposed) void end();
      else stack.defer(end);
    },
    died,
    get ending() {
      return closing !== undefined;
    },
    ended: ended.promise,
    close: () => close(),
  };
}
