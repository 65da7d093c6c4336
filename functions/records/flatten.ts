import { type Cut, cutJson, cutText } from './cut.ts';
import type { LogEvent } from './log.ts';

/** An event as Application Insights keeps one: a name, texts and numbers. */
export interface FlatEvent {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly measurements: Readonly<Record<string, number>>;
}

/**
 * What Application Insights takes (https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete): characters
 * there, octets in UTF-8 here, since its SDK cuts at those and would tear JSON apart.
 */
export const LIMITS = {
  name: 512,
  propertyName: 150,
  property: 8192,
  /** How many an event has. */
  properties: 100,
  /** Names and values together, as JSON: with what surrounds them, an item stays below the 64 KB that it may have. */
  event: 56_000,
} as const;

/** The property that names what did not fit: it is there in part, or not at all. */
const CUT_FIELDS = 'cutFields';
const longestCutFields = 2000;

/**
 * Texts, numbers and booleans become properties by their name, numbers a measurement besides; what is nested becomes
 * JSON text. What is null, undefined or a function is left out; what cannot be written down, as it contains itself or
 * throws when it is read, is named among what did not fit. Never throws, whatever the event holds.
 */
export function flatten(event: LogEvent): FlatEvent {
  const properties = new Map<string, string>();
  const measurements = new Map<string, number>();
  const cutFields = new Set<string>();
  const eventName = nameOf(event);
  let room = LIMITS.event - sizeOf(eventName);
  for (const key of keysOf(event)) {
    if (key === 'event') continue;
    const name = propertyName(key);
    const value = fieldOf(event, key);
    const written = value === unreadable ? unreadable : textOf(value);
    if (written === undefined) continue;
    const size = written === unreadable ? 0 : sizeOf(name) + sizeOf(written.text);
    const fits = size <= room && properties.size < LIMITS.properties && !properties.has(name);
    if (!fits || written === unreadable || written.cut) cutFields.add(name);
    if (!fits || written === unreadable) continue;
    room -= size;
    properties.set(name, written.text);
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    room -= size;
    measurements.set(name, value);
  }
  if (cutFields.size > 0)
    properties.set(CUT_FIELDS, cutText([...cutFields].join(','), longestCutFields).text);
  return {
    name: eventName,
    properties: Object.fromEntries(properties),
    measurements: Object.fromEntries(measurements),
  };
}

const unreadable = Symbol('unreadable');

function keysOf(event: LogEvent): readonly string[] {
  try {
    return Object.keys(event);
  } catch {
    return [];
  }
}

function fieldOf(event: LogEvent, key: string): unknown {
  try {
    return event[key];
  } catch {
    return unreadable;
  }
}

function nameOf(event: LogEvent): string {
  const name = fieldOf(event, 'event');
  return typeof name === 'string' && name !== '' ? cutText(name, LIMITS.name).text : 'unnamed';
}

/** The SDK drops or reads a meaning into names with dots (`url.full`, `session.id`) and those of `microsoft`. */
function propertyName(key: string): string {
  const plain = key.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?=microsoft)/, '_');
  return plain.slice(0, LIMITS.propertyName) || '_';
}

function textOf(value: unknown): Cut | typeof unreadable | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value, LIMITS.property);
    case 'number':
    case 'boolean':
    case 'bigint':
      return { text: String(value), cut: false };
    case 'object':
      if (value === null) return undefined;
      try {
        return cutJson(value, LIMITS.property);
      } catch {
        return unreadable;
      }
    default:
      return undefined;
  }
}

/** Octets of a text in JSON. */
function sizeOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) + 1;
}
