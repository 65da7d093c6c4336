import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { STEPS, type Step, stepOf } from './steps.ts';

/** Shares of the time, 0 to 1, that come to 1 together. */
export type Shares = Readonly<Record<Step | 'garbage' | 'libraries', number>>;

const ROOT = new URL('../../../', import.meta.url).href;
/** µs between two samples. */
const INTERVAL = 100;

/** A profile of this thread while something runs. */
export async function profiled(run: () => Promise<void>): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
    await run();
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}

type Owner = keyof Shares | 'nobody';

/**
 * Gives each sample to the step of the innermost frame that is in one of the app's files: a hash that the codec asks
 * Node for is the codec's. Waiting, and what the measuring itself takes, count for nobody.
 *
 * @param root the URL of the project's folder, with a slash at its end
 * @throws Error when the profiles hold no time
 */
export function sharesOf(profiles: readonly Profiler.Profile[], root: string = ROOT): Shares {
  const times = new Map<Owner, number>();
  for (const profile of profiles) {
    const owners = ownersOf(profile, root);
    for (const [index, id] of (profile.samples ?? []).entries()) {
      // What passed until the next sample was taken was spent in this one's frame.
      const owner = owners.get(id) ?? 'libraries';
      times.set(owner, (times.get(owner) ?? 0) + (profile.timeDeltas?.[index + 1] ?? 0));
    }
  }
  const counted = [...Object.keys(STEPS), 'garbage', 'libraries'] as (keyof Shares)[];
  const total = counted.reduce((sum, owner) => sum + (times.get(owner) ?? 0), 0);
  if (total === 0) throw new Error('The profiles hold no time.');
  return Object.fromEntries(counted.map((owner) => [owner, (times.get(owner) ?? 0) / total])) as Shares;
}

/** Whose time each node's is. V8 lists parents before their children. */
function ownersOf({ nodes }: Profiler.Profile, root: string): ReadonlyMap<number, Owner> {
  const owners = new Map<number, Owner>();
  for (const node of nodes) {
    const inherited = owners.get(node.id) ?? 'libraries';
    const owner = ownerOf(node.callFrame, root) ?? inherited;
    owners.set(node.id, owner);
    for (const child of node.children ?? []) owners.set(child, owner);
  }
  return owners;
}

function ownerOf({ functionName, url }: Profiler.ProfileNode['callFrame'], root: string): Owner | undefined {
  if (functionName === '(garbage collector)') return 'garbage';
  if (functionName === '(idle)') return 'nobody';
  if (!url.startsWith(root)) return undefined;
  const path = url.slice(root.length);
  if (path.startsWith('test/')) return 'nobody';
  const step = stepOf(path);
  return step === 'caller' ? undefined : step;
}
