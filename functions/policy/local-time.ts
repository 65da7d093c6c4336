import { DAYS } from '../config/schema-policy.ts';

/** A time as a clock on the wall shows it. */
export interface LocalTime {
  /** 0 = Sunday. */
  readonly day: number;
  /** Minutes since midnight, as the wall clock counts: 0 to 1439. */
  readonly minute: number;
}

/**
 * A wall clock in an IANA time zone, summer time included.
 *
 * @returns takes milliseconds since the epoch. The last answer is kept for its minute: Intl is slow.
 */
export function wallClock(timeZone: string): (now: number) => LocalTime {
  // Made when it is needed: where no policy asks for the time, a new instance answers the sooner.
  let format: Intl.DateTimeFormat | undefined;
  let keptMinute = Number.NaN;
  let kept: LocalTime = { day: 0, minute: 0 };
  return (now) => {
    const minute = Math.floor(now / 60_000);
    if (minute !== keptMinute) {
      format ??= formatIn(timeZone);
      kept = read(format, now);
      keptMinute = minute;
    }
    return kept;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

const NAMES: readonly string[] = DAYS;

function read(format: Intl.DateTimeFormat, now: number): LocalTime {
  const parts = new Map(format.formatToParts(now).map((part) => [part.type, part.value]));
  return {
    day: NAMES.indexOf(parts.get('weekday')?.toLowerCase() ?? ''),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}
