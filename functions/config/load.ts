import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../relay-call/clock.ts';
import type { ConfigurationProblem } from './problems.ts';
import { readConfiguration } from './read.ts';
import type { BridgeConfiguration } from './schema.ts';

/** Which version of the document. */
export interface VersionMark {
  /** Changes whenever the text does: an ETag, or the text's SHA-256. */
  readonly version: string;
  /** Greater than those of all versions before, where the source has such ids. */
  readonly id?: string;
}

/** One version of the document as its source has it. */
export interface Version extends VersionMark {
  readonly text: string;
}

/** A version that was the newest once, not read yet. */
export interface EarlierVersion extends VersionMark {
  /** Undefined where it has gone meanwhile. */
  read(signal: AbortSignal): Promise<Version | undefined>;
}

/** Where the document lies. Everything rejects when it cannot be reached. */
export interface ConfigurationSource {
  /** The newest version, or `unchanged` when that is the known one. */
  read(known: string | undefined, signal: AbortSignal): Promise<'unchanged' | Version>;
  /** The versions there were, newest first; may begin with the one that `read` gives. */
  earlier(signal: AbortSignal): Promise<readonly EarlierVersion[]>;
}

/** What the loader tells. All but the first two are to be looked after by a person. */
export const CONFIGURATION_EVENTS = {
  'configuration-loaded': 'A version of the configuration is in use.',
  'configuration-replaced': 'A newer version of the configuration is in use.',
  'configuration-broken': 'A version of the configuration is not valid and is not used.',
  'configuration-unreachable': 'The configuration could not be read; the copy at hand is used on.',
  'configuration-unavailable': 'There is no configuration to work with: none can be read, or none is valid.',
} as const;

export interface ConfigurationEvent {
  readonly code: keyof typeof CONFIGURATION_EVENTS;
  /** The version it is about. */
  readonly version?: string;
  /** What is wrong with that version. */
  readonly problems?: readonly ConfigurationProblem[];
  /** What kept it from being read: a code, such as ENOENT, or the kind of error; never its message. */
  readonly cause?: string;
}

/** No valid version could be had when there was no copy yet: the call is answered 503. */
export class ConfigurationUnavailable extends Error {
  readonly code = 'configuration-unavailable';
  /** Whether it could not be read, for whatever cause: that may be over soon. Else no version is valid until somebody writes one. */
  readonly unreachable: boolean;
  constructor(unreachable: boolean) {
    super(CONFIGURATION_EVENTS['configuration-unavailable']);
    this.name = 'ConfigurationUnavailable';
    this.unreachable = unreachable;
  }
}

/** A document in use, with what was compiled from it. */
export interface Configured<T> extends VersionMark {
  readonly document: BridgeConfiguration;
  readonly value: T;
}

export type Compiled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

export interface Configuration<T> {
  /**
   * The configuration to answer this call with.
   *
   * @throws ConfigurationUnavailable when there is none; the signal's reason when it aborts first.
   */
  current(signal: AbortSignal): Promise<Configured<T>>;
}

/** A copy older than this is looked after in the background of a call (design §5). */
const BACKGROUND_AGE = 30_000;
/** A copy older than this is looked after before the call goes on. */
const BLOCKING_AGE = 60_000;
/** The longest a call waits for that. */
const BLOCKING_LIMIT = 2_000;
/** The longest one look may take, in the background or at start. */
const LOOK_LIMIT = 10_000;
/** After a look that failed, calls use the copy for so long before the next one looks again. */
const PAUSE = 10_000;
/** The same where there is no copy, and every call waits for one. */
const PAUSE_WITHOUT = 2_000;

/**
 * Keeps one validated copy of the document. There is no timer: calls look whether there is a newer version, one look
 * at a time. When the newest version is not valid, the newest that is valid is used, also at start.
 *
 * @param x.compile makes of a document what calls need; its problems make a version as invalid as the schema's do.
 * @param x.wait resolves after so many milliseconds; rejects when its signal aborts.
 */
export function createConfiguration<T>(x: {
  readonly source: ConfigurationSource;
  readonly compile: (document: BridgeConfiguration) => Compiled<T>;
  readonly clock: Clock;
  readonly log: (event: ConfigurationEvent) => void;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}): Configuration<T> {
  const { source, compile, clock, log } = x;
  const wait = x.wait ?? ((ms, signal) => setTimeout(ms, undefined, { signal, ref: false }));

  let held: Configured<T> | undefined;
  /** The newest version, where it is not valid, so that it is compiled only once. */
  let broken: { readonly version: string; readonly problems: readonly ConfigurationProblem[] } | undefined;
  /** Earlier ones that are not valid either: versions do not change, so that none is read twice. */
  const brokenBefore = new Set<string>();
  /** The broken version for which all earlier ones that could be used have been looked through. */
  let searchedFor: string | undefined;
  let seenAt = 0;
  let failedAt: number | undefined;
  /** Whether the last look that failed could not read. */
  let unreachable = true;
  let looking: Promise<void> | undefined;

  /** Compiles a version; what is wrong with it, also told, when it is not valid. */
  function judge({ text, ...mark }: Version): Configured<T> | readonly ConfigurationProblem[] {
    const reading = readConfiguration(text);
    const compiled = reading.ok ? compile(reading.document) : reading;
    if (!reading.ok || !compiled.ok) {
      const problems = compiled.ok ? [] : compiled.problems;
      log({ code: 'configuration-broken', version: mark.version, problems });
      return problems;
    }
    return { ...mark, document: reading.document, value: compiled.value };
  }

  function use(next: Configured<T>): void {
    log({
      code: held === undefined ? 'configuration-loaded' : 'configuration-replaced',
      version: next.version,
    });
    held = next;
  }

  async function read(signal: AbortSignal): Promise<void> {
    const newest = await source.read(broken?.version ?? held?.version, signal);
    signal.throwIfAborted();
    // Whatever becomes of a search: the copy has been looked after, and no call need wait for that again.
    if (held !== undefined) seenAt = clock.monotonic();
    if (newest === 'unchanged') {
      if (broken === undefined) return;
      log({ code: 'configuration-broken', ...broken });
      if (searchedFor !== broken.version) await search(broken.version, signal);
      return;
    }
    const judged = newest.version === held?.version ? held : judge(newest);
    if (!isProblems(judged)) {
      broken = undefined;
      brokenBefore.clear();
      if (judged !== held) use(judged);
      return;
    }
    if (broken !== undefined) brokenBefore.add(broken.version);
    broken = { version: newest.version, problems: judged };
    await search(newest.version, signal);
  }

  /** The newest valid version before a broken one, and no older one than is at hand. */
  async function search(newest: string, signal: AbortSignal): Promise<void> {
    const earlier = await source.earlier(signal);
    for (const candidate of newerThan(held, earlier)) {
      if (candidate.version === newest || brokenBefore.has(candidate.version)) continue;
      const version = await candidate.read(signal);
      signal.throwIfAborted();
      if (version === undefined) continue;
      const judged = judge(version);
      if (!isProblems(judged)) {
        use(judged);
        break;
      }
      brokenBefore.add(candidate.version);
    }
    searchedFor = newest;
  }

  async function look(): Promise<void> {
    const controller = new AbortController();
    const work = read(controller.signal);
    try {
      if (!(await endsWithin(work, LOOK_LIMIT, controller.signal))) throw new TookTooLong();
      seenAt = clock.monotonic();
      failedAt = held === undefined ? clock.monotonic() : undefined;
      unreachable = false;
      if (held === undefined) log({ code: 'configuration-unavailable', cause: 'no valid version' });
    } catch (error) {
      failedAt = clock.monotonic();
      unreachable = true;
      const code = held === undefined ? 'configuration-unavailable' : 'configuration-unreachable';
      log({ code, cause: causeOf(error) });
    } finally {
      controller.abort();
    }
  }

  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  /** Whether the work ended in that time; rejects as it does, or when the signal aborts first. */
  async function endsWithin(work: Promise<void>, ms: number, signal: AbortSignal): Promise<boolean> {
    const controller = new AbortController();
    const either = AbortSignal.any([signal, controller.signal]);
    const waited = wait(ms, either).then(
      () => false,
      (error: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw error;
      },
    );
    try {
      return await Promise.race([work.then(() => true), waited]);
    } finally {
      controller.abort();
      waited.catch(() => {});
      work.catch(() => {});
    }
  }

  return {
    async current(signal) {
      signal.throwIfAborted();
      if (held === undefined) {
        // Anybody can call, signed or not: what cannot be read is not read once for each call.
        const soon = failedAt !== undefined && clock.monotonic() - failedAt < PAUSE_WITHOUT;
        if (soon && looking === undefined) throw new ConfigurationUnavailable(unreachable);
        await endsWithin(lookOnce(), LOOK_LIMIT, signal);
        if (held === undefined) throw new ConfigurationUnavailable(unreachable);
        return held;
      }
      const now = clock.monotonic();
      const age = now - seenAt;
      const paused = failedAt !== undefined && now - failedAt < PAUSE;
      if (age > BACKGROUND_AGE && !paused) {
        const look = lookOnce();
        if (age > BLOCKING_AGE) await endsWithin(look, BLOCKING_LIMIT, signal);
      }
      return held;
    },
  };
}

/**
 * The versions that came after the one at hand. Where that is not among them and has no id to compare, none: what an
 * administrator has withdrawn must not come back.
 */
function newerThan(
  held: VersionMark | undefined,
  earlier: readonly EarlierVersion[],
): readonly EarlierVersion[] {
  if (held === undefined) return earlier;
  const place = earlier.findIndex(({ version }) => version === held.version);
  if (place >= 0) return earlier.slice(0, place);
  return earlier.filter(({ id }) => id !== undefined && held.id !== undefined && id > held.id);
}

class TookTooLong extends Error {
  readonly code = 'took-too-long';
}

function isProblems<T>(
  judged: Configured<T> | readonly ConfigurationProblem[],
): judged is readonly ConfigurationProblem[] {
  return Array.isArray(judged);
}

function causeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code)) return code;
  return error instanceof Error ? error.name : typeof error;
}
