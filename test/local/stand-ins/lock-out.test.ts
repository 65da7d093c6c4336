import { beforeEach, describe, expect, test } from 'vitest';
import { type LockOut, lockOut } from '../../../local/stand-ins/lock-out.ts';

const minute = 60_000;
let now = 0;
let locks: LockOut;

beforeEach(() => {
  now = 1_000_000;
  locks = lockOut({ now: () => now, monotonic: () => now }, 10);
});

function wrong(count: number, first = 0): void {
  for (let at = first; at < first + count; at += 1) locks.wrong('alice', `guess ${at}`);
}

describe('smart lock-out', () => {
  test('locks for a minute after ten different passwords, and nobody else', () => {
    wrong(9);
    expect(locks.locked('alice')).toBe(false);
    wrong(1, 9);
    expect(locks.locked('alice')).toBe(true);
    expect(locks.locked('bob')).toBe(false);
    now += minute - 1;
    expect(locks.locked('alice')).toBe(true);
    now += 1;
    expect(locks.locked('alice')).toBe(false);
  });

  test('does not count one of the last three passwords again', () => {
    for (let round = 0; round < 20; round += 1) wrong(3);
    wrong(6, 3);
    expect(locks.locked('alice')).toBe(false);
    // It is the fourth last by now.
    locks.wrong('alice', 'guess 0');
    expect(locks.locked('alice')).toBe(true);
  });

  test('begins anew when a password was right', () => {
    wrong(9);
    locks.right('alice');
    wrong(9, 20);
    expect(locks.locked('alice')).toBe(false);
    wrong(1, 40);
    expect(locks.locked('alice')).toBe(true);
  });

  test('locks longer each time, until a password was right', () => {
    wrong(10);
    now += minute;
    wrong(10, 10);
    now += minute;
    expect(locks.locked('alice')).toBe(true);
    now += minute;
    expect(locks.locked('alice')).toBe(false);
    locks.right('alice');
    wrong(10, 20);
    now += minute;
    expect(locks.locked('alice')).toBe(false);
  });
});
