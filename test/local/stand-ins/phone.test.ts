import { beforeEach, describe, expect, test } from 'vitest';
import { type Phone, type PhoneMode, phone } from '../../../local/stand-ins/phone.ts';
import { handTimers } from '../../edge-relay/hand-timers.ts';

const alice = { upn: 'alice@contoso.example', contextId: 'a context' };
const bob = { upn: 'bob@contoso.example', contextId: 'another' };

let hand: ReturnType<typeof handTimers>;

beforeEach(() => {
  hand = handTimers();
});

function phoneIn(mode: PhoneMode, more: { ringFor?: number; answersAfter?: number } = {}): Phone {
  return phone({ clock: hand.clock, after: hand.timers.after, mode, ...more });
}

/** The outcome if there is one by now. */
function soFar<T>(outcome: Promise<T>): Promise<T | 'rings'> {
  return Promise.race([outcome, new Promise<'rings'>((resolve) => setImmediate(() => resolve('rings')))]);
}

describe('by itself', () => {
  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
    ['fraud', 'fraud'],
  ] as const)('%s answers after a moment', async (mode, expected) => {
    const ringing = phoneIn(mode);
    const outcome = ringing.ring(alice);
    hand.pass(299);
    expect(await soFar(outcome)).toBe('rings');
    expect(ringing.isRinging(alice.upn)).toBe(true);
    hand.pass(1);
    expect(await outcome).toBe(expected);
    expect(ringing.isRinging(alice.upn)).toBe(false);
    expect(hand.waiting).toBe(0);
  });

  test.each(['phone', 'ring'] as const)('%s does not, and after a minute it is over', async (mode) => {
    const ringing = phoneIn(mode);
    const outcome = ringing.ring(alice);
    hand.pass(59_999);
    expect(await soFar(outcome)).toBe('rings');
    hand.pass(1);
    expect(await outcome).toBe('no-answer');
    expect(ringing.isRinging(alice.upn)).toBe(false);
  });

  test('an answer that comes later than the end is none', async () => {
    const outcome = phoneIn('approve', { ringFor: 100, answersAfter: 200 }).ring(alice);
    hand.pass(500);
    expect(await outcome).toBe('no-answer');
  });

  test('what is set holds for prompts from then on', async () => {
    const ringing = phoneIn('ring', { ringFor: 1_000 });
    const before = ringing.ring(alice);
    ringing.set('approve');
    expect(ringing.state().mode).toBe('approve');
    const after = ringing.ring(bob);
    hand.pass(300);
    expect([await soFar(before), await after]).toEqual(['rings', 'approved']);
    ringing.set('phone', 50);
    expect(await ended(ringing, 50)).toBe('no-answer');
    ringing.set('ring');
    expect(await ended(ringing, 50)).toBe('no-answer');
  });

  function ended(ringing: Phone, after: number) {
    const outcome = ringing.ring(bob);
    hand.pass(after);
    return soFar(outcome);
  }
});

describe('what somebody at the page does', () => {
  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
    ['fraud', 'fraud'],
  ] as const)('%s ends the prompt', async (action, expected) => {
    const ringing = phoneIn('phone');
    const outcome = ringing.ring(alice);
    const began = hand.clock.now();
    const [prompt] = ringing.state().prompts;
    expect(prompt).toEqual({ id: expect.any(String), ...alice, began, ends: began + 60_000 });
    expect(ringing.answer(prompt?.id ?? '', action)).toBe(true);
    expect(await outcome).toBe(expected);
    expect(ringing.state().prompts).toEqual([]);
    expect(hand.waiting).toBe(0);
  });

  test('letting it ring takes it off the page, and it rings to its end', async () => {
    const ringing = phoneIn('phone', { ringFor: 5_000 });
    const outcome = ringing.ring(alice);
    const id = ringing.state().prompts[0]?.id ?? '';
    expect(ringing.answer(id, 'ignore')).toBe(true);
    expect(ringing.state().prompts).toEqual([]);
    expect(ringing.answer(id, 'approve')).toBe(false);
    hand.pass(4_999);
    expect(await soFar(outcome)).toBe('rings');
    expect(ringing.isRinging(alice.upn)).toBe(true);
    hand.pass(1);
    expect(await outcome).toBe('no-answer');
  });

  test('an answer reaches the prompt that it names and no other', async () => {
    const ringing = phoneIn('phone');
    const outcomes = [ringing.ring(alice), ringing.ring(bob)];
    expect(ringing.state().prompts.map(({ upn }) => upn)).toEqual([alice.upn, bob.upn]);
    ringing.answer(ringing.state().prompts[1]?.id ?? '', 'deny');
    expect(await Promise.all(outcomes.map(soFar))).toEqual(['rings', 'denied']);
  });

  test('a prompt that is unknown, over or answered takes none', () => {
    const ringing = phoneIn('phone');
    void ringing.ring(alice);
    const id = ringing.state().prompts[0]?.id ?? '';
    expect(ringing.answer('constructor', 'approve')).toBe(false);
    expect(ringing.answer(id, 'deny')).toBe(true);
    expect(ringing.answer(id, 'approve')).toBe(false);
    void ringing.ring(alice);
    const late = ringing.state().prompts[0]?.id ?? '';
    hand.pass(60_000);
    expect(ringing.answer(late, 'approve')).toBe(false);
  });

  test('nothing, where nobody is to answer', () => {
    const ringing = phoneIn('ring');
    void ringing.ring(alice);
    expect(ringing.state()).toEqual({ mode: 'ring', ringFor: expect.any(Number), prompts: [] });
    expect(ringing.isRinging(alice.upn)).toBe(true);
  });
});

test('it knows who it rings for, in any case of letters', () => {
  const ringing = phoneIn('phone');
  void ringing.ring(alice);
  expect(ringing.isRinging('ALICE@Contoso.example')).toBe(true);
  expect(ringing.isRinging(bob.upn)).toBe(false);
});

test('it counts how often it rang for each user, however that ended', () => {
  const ringing = phoneIn('approve');
  expect(ringing.prompts()).toEqual({});
  for (const one of [alice, bob, alice, { ...alice, upn: '__proto__' }]) {
    void ringing.ring(one);
    hand.pass(300);
  }
  expect(Object.entries(ringing.prompts())).toEqual([
    [alice.upn, 2],
    [bob.upn, 1],
    ['__proto__', 1],
  ]);
});

test('closed, it ends what rings, and rings no more', async () => {
  const ringing = phoneIn('phone');
  const outcomes = [ringing.ring(alice), ringing.ring(bob)];
  ringing.close();
  expect(await Promise.all(outcomes)).toEqual(['no-answer', 'no-answer']);
  expect(await soFar(ringing.ring(alice))).toBe('no-answer');
  expect(ringing.prompts()[alice.upn]).toBe(1);
  expect(hand.waiting).toBe(0);
});
