import { foldName } from '../config/fold.ts';
import type { LocalTime } from './local-time.ts';
import type { RequestFacts, SignInFacts } from './model.ts';

/** The facts of one evaluation, each read when first asked for and then kept: a thousand conditions may ask. */
export interface Readings {
  client(): string;
  accessServerType(): number;
  userName(): readonly string[];
  nasPortType(): number | undefined;
  calledStationId(): readonly string[];
  callingStationId(): readonly string[];
  /** Folded; empty as long as the user is not known. */
  groups(): ReadonlySet<string>;
  localTime(): LocalTime;
}

/** Readings of these facts, with the wall clock of the configured time zone. */
export function readingsOf(
  facts: RequestFacts | SignInFacts,
  wallClock: (now: number) => LocalTime,
): Readings {
  return {
    client: once(() => facts.client),
    accessServerType: once(() => facts.accessServerType),
    userName: once(() => facts.userName),
    nasPortType: once(() => facts.nasPortType),
    calledStationId: once(() => facts.calledStationId),
    callingStationId: once(() => facts.callingStationId),
    groups: once(() => new Set('groups' in facts ? facts.groups.map(foldName) : [])),
    localTime: once(() => wallClock(facts.now)),
  };
}

function once<T>(read: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    kept ??= { value: read() };
    return kept.value;
  };
}
