import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COUNTED, createCounters } from '../edge-relay/counters.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/reference/relay-log.md'), 'utf8');
const codes = readFileSync(join(root, 'docs/reference/codes.md'), 'utf8');

/** The rows below the heading of a table, cell by cell. */
function rowsUnder(heading: string): string[][] {
  const lines = page
    .slice(page.indexOf(`| ${heading} |`))
    .split('\n')
    .slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end === -1 ? undefined : end).map((line) => line.split(' | ').map(plain));
}

const plain = (cell: string) => cell.replace(/^\| | \|$/g, '');
const name = (cell: string | undefined) => cell?.replaceAll('`', '') ?? '';

const sources = readdirSync(join(root, 'edge-relay'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(root, 'edge-relay', file), 'utf8'));
const found = (pattern: RegExp) =>
  sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')).sort();

describe('docs/reference/relay-log.md', () => {
  test('has every event of the log, and no other', () => {
    const told = found(/\.(?:say|limited)\([^,]+,\s*'([a-z-]+)'/g);
    expect(
      rowsUnder('Event | Level')
        .map(([event]) => name(event))
        .sort(),
    ).toEqual([...new Set(told)]);
  });

  test('has every line of the standard output, and no other', () => {
    expect(
      rowsUnder('Event | Fields')
        .map(([event]) => name(event))
        .sort(),
    ).toEqual(found(/event: '([a-z-]+)'/g));
  });

  test('has every group of counters, and no other', () => {
    expect(rowsUnder('Group').map(([group]) => name(group))).toEqual(Object.keys(createCounters().read()));
  });

  test('has every counter of the relay with its sentence, and no other', () => {
    expect(rowsUnder('In `relay`').map(([counter, sentence]) => [name(counter), sentence])).toEqual(
      Object.entries(COUNTED),
    );
  });

  test('points at tables that are there', () => {
    const anchors = [...codes.matchAll(/^## (.*)$/gm)].map(([, heading]) =>
      (heading ?? '')
        .toLowerCase()
        .replace(/[^a-z0-9 _-]/g, '')
        .replaceAll(' ', '-'),
    );
    const targets = [...page.matchAll(/\(codes\.md#([^)]*)\)/g)].map(([, anchor]) => anchor);
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((target) => !anchors.includes(target ?? ''))).toEqual([]);
  });
});
