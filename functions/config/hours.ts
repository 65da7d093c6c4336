/** A range of minutes of a day, from 0 to 1440; the end is not part of it. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

const RANGE = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/;

/**
 * Reads `08:00-18:00`. A day ends at `24:00`.
 *
 * @returns a code of CONFIGURATION_PROBLEMS when it is no such range, or one that ends before it begins.
 */
export function readHours(text: string): Hours | 'hours-malformed' | 'hours-past-midnight' {
  const match = RANGE.exec(text);
  if (match === null) return 'hours-malformed';
  const from = minuteOf(match[1], match[2]);
  const to = minuteOf(match[3], match[4]);
  if (from === undefined || to === undefined || from === to) return 'hours-malformed';
  return from < to ? { from, to } : 'hours-past-midnight';
}

function minuteOf(hours: string | undefined, minutes: string | undefined): number | undefined {
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && minute <= 24 * 60 ? minute : undefined;
}
