import { describe, expect, test } from 'vitest';
import {
  ANSWER_KEPT,
  ANSWER_KEPT_AT_LEAST,
  createRepeats,
  DISCARD_KEPT,
  type Entry,
  type Repeats,
} from '../../edge-relay/repeats.ts';
import { frame, packet } from './packets.ts';

const FROM = '192.0.2.10 49152 192.0.2.1 1812';
const OTHER_PORT = '192.0.2.10 49153 192.0.2.1 1812';
const OTHER_SOCKET = '192.0.2.10 49152 192.0.2.9 1812';
const accept = Buffer.from('accept');

function table(pending = 10, entries = 20) {
  const repeats = createRepeats<string>({ pending, entries });
  return {
    repeats,
    arrive: (octets: Buffer, now = 0, from = FROM, admitNew = true) =>
      repeats.arrive(from, frame(octets), 'asker', now, admitNew),
    begin: (octets: Buffer, now = 0, from = FROM) => begin(repeats, octets, now, from),
  };
}

function begin(repeats: Repeats<string>, octets: Buffer, now: number, from: string): Entry<string> {
  const arrival = repeats.arrive(from, frame(octets), 'asker', now, true);
  if (arrival.kind !== 'new') throw new Error(arrival.kind);
  return arrival.entry;
}

const drop = (code: string) => ({ kind: 'drop', code });

describe('until the functions have answered', () => {
  test('repeat-in-work: the same octets are dropped', () => {
    const { arrive, begin } = table();
    begin(packet());
    expect(arrive(packet(), 59_000)).toEqual(drop('repeat-in-work'));
  });

  test('the same identifier and authenticator with other octets goes up as a call of its own', () => {
    const { arrive, begin, repeats } = table();
    const real = begin(packet());
    const spoofed = begin(packet({ content: 'mallory' }));
    expect(arrive(packet())).toEqual(drop('repeat-in-work'));
    repeats.discard(spoofed, 0);
    expect(repeats.answer(real, accept, 0, 0)).toBe('send');
  });

  test('a new authenticator with the same identifier is an entry beside the older one', () => {
    const { arrive, begin, repeats } = table();
    const older = begin(packet({ seed: 'one' }));
    begin(packet({ seed: 'two' }));
    expect(arrive(packet({ seed: 'one' }))).toEqual(drop('repeat-in-work'));
    expect(arrive(packet({ seed: 'two' }))).toEqual(drop('repeat-in-work'));
    expect(repeats.answer(older, accept, 0, 0)).toBe('send');
  });

  test.each([
    ['source port', OTHER_PORT],
    ['address asked', OTHER_SOCKET],
  ])('the same octets with another %s are no repeat', (_what, from) => {
    const { arrive, begin } = table();
    begin(packet());
    expect(arrive(packet(), 0, from).kind).toBe('new');
  });

  test('octets behind the length of the packet make no other datagram', () => {
    const { arrive, begin } = table();
    begin(packet());
    expect(arrive(Buffer.concat([packet(), Buffer.from('padding')]))).toEqual(drop('repeat-in-work'));
  });
});

describe('once answered', () => {
  test('the same octets get the same reply for thirty seconds, then are new', () => {
    const { arrive, begin, repeats } = table();
    repeats.answer(begin(packet()), accept, 0, 1_000);
    expect(arrive(packet(), 1_000 + ANSWER_KEPT - 1)).toEqual({ kind: 'resend', reply: accept });
    expect(arrive(packet(), 1_000 + ANSWER_KEPT).kind).toBe('new');
  });

  test('repeat-changed: other octets with the same authenticator are dropped as long as that', () => {
    const { arrive, begin, repeats } = table();
    repeats.answer(begin(packet()), accept, 0, 0);
    const changed = packet({ content: 'mallory' });
    expect(arrive(changed, ANSWER_KEPT - 1)).toEqual(drop('repeat-changed'));
    expect(arrive(changed, ANSWER_KEPT).kind).toBe('new');
  });

  test('repeat-changed: also when a newer one was answered since, or before', () => {
    const { arrive, begin, repeats } = table();
    const late = begin(packet({ seed: 'late' }));
    for (const seed of ['one', 'two', 'three']) repeats.answer(begin(packet({ seed })), accept, 0, 0);
    expect(repeats.answer(late, accept, 0, 1_000)).toBe('late-answer-retired');
    for (const seed of ['one', 'two', 'three', 'late'])
      expect(arrive(packet({ seed, content: 'mallory' }), 2_000)).toEqual(drop('repeat-changed'));
    expect(arrive(packet({ seed: 'one', content: 'mallory' }), ANSWER_KEPT).kind).toBe('new');
    expect(arrive(packet({ seed: 'late', content: 'mallory' }), ANSWER_KEPT)).toEqual(drop('repeat-changed'));
    expect(arrive(packet({ seed: 'late', content: 'mallory' }), ANSWER_KEPT + 1_000).kind).toBe('new');
  });

  test('a new authenticator is new', () => {
    const { arrive, begin, repeats } = table();
    repeats.answer(begin(packet({ seed: 'one' })), accept, 0, 0);
    expect(arrive(packet({ seed: 'two' })).kind).toBe('new');
    expect(arrive(packet({ seed: 'one' })).kind).toBe('resend');
  });

  test('the reply that is kept does not follow changes of the buffer it came in', () => {
    const { arrive, begin, repeats } = table();
    const buffer = Buffer.from('accept');
    repeats.answer(begin(packet()), buffer, 0, 0);
    buffer.fill(0);
    expect(arrive(packet())).toEqual({ kind: 'resend', reply: accept });
  });

  test('a reply that is held back is not sent early to a repeat', () => {
    const { arrive, begin, repeats } = table();
    const entry = begin(packet());
    expect(repeats.answer(entry, accept, 1_000, 0)).toBe('hold');
    expect(arrive(packet(), 999)).toEqual(drop('repeat-in-work'));
    expect(repeats.release(entry)).toBe('send');
    expect(arrive(packet(), 1_000).kind).toBe('resend');
  });
});

describe('a newer request with the same identifier', () => {
  test('late-answer-retired: once it is answered, the older one is not', () => {
    const { begin, repeats } = table();
    const older = begin(packet({ seed: 'one' }));
    const newer = begin(packet({ seed: 'two' }));
    expect(repeats.answer(newer, accept, 0, 0)).toBe('send');
    expect(repeats.answer(older, accept, 0, 0)).toBe('late-answer-retired');
  });

  test.each(['discard', 'forget'] as const)('that ends in %s retires nothing', (end) => {
    const { begin, repeats } = table();
    const older = begin(packet({ seed: 'one' }));
    const newer = begin(packet({ seed: 'two' }));
    repeats[end](newer, 0);
    expect(repeats.answer(older, accept, 0, 0)).toBe('send');
  });

  test('does not retire a third that is newer still', () => {
    const { begin, repeats } = table();
    begin(packet({ seed: 'one' }));
    const second = begin(packet({ seed: 'two' }));
    const third = begin(packet({ seed: 'three' }));
    expect(repeats.answer(second, accept, 0, 0)).toBe('send');
    expect(repeats.answer(third, accept, 0, 0)).toBe('send');
  });

  test('late-answer-retired: a reject that is held back is not sent when it was answered meanwhile', () => {
    const { begin, repeats } = table();
    const older = begin(packet({ seed: 'one' }));
    const newer = begin(packet({ seed: 'two' }));
    expect(repeats.answer(older, accept, 1_000, 0)).toBe('hold');
    repeats.answer(newer, accept, 0, 500);
    expect(repeats.release(older)).toBe('late-answer-retired');
  });

  test('repeat-retired: a copy of the older one is dropped, in work or answered', () => {
    const { arrive, begin, repeats } = table();
    const inWork = begin(packet({ seed: 'one' }));
    repeats.answer(begin(packet({ seed: 'two' })), accept, 0, 0);
    repeats.answer(begin(packet({ seed: 'three' })), accept, 0, 0);
    expect(arrive(packet({ seed: 'one' }))).toEqual(drop('repeat-retired'));
    expect(arrive(packet({ seed: 'two' }))).toEqual(drop('repeat-retired'));
    expect(arrive(packet({ seed: 'three' })).kind).toBe('resend');
    repeats.answer(inWork, accept, 0, 0);
    expect(arrive(packet({ seed: 'one' }))).toEqual(drop('repeat-retired'));
  });

  test('retires the older one also when its own answer is forgotten already', () => {
    const { begin, repeats } = table();
    const older = begin(packet({ seed: 'one' }));
    repeats.answer(begin(packet({ seed: 'two' })), accept, 0, 0);
    repeats.sweep(ANSWER_KEPT);
    expect(repeats.answer(older, accept, 0, ANSWER_KEPT)).toBe('late-answer-retired');
  });
});

describe('without a packet for an answer', () => {
  test('discarded-repeat: the same octets are dropped for five seconds, then are new', () => {
    const { arrive, begin, repeats } = table();
    repeats.discard(begin(packet()), 0);
    expect(arrive(packet(), DISCARD_KEPT - 1)).toEqual(drop('discarded-repeat'));
    expect(arrive(packet(), DISCARD_KEPT).kind).toBe('new');
  });

  test('a discarded datagram stands in the way of no other', () => {
    const { arrive, begin, repeats } = table();
    repeats.discard(begin(packet({ content: 'mallory' })), 0);
    expect(arrive(packet()).kind).toBe('new');
  });

  test('forgotten: the same octets are new at once', () => {
    const { arrive, begin, repeats } = table();
    repeats.forget(begin(packet()));
    expect(arrive(packet()).kind).toBe('new');
  });
});

describe('the table is bounded', () => {
  test('table-full: as many in work as allowed', () => {
    const { arrive, begin, repeats } = table(2, 100);
    begin(packet({ seed: '1' }));
    begin(packet({ seed: '2' }));
    expect(arrive(packet({ seed: '3' }))).toEqual(drop('table-full'));
    expect(arrive(packet({ seed: '2' }))).toEqual(drop('repeat-in-work'));
    expect(repeats.pending).toBe(2);
  });

  test('table-full: an answer out for less than five seconds is not forgotten for new work', () => {
    const { arrive, begin, repeats } = table(10, 1);
    repeats.answer(begin(packet({ seed: '1' })), accept, 1_000, 0);
    const kept = 1_000 + ANSWER_KEPT_AT_LEAST;
    expect(arrive(packet({ seed: '2' }), kept - 1)).toEqual(drop('table-full'));
    expect(arrive(packet({ seed: '2' }), kept).kind).toBe('new');
    expect(repeats.remembered).toBe(0);
  });

  test('client-share-full: a client with its share in work gets its replies again, but no new work', () => {
    const { arrive, begin, repeats } = table();
    repeats.answer(begin(packet({ seed: '1' })), accept, 0, 0);
    expect(arrive(packet({ seed: '1' }), 0, FROM, false).kind).toBe('resend');
    expect(arrive(packet({ seed: '2' }), 0, FROM, false)).toEqual(drop('client-share-full'));
  });

  test('nothing is left once all is forgotten', () => {
    const { begin, repeats } = table(100, 200);
    for (let at = 0; at < 50; at += 1) {
      const entry = begin(packet({ seed: `seed ${at}`, identifier: at % 3 }));
      if (at % 3 === 0) repeats.answer(entry, accept, 0, 0);
      else if (at % 3 === 1) repeats.discard(entry, 0);
      else repeats.forget(entry);
    }
    repeats.sweep(ANSWER_KEPT);
    expect([repeats.pending, repeats.remembered]).toEqual([0, 0]);
  });
});

describe('room', () => {
  test('a table full of discarded ones takes a new request, the oldest discarded one is forgotten', () => {
    const { arrive, begin, repeats } = table(10, 10);
    for (let n = 0; n < 10; n += 1) repeats.discard(begin(packet({ seed: `bad ${n}` })), 0);
    expect(arrive(packet({ seed: 'good' }), 1).kind).toBe('new');
    expect(arrive(packet({ seed: 'bad 1' }), 1)).toEqual(drop('discarded-repeat'));
    expect(repeats.pending + repeats.remembered).toBe(10);
  });

  test('thousands of spoofed datagrams beside a client’s own are each found by one look', () => {
    const { arrive, begin, repeats } = table(30_000, 60_000);
    const own = begin(packet({ seed: 'own' }));
    const spoofed = Array.from({ length: 20_000 }, (_, n) => begin(packet({ seed: `spoofed ${n}` })));
    expect(arrive(packet({ seed: 'spoofed 0' }))).toEqual(drop('repeat-in-work'));
    expect(arrive(packet({ seed: 'own' }))).toEqual(drop('repeat-in-work'));
    for (const entry of spoofed) repeats.forget(entry);
    expect(repeats.answer(own, accept, 0, 0)).toBe('send');
    repeats.sweep(ANSWER_KEPT);
    expect(repeats.pending + repeats.remembered).toBe(0);
    expect(arrive(packet({ seed: 'own' }), ANSWER_KEPT).kind).toBe('new');
  });
});
