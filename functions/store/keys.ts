import { createHash } from 'node:crypto';
import { StoreMisused } from './port.ts';

// Azure Tables holds 512 characters in a key; an address of two keys and a table must also fit into one URL.
const longestKey = 240;
const safeKey = /^[A-Za-z0-9._,!-]{1,240}$/;
const tableName = /^[A-Za-z][A-Za-z0-9]{2,62}$/;

/**
 * A partition or row key out of any text, hostile text too. Different parts never give the same key.
 *
 * Letters, digits, `.`, `_` and `-` stay readable; every other UTF-16 code unit becomes `!` and four hexadecimal
 * digits (so that a lone surrogate too has a key of its own); parts are joined by `,`. What would be longer than
 * 240 characters is replaced by its SHA-256. Azure Tables forbids `/ \ # ?` and control characters in keys
 * (https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model).
 */
export function rowKey(first: string, ...rest: readonly string[]): string {
  const key = [first, ...rest].map(safePart).join(',');
  if (key.length <= longestKey) return key;
  return `!sha256!${createHash('sha256').update(key, 'latin1').digest('base64url')}`;
}

function safePart(part: string): string {
  if (part === '') return '!';
  return part.replace(
    /[^A-Za-z0-9._-]/g,
    (unit) => `!${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
  );
}

/** Throws {@link StoreMisused} `key-unsafe` unless {@link rowKey} could have made it. For adapters. */
export function checkKey(key: string): void {
  if (!safeKey.test(key)) throw new StoreMisused('key-unsafe');
}

/** Throws {@link StoreMisused} `table-name-wrong`. For adapters. */
export function checkTableName(name: string): void {
  if (!tableName.test(name)) throw new StoreMisused('table-name-wrong');
}
