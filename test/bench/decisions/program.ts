import { cpuMicroseconds } from '../machine/cpu.ts';
import { median } from '../median.ts';
import { callMaker, type MadeCall } from './calls.ts';
import { checkReply, codecAlone } from './codec.ts';
import { checkAnswers, type Decide, decider } from './decide.ts';
import type { Decided, FromDecisions, ToDecisions } from './messages.ts';
import { profiled, sharesOf } from './profile.ts';
import type { CredentialKind } from './scene.ts';

// The functions app in a process of its own: its settings are this process's environment, and no other part of the
// bench shares its heap, its compiled code or its CPU time.

/** Calls that are being answered at the same time. */
const AT_ONCE = 64;
/** scrypt has a thread each for two of them; more would only wait. */
const SCRYPT_AT_ONCE = 4;

interface Effort {
  readonly warmUp: number;
  readonly rounds: number;
  /** In a round; few enough for their signatures to hold (30 s) on a slow machine. */
  readonly decisions: number;
  readonly scryptRounds: number;
  readonly scryptDecisions: number;
  readonly profiles: number;
}

const FULL: Effort = {
  warmUp: 6_000,
  rounds: 15,
  decisions: 1_000,
  scryptRounds: 5,
  scryptDecisions: 12,
  profiles: 8,
};
const QUICK: Effort = {
  warmUp: 64,
  rounds: 1,
  decisions: 64,
  scryptRounds: 1,
  scryptDecisions: 2,
  profiles: 1,
};

async function measure({ scene, quick }: ToDecisions): Promise<Decided> {
  const effort = quick ? QUICK : FULL;
  const maker = callMaker(scene);
  let made = 0;
  const make = (kind: CredentialKind, count: number) => {
    made += count;
    return maker(kind, count);
  };
  const codec = codecAlone(scene);
  const { decide, decided } = decider();
  const found: Record<CredentialKind | 'codec', number[]> = { clear: [], ntHash: [], scrypt: [], codec: [] };

  tell({ type: 'progress', line: 'warming up' });
  for (const kind of ['clear', 'ntHash'] as const) {
    for (let done = 0; done < effort.warmUp; done += AT_ONCE) {
      await timed(decide, make(kind, AT_ONCE), AT_ONCE);
      timeCodec(codec, maker(kind, AT_ONCE));
    }
  }
  for (let round = 1; round <= effort.rounds; round += 1) {
    tell({ type: 'progress', line: `round ${round} of ${effort.rounds}` });
    for (const kind of ['clear', 'ntHash'] as const) {
      found[kind].push(await timed(decide, make(kind, effort.decisions), AT_ONCE));
    }
    found.codec.push(timeCodec(codec, maker('clear', effort.decisions)));
  }
  tell({ type: 'progress', line: 'passwords that are kept as scrypt hashes' });
  for (let round = 0; round < effort.scryptRounds; round += 1) {
    found.scrypt.push(await timed(decide, make('scrypt', effort.scryptDecisions), SCRYPT_AT_ONCE));
  }
  tell({ type: 'progress', line: 'where the time goes' });
  const profiles = [];
  for (let round = 0; round < effort.profiles; round += 1) {
    const calls = make('clear', effort.decisions);
    let answers: Awaited<ReturnType<Decide>> = [];
    profiles.push(
      await profiled(async () => {
        answers = await decide(calls, AT_ONCE);
      }),
    );
    checkAnswers(calls, answers);
  }
  if (decided() !== made) throw new Error(`Of ${made} calls ${decided()} were told as decisions.`);
  return {
    decision: {
      clear: median(found.clear),
      ntHash: median(found.ntHash),
      scrypt: median(found.scrypt),
    },
    codec: median(found.codec),
    shares: sharesOf(profiles),
    decisions: decided(),
  };
}

/** CPU time in µs for each decision, all threads together. */
async function timed(decide: Decide, calls: readonly MadeCall[], atOnce: number): Promise<number> {
  const before = cpuMicroseconds();
  const answers = await decide(calls, atOnce);
  const spent = cpuMicroseconds() - before;
  checkAnswers(calls, answers);
  return spent / calls.length;
}

function timeCodec(codec: (call: MadeCall) => Buffer, calls: readonly MadeCall[]): number {
  const before = cpuMicroseconds();
  const replies = calls.map(codec);
  const spent = cpuMicroseconds() - before;
  for (const [index, call] of calls.entries()) checkReply(call, replies[index] ?? Buffer.alloc(0));
  return spent / calls.length;
}

function tell(message: FromDecisions, then?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
  else then?.();
}

process.once('message', (message: ToDecisions) => {
  measure(message).then(
    (decided) => tell({ type: 'measured', ...decided }),
    (error: unknown) =>
      tell(
        { type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        () => process.exit(1),
      ),
  );
});
// The bench that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
// Ctrl-C reaches every process of a terminal; the bench decides when this one ends.
process.on('SIGINT', () => undefined);
