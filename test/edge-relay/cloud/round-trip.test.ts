import { expect, test } from 'vitest';
import { createRoundTrip } from '../../../edge-relay/cloud/round-trip.ts';

test('the first measurement is taken whole, further ones by an eighth', () => {
  const roundTrip = createRoundTrip();
  expect(roundTrip.estimate).toBe(0);
  roundTrip.measured(40);
  expect(roundTrip.estimate).toBe(40);
  roundTrip.measured(80);
  expect(roundTrip.estimate).toBe(45);
});

test('a call lowers the estimate and never raises it', () => {
  const roundTrip = createRoundTrip();
  roundTrip.atMost(10);
  expect(roundTrip.estimate).toBe(0);
  roundTrip.measured(40);
  roundTrip.atMost(30_000);
  expect(roundTrip.estimate).toBe(40);
  roundTrip.atMost(32);
  expect(roundTrip.estimate).toBe(39);
});

test('what is no time is not taken', () => {
  const roundTrip = createRoundTrip();
  roundTrip.measured(-1);
  roundTrip.measured(Number.NaN);
  expect(roundTrip.estimate).toBe(0);
});
