import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Every source file below these folders, as a path with forward slashes. */
function sources(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .map((file) => join(folder, file).split(sep).join('/')),
  );
}

/** The relative imports of a file, resolved to paths below the root. Static, dynamic and type imports count. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, target]) =>
    relative(root, join(root, dirname(file), target ?? ''))
      .split(sep)
      .join('/'),
  );
}

/** From the top of the hill to its foot; folders in one row do not import each other. */
const HILL: readonly (readonly string[])[] = [
  ['functions/index.ts'],
  ['functions/triggers'],
  ['functions/bridge.ts', 'functions/telemetry.ts'],
  ['functions/exchange'],
  ['functions/signin', 'functions/accounting'],
  ['functions/identity', 'functions/policy', 'functions/mfa', 'functions/clients', 'functions/relays'],
  ['functions/entra', 'functions/radius'],
  ['functions/keyvault', 'functions/store', 'functions/config', 'functions/records'],
  ['functions/azure'],
  ['relay-call'],
];

/** The row of the hill and the room in it; undefined for what stands elsewhere. */
function placeOf(file: string): { row: number; room: string } | undefined {
  for (const [row, rooms] of HILL.entries()) {
    const room = rooms.find((candidate) => file === candidate || file.startsWith(`${candidate}/`));
    if (room !== undefined) return { row, room };
  }
  return undefined;
}

describe('imports run downhill', () => {
  test('every file of functions/ and relay-call/ has a place on the hill', () => {
    expect(sources('functions', 'relay-call').filter((file) => placeOf(file) === undefined)).toEqual([]);
  });

  test('within functions/ nothing imports what stands above or beside it', () => {
    const uphill = sources('functions', 'relay-call').flatMap((file) => {
      const from = placeOf(file);
      return importsOf(file).flatMap((target) => {
        if (target === 'package.json') return [];
        const to = placeOf(target);
        const fine = from !== undefined && to !== undefined && (from.room === to.room || from.row < to.row);
        return fine ? [] : [`${file} -> ${target}`];
      });
    });
    expect(uphill).toEqual([]);
  });

  const allowed: Record<string, readonly string[]> = {
    package: ['package', 'relay-call', 'build.ts'],
    'relay-call': ['relay-call'],
    'edge-relay': ['edge-relay', 'relay-call'],
    admin: ['admin', 'functions', 'relay-call'],
    local: ['local', 'admin', 'edge-relay', 'functions', 'relay-call', 'build.ts'],
  };
  for (const [folder, targets] of Object.entries(allowed)) {
    test(`${folder}/ imports only ${targets.join(', ')}`, () => {
      const strays = sources(folder).flatMap((file) =>
        importsOf(file)
          .filter((target) => target !== 'package.json')
          .filter((target) => !targets.some((allow) => target === allow || target.startsWith(`${allow}/`)))
          .map((target) => `${file} -> ${target}`),
      );
      expect(strays).toEqual([]);
    });
  }

  test('nothing but tests imports local/', () => {
    const strays = sources('functions', 'relay-call', 'edge-relay', 'admin').flatMap((file) =>
      importsOf(file).filter((target) => target.startsWith('local/')),
    );
    expect(strays).toEqual([]);
  });

  test('a file that this test does not see through would be seen', () => {
    expect(importsOf('functions/index.ts')).toContain('functions/bridge.ts');
    expect(sources('functions').length).toBeGreaterThan(50);
  });
});
