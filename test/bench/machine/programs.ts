import { type Lifetime, lifetime } from '../../../local/lifetime.ts';
import type { BenchRun } from '../part.ts';

/** The programs of one measurement. */
export type Programs = Pick<Lifetime, 'own' | 'defer'>;

/**
 * Runs `work` with programs that end with it: when it is done, when it fails, when the run ends early, and when one
 * of them dies.
 *
 * @throws unknown the reason of the run's signal
 * @throws StartRefused `program-ended` when a program died
 */
export async function withPrograms<T>(
  { signal }: Pick<BenchRun, 'signal'>,
  work: (programs: Programs) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const life = lifetime(true);
  const over = Promise.withResolvers<never>();
  const abort = () => over.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  void life.ended.then((fault) => fault && over.reject(fault));
  try {
    return await Promise.race([work(life), over.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    await life.close();
  }
}
