import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ANSWER_KEPT,
  ANSWER_KEPT_AT_LEAST,
  createRepeats,
  DISCARD_KEPT,
  type Entry,
} from '../../edge-relay/repeats.ts';
import { frame, packet } from './packets.ts';

/** What the rules say, told with plain lists and no thought of speed. */
interface Told {
  readonly slot: string;
  readonly octets: string;
  readonly seed: string;
  readonly order: number;
  readonly entry: Entry<number>;
  state: 'pending' | 'answered' | 'discarded';
  settledAt: number;
  sendFrom: number;
}

const LIMITS = { pending: 6, entries: 10 };

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('arrive' as const),
      slot: fc.nat(1),
      seed: fc.nat(3),
      content: fc.nat(2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('answer' as const, 'hold' as const, 'discard' as const, 'forget' as const),
      which: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 900, 4_000, 5_000, 29_000),
    }),
  },
);

test('the table does what the rules say, whatever comes in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const repeats = createRepeats<number>(LIMITS);
      let told: Told[] = [];
      /** By slot: the newest request that was answered with a packet, by order and authenticator. */
      const proven = new Map<string, { order: number; seed: string }>();
      let now = 0;
      let orders = 0;

      const retired = (one: Told) => {
        const by = proven.get(one.slot);
        return by !== undefined && by.order > one.order && by.seed !== one.seed;
      };
      const expire = () => {
        told = told.filter((one) => {
          if (one.state === 'pending') return true;
          return now < one.settledAt + (one.state === 'answered' ? ANSWER_KEPT : DISCARD_KEPT);
        });
        for (const slot of [...proven.keys()])
          if (!told.some((one) => one.slot === slot)) proven.delete(slot);
      };

      for (const one of steps) {
        if (one.do === 'pass') {
          now += one.ms;
        } else if (one.do === 'arrive') {
          expire();
          const slot = `slot ${one.slot}`;
          const octets = packet({ identifier: one.slot, seed: `${one.seed}`, content: `${one.content}` });
          const text = octets.toString('hex');
          const arrival = repeats.arrive('endpoints', frame(octets), orders, now, true);

          const same = told.find((other) => other.slot === slot && other.octets === text);
          // Whatever the functions answered with a packet is proven, the newest or not, as long as it is remembered.
          const changed = told.some(
            (other) => other.slot === slot && other.state === 'answered' && other.seed === `${one.seed}`,
          );
          if (same !== undefined) {
            // Never two calls for one datagram, and nothing is sent for a request that a newer one replaced.
            const held = now < same.sendFrom;
            if (same.state === 'discarded')
              expect(arrival).toEqual({ kind: 'drop', code: 'discarded-repeat' });
            else if (retired(same)) expect(arrival).toEqual({ kind: 'drop', code: 'repeat-retired' });
            else if (same.state === 'pending' || held)
              expect(arrival).toEqual({ kind: 'drop', code: 'repeat-in-work' });
            else expect(arrival).toEqual({ kind: 'resend', reply: Buffer.from(text) });
          } else if (changed) {
            expect(arrival).toEqual({ kind: 'drop', code: 'repeat-changed' });
          } else {
            // A datagram that differs from all others is only ever turned away for want of room.
            const inWork = told.filter(({ state }) => state === 'pending').length;
            const oldest = told
              .filter(({ state }) => state === 'answered')
              .sort((a, b) => a.settledAt - b.settledAt)[0];
            const full = told.length >= LIMITS.entries;
            const room =
              inWork < LIMITS.pending &&
              (!full || (oldest !== undefined && now >= oldest.sendFrom + ANSWER_KEPT_AT_LEAST));
            if (arrival.kind !== 'new') {
              expect(arrival).toEqual({ kind: 'drop', code: 'table-full' });
              expect(room).toBe(false);
            } else {
              expect(room).toBe(true);
              if (full) {
                told = told.filter((other) => other !== oldest);
                expire();
              }
              told.push({
                slot,
                octets: text,
                seed: `${one.seed}`,
                order: orders,
                entry: arrival.entry,
                state: 'pending',
                settledAt: 0,
                sendFrom: 0,
              });
              orders += 1;
            }
          }
        } else {
          const inWork = told.filter(({ state }) => state === 'pending');
          const chosen = inWork[one.which % Math.max(1, inWork.length)];
          if (chosen === undefined) continue;
          chosen.settledAt = now;
          if (one.do === 'forget') {
            repeats.forget(chosen.entry);
            told = told.filter((other) => other !== chosen);
          } else if (one.do === 'discard') {
            repeats.discard(chosen.entry, now);
            chosen.state = 'discarded';
          } else {
            const hold = one.do === 'hold' ? 1_000 : 0;
            const wasRetired = retired(chosen);
            const next = repeats.answer(chosen.entry, Buffer.from(chosen.octets), hold, now);
            chosen.state = 'answered';
            chosen.sendFrom = now + hold;
            if (wasRetired) {
              expect(next).toBe('late-answer-retired');
            } else {
              expect(next).toBe(hold > 0 ? 'hold' : 'send');
              const order = Math.max(chosen.order, proven.get(chosen.slot)?.order ?? -1);
              proven.set(chosen.slot, { order, seed: chosen.seed });
              expect(repeats.release(chosen.entry)).toBe('send');
            }
          }
          if (!told.some((other) => other.slot === chosen.slot)) proven.delete(chosen.slot);
        }
        expect(repeats.pending).toBe(told.filter(({ state }) => state === 'pending').length);
        expect(repeats.pending).toBeLessThanOrEqual(LIMITS.pending);
        expect(repeats.pending + repeats.remembered).toBeLessThanOrEqual(LIMITS.entries);
      }
    }),
    { numRuns: 3_000 },
  );
});
