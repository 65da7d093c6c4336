import type { OverloadPlan } from './overload.ts';
import type { RepeatPlan } from './repeats.ts';
import type { ThroughputPlan } from './throughput.ts';

/** How long everything is measured. */
interface RelayPlan {
  readonly throughput: ThroughputPlan;
  readonly repeats: RepeatPlan;
  readonly overload: OverloadPlan;
}

export const FULL: RelayPlan = {
  throughput: { rounds: 5, warmUp: 20_000, warmAgain: 300, fullSeconds: 1.5, calmSeconds: 2 },
  repeats: { rounds: 3, requests: 1_000, repeats: 80_000, perSecond: 10_000 },
  overload: {
    rounds: 6,
    warmUp: 20_000,
    capacitySeconds: 2,
    patience: 2,
    seconds: 7,
    listenFor: 1_000,
    limits: { pending: 20_000, remembered: 20_000 },
  },
};

export const QUICK: RelayPlan = {
  throughput: { rounds: 1, warmUp: 64, warmAgain: 64, fullSeconds: 0.1, calmSeconds: 0.1 },
  repeats: { rounds: 1, requests: 256, repeats: 512, perSecond: 5_000 },
  overload: {
    rounds: 1,
    warmUp: 64,
    capacitySeconds: 0.05,
    patience: 1,
    seconds: 1.5,
    listenFor: 100,
    limits: { pending: 20_000, remembered: 20_000 },
  },
};
