import { foldName } from '../config/fold.ts';
import { type Hours, readHours } from '../config/hours.ts';
import { readPattern } from '../config/pattern.ts';
import type { ConditionEntry } from '../config/schema.ts';
import { ACCESS_SERVER_TYPES, DAYS } from '../config/schema-policy.ts';
import { attributeByName, valueNumber } from '../radius/dictionary/lookup.ts';
import type { Readings } from './readings.ts';

/** A compiled condition. */
export interface Condition {
  /** Its key in the configuration. */
  readonly kind: string;
  holds(readings: Readings): boolean;
}

/** Values of a nasPortType condition that the dictionary does not know, by their place in the list. */
export interface UnknownPortTypes {
  readonly unknownPortTypes: readonly number[];
}

/**
 * Compiles a condition that the configuration has found well-formed. A fact that the request does not have never
 * matches (nps-policy.md §2.1).
 */
export function compileCondition(entry: ConditionEntry): Condition | UnknownPortTypes {
  if ('always' in entry) return { kind: 'always', holds: () => true };
  if ('client' in entry) {
    const names = new Set(entry.client);
    return { kind: 'client', holds: (readings) => names.has(readings.client()) };
  }
  if ('userGroup' in entry) {
    const names = entry.userGroup.map(foldName);
    return {
      kind: 'userGroup',
      holds: (readings) => {
        const groups = readings.groups();
        return names.some((name) => groups.has(name));
      },
    };
  }
  if ('userName' in entry) {
    const matches = anyMatch(entry.userName);
    return { kind: 'userName', holds: (readings) => matches(readings.userName()) };
  }
  if ('nasPortType' in entry) return nasPortType(entry.nasPortType);
  if ('calledStationId' in entry) {
    const matches = anyMatch(entry.calledStationId);
    return { kind: 'calledStationId', holds: (readings) => matches(readings.calledStationId()) };
  }
  if ('callingStationId' in entry) {
    const matches = anyMatch(entry.callingStationId);
    return { kind: 'callingStationId', holds: (readings) => matches(readings.callingStationId()) };
  }
  if ('dayAndTime' in entry) {
    const week = DAYS.map((day) => (entry.dayAndTime[day] ?? []).map(hoursOf));
    return {
      kind: 'dayAndTime',
      holds: (readings) => {
        const { day, minute } = readings.localTime();
        return week[day]?.some(({ from, to }) => from <= minute && minute < to) ?? false;
      },
    };
  }
  const types = new Set(entry.accessServerType.map((type) => ACCESS_SERVER_TYPES.indexOf(type)));
  return { kind: 'accessServerType', holds: (readings) => types.has(readings.accessServerType()) };
}

function nasPortType(values: readonly (string | number)[]): Condition | UnknownPortTypes {
  const attribute = attributeByName('NAS-Port-Type');
  const numbers = values.map((value) => {
    if (typeof value === 'number') return value;
    return attribute === undefined ? undefined : valueNumber(attribute, value);
  });
  const unknownPortTypes = [...numbers.keys()].filter((index) => numbers[index] === undefined);
  if (unknownPortTypes.length > 0) return { unknownPortTypes };
  const wanted = new Set<number | undefined>(numbers);
  return { kind: 'nasPortType', holds: (readings) => wanted.has(readings.nasPortType()) };
}

function anyMatch(pattern: string): (values: readonly string[]) => boolean {
  const reading = readPattern(pattern);
  if (!reading.ok) throw new TypeError(`a pattern that was not validated: ${reading.code}`);
  const { expression } = reading;
  return (values) => {
    for (const value of values) if (expression.test(value)) return true;
    return false;
  };
}

function hoursOf(text: string): Hours {
  const hours = readHours(text);
  if (typeof hours === 'string') throw new TypeError(`hours that were not validated: ${hours}`);
  return hours;
}
