import {
  type Store,
  StoreUnreachable,
  type Table,
  type TableOptions,
} from '../../../functions/store/port.ts';

/** A store that can be told to be unreachable, or to do a write and lose its answer. */
export interface Breakable {
  readonly store: Store;
  /** Every operation fails, nothing is done. `detail`: what the faults tell. */
  break(detail?: string): void;
  /** Every operation waits, and then fails; nothing is done. */
  hang(wait: () => Promise<unknown>): void;
  /** Every operation is done, and answered only after a wait. */
  delay(wait: () => Promise<unknown>): void;
  mend(): void;
  /** The next write is done, then fails as if unreachable. */
  loseNextAnswer(): void;
  /** Operations tried so far. */
  tried(): number;
}

export function breakable(inner: Store): Breakable {
  let broken: string | undefined;
  let hanging: (() => Promise<unknown>) | undefined;
  let delayed: (() => Promise<unknown>) | undefined;
  let losing = false;
  let tried = 0;

  async function pass<R>(write: boolean, operate: () => Promise<R>): Promise<R> {
    tried += 1;
    if (hanging !== undefined) {
      await hanging();
      throw new StoreUnreachable('timeout');
    }
    if (broken !== undefined) throw new StoreUnreachable(broken);
    const result = await operate();
    await delayed?.();
    if (write && losing) {
      losing = false;
      throw new StoreUnreachable();
    }
    return result;
  }

  return {
    store: {
      table<T>(name: string, options?: TableOptions): Table<T> {
        const rows = inner.table<T>(name, options);
        return {
          insert: (...x) => pass(true, () => rows.insert(...x)),
          read: (...x) => pass(false, () => rows.read(...x)),
          replace: (...x) => pass(true, () => rows.replace(...x)),
          remove: (...x) => pass(true, () => rows.remove(...x)),
          async *list(partition) {
            yield* await pass(false, async () => rows.list(partition));
          },
        };
      },
      sweep: (...x) => pass(true, () => inner.sweep(...x)),
    },
    break: (detail = '') => {
      broken = detail;
    },
    hang: (wait) => {
      hanging = wait;
    },
    delay: (wait) => {
      delayed = wait;
    },
    mend: () => {
      hanging = undefined;
      delayed = undefined;
      broken = undefined;
    },
    loseNextAnswer: () => {
      losing = true;
    },
    tried: () => tried,
  };
}
