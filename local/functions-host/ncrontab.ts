/** A schedule of a timer trigger. */
export interface Schedule {
  /** First time after `from`, both in milliseconds since the epoch (UTC); undefined when there is none in 5 years. */
  next(from: number): number | undefined;
}

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const fields: readonly Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: days },
];
const secondInMilliseconds = 1000;
const dayInMilliseconds = 86_400_000;
const horizonInDays = 5 * 366;

/**
 * Reads an NCRONTAB expression (`{second} {minute} {hour} {day} {month} {day of week}`; five fields mean
 * second 0) or an interval `hh:mm:ss`. Times are UTC, as on Linux in Azure.
 *
 * @throws Error naming the schedule that cannot be read.
 */
export function parseSchedule(text: string): Schedule {
  const interval = /^(\d{1,2}):([0-5]\d):([0-5]\d)$/.exec(text.trim());
  if (interval) {
    const [hours = 0, minutes = 0, seconds = 0] = interval.slice(1).map(Number);
    const length = ((hours * 60 + minutes) * 60 + seconds) * secondInMilliseconds;
    if (length === 0) throw new Error(`The schedule '${text}' never passes any time.`);
    return { next: (from) => from + length };
  }
  const parts = text.trim().split(/\s+/);
  if (parts.length === 5) parts.unshift('0');
  const sets = fields.map((field, index) => readField(parts[index], field));
  const [second, minute, hour, day, month, weekday] = sets;
  if (parts.length !== 6 || !second || !minute || !hour || !day || !month || !weekday) {
    throw new Error(`The schedule '${text}' is no NCRONTAB expression.`);
  }
  const suits = (date: Date) =>
    month.has(date.getUTCMonth() + 1) && day.has(date.getUTCDate()) && weekday.has(date.getUTCDay());
  const times = [...hour].flatMap((h) =>
    [...minute].flatMap((m) => [...second].map((s) => (h * 60 + m) * 60 + s)),
  );
  times.sort((a, b) => a - b);
  return {
    next(from) {
      const midnight = Math.floor(from / dayInMilliseconds) * dayInMilliseconds;
      for (let offset = 0; offset < horizonInDays; offset++) {
        const start = midnight + offset * dayInMilliseconds;
        if (!suits(new Date(start))) continue;
        const time = times.find((seconds) => start + seconds * secondInMilliseconds > from);
        if (time !== undefined) return start + time * secondInMilliseconds;
      }
      return undefined;
    },
  };
}

function readField(text: string | undefined, field: Field): Set<number> | undefined {
  if (text === undefined) return undefined;
  const values = new Set<number>();
  for (const item of text.toUpperCase().split(',')) {
    const found = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item);
    if (!found) return undefined;
    const [, first = '', last, every] = found;
    const low = first === '*' ? field.low : readNumber(first, field);
    const high =
      first === '*' || (last === undefined && every !== undefined)
        ? field.high
        : readNumber(last ?? first, field);
    const step = every === undefined ? 1 : Number(every);
    if (low === undefined || high === undefined || low > high || step === 0) return undefined;
    for (let value = low; value <= high; value += step) values.add(value);
  }
  return values;
}

function readNumber(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + field.low;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  // Sunday is 0 and 7 in NCRONTAB.
  const value = field.names === days && text === '7' ? 0 : Number(text);
  return value >= field.low && value <= field.high ? value : undefined;
}
