import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClientRules, createAdmission, SENDERS_PER_CLIENT } from '../../edge-relay/admission.ts';
import { canonicalAddress, parseNetwork } from '../../relay-call/address.ts';

function rules(text: string, more: Partial<ClientRules> = {}): ClientRules {
  const network = parseNetwork(text);
  if (network === undefined) throw new Error(text);
  return { network, perSecond: 50, burst: 100, patience: 60_000, rejectDelay: 1_000, ...more };
}

const admitting = (...networks: string[]) =>
  createAdmission(
    networks.map((text) => rules(text)),
    0,
  );
const networkOf = (admission: ReturnType<typeof admitting>, address: string) =>
  admission.sender(address, 0)?.client.rules.network.toString();

describe('who is admitted', () => {
  const admission = admitting(
    '0.0.0.0/0',
    '192.0.2.0/24',
    '192.0.2.10',
    '2001:db8::/32',
    '2001:db8::1',
    '::1',
  );

  test.each([
    ['192.0.2.10', '192.0.2.10'],
    ['192.0.2.11', '192.0.2.0/24'],
    ['192.0.3.1', '0.0.0.0/0'],
    ['255.255.255.255', '0.0.0.0/0'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8:ffff::1', '2001:db8::/32'],
    ['::1', '::1'],
  ])('%s by the longest prefix, %s', (address, network) => {
    expect(networkOf(admission, address)).toBe(network);
  });

  test.each(['2001:db9::1', '::2', '::'])('not-admitted: %s', (address) => {
    expect(admission.sender(address, 0)).toBeUndefined();
  });

  test('not-admitted: IPv6 is not admitted by a network of IPv4, nor the other way round', () => {
    expect(networkOf(admitting('0.0.0.0/0'), '::1')).toBeUndefined();
    expect(networkOf(admitting('::/0'), '0.0.0.1')).toBeUndefined();
  });

  test('agrees with the networks themselves on any address', () => {
    const networks = [
      '10.0.0.0/8',
      '10.1.0.0/16',
      '10.1.2.0/23',
      '10.1.2.3',
      'fd00::/8',
      'fd00:1::/33',
      '::/1',
    ];
    const subject = admitting(...networks);
    const four = fc
      .tuple(fc.constant(10), fc.nat(2), fc.nat(4), fc.nat(255))
      .map((octets) => octets.join('.'));
    const address = fc
      .oneof(four, fc.ipV4(), fc.ipV6())
      .map(canonicalAddress)
      .filter((text) => text !== undefined);
    fc.assert(
      fc.property(address, (text) => {
        const matching = networks
          .map((network) => rules(network).network)
          .filter((network) => network.contains(text))
          .sort((a, b) => b.prefix - a.prefix);
        expect(networkOf(subject, text)).toBe(matching[0]?.toString());
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('how often', () => {
  function sender(admission: ReturnType<typeof createAdmission>, address: string, now = 0) {
    const found = admission.sender(address, now);
    if (found === undefined) throw new Error(address);
    return found;
  }

  function taken(admission: ReturnType<typeof createAdmission>, address: string, times: number, now: number) {
    let count = 0;
    for (let at = 0; at < times; at += 1)
      if (admission.take(sender(admission, address, now), now)) count += 1;
    return count;
  }

  test('rate-limited: a burst, then the rate', () => {
    const admission = createAdmission([rules('192.0.2.0/24', { perSecond: 10, burst: 5 })], 0);
    expect(taken(admission, '192.0.2.1', 20, 0)).toBe(5);
    expect(taken(admission, '192.0.2.1', 20, 100)).toBe(1);
    expect(taken(admission, '192.0.2.1', 20, 10_000)).toBe(5);
  });

  test('a flood from one address takes nothing from another, in the same network or not', () => {
    const admission = createAdmission([rules('192.0.2.0/24'), rules('198.51.100.0/24')], 0);
    expect(taken(admission, '192.0.2.1', 1_000, 0)).toBe(100);
    expect(taken(admission, '192.0.2.2', 100, 0)).toBe(100);
    expect(taken(admission, '198.51.100.1', 100, 0)).toBe(100);
  });

  test('rate-limited: addresses beyond those that are followed share one bucket, until others are idle', () => {
    const admission = createAdmission([rules('10.0.0.0/8', { perSecond: 1, burst: 2 })], 0);
    const address = (at: number) => `10.0.${at >> 8}.${at & 255}`;
    for (let at = 0; at < SENDERS_PER_CLIENT; at += 1) taken(admission, address(at), 2, 0);
    const beyond = [SENDERS_PER_CLIENT, SENDERS_PER_CLIENT + 1].map(address);
    expect(beyond.map((one) => taken(admission, one, 2, 500))).toEqual([2, 0]);
    // Two seconds later every bucket is full again and as good as a new one.
    expect(beyond.map((one) => taken(admission, one, 2, 2_500))).toEqual([2, 2]);
  });

  test('a million datagrams from unknown senders leave memory where it was', () => {
    const admission = admitting('192.0.2.0/24', '198.51.100.7', '2001:db8::/32');
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const flood = (count: number) => {
      let admitted = 0;
      for (let at = 0; at < count; at += 1) {
        const address =
          at % 4 === 0
            ? `2001:db9::${(at & 0xffff).toString(16)}`
            : `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
        if (admission.sender(address, at) !== undefined) admitted += 1;
      }
      return admitted;
    };
    flood(10_000);
    collect();
    const before = process.memoryUsage().heapUsed;
    expect(flood(1_000_000)).toBe(0);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  }, 30_000);
});
