import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClientRules, createAdmission } from '../../edge-relay/admission.ts';
import type { CloudAnswer, CloudCall } from '../../edge-relay/cloud/call.ts';
import { createCounters } from '../../edge-relay/counters.ts';
import { createLog } from '../../edge-relay/log.ts';
import { createRelay, type Via } from '../../edge-relay/relay.ts';
import { parseNetwork } from '../../relay-call/address.ts';
import { CODE, type FRAMING_FAULTS, type Service } from '../../relay-call/framing.ts';
import { handTimers } from './hand-timers.ts';
import { packet, reply } from './packets.ts';

const client = (network: string, more: Partial<ClientRules> = {}): ClientRules => {
  const parsed = parseNetwork(network);
  if (parsed === undefined) throw new Error(network);
  return { network: parsed, perSecond: 50, burst: 100, patience: 60_000, rejectDelay: 1_000, ...more };
};

interface Sent {
  readonly from: string;
  readonly to: string;
  readonly reply: Buffer;
}

/** A relay whose functions are the test. */
function bench(x: { clients?: readonly ClientRules[]; pending?: number; remembered?: number } = {}) {
  const { clients = [client('192.0.2.0/24')], pending = 100, remembered = 100 } = x;
  const time = handTimers();
  const { clock, timers } = time;
  const calls: Array<{ call: CloudCall; resolve(answer: CloudAnswer): void; reject(error: Error): void }> =
    [];
  const sent: Sent[] = [];
  const lines: string[] = [];
  const counters = createCounters();
  const relay = createRelay({
    clock,
    timers,
    cloud: {
      ask: (call) => new Promise((resolve, reject) => void calls.push({ call, resolve, reject })),
    },
    admission: createAdmission(clients, clock.monotonic()),
    limits: { pending, remembered },
    counters,
    log: createLog(time, (line) => lines.push(line)),
  });
  const via = (address = '192.0.2.1', port = 1812, serves: Service = 'auth'): Via => ({
    local: { address, port },
    serves,
    send: (octets, toPort, toAddress) =>
      void sent.push({
        from: `${address} ${port}`,
        to: `${toAddress} ${toPort}`,
        reply: Buffer.from(octets),
      }),
  });
  return {
    relay,
    time,
    calls,
    sent,
    lines,
    drops: () => counters.read().drops,
    counts: () => counters.read(),
    via,
    receive: (octets: Buffer, from = '192.0.2.10', port = 49_152, by = via()) =>
      relay.receive(octets, { address: from, port }, by),
    /** The functions answer the call with that number. */
    async answer(which: number, answer: CloudAnswer) {
      calls[which]?.resolve(answer);
      await Promise.resolve();
    },
  };
}

const accept: CloudAnswer = { kind: 'reply', packet: reply(CODE.accessAccept) };
const reject: CloudAnswer = { kind: 'reply', packet: reply(CODE.accessReject) };

describe('a request', () => {
  test('goes up with who asked where, and its reply leaves by the socket that was asked', async () => {
    const { answer, calls, receive, sent, time, via } = bench({
      clients: [client('192.0.2.0/24', { patience: 30_000 })],
    });
    receive(packet(), '192.0.2.10', 49_152, via('192.0.2.9', 1645));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.call).toMatchObject({
      source: {
        from: { address: '192.0.2.10', port: 49_152 },
        to: { address: '192.0.2.9', port: 1645 },
        serves: 'auth',
      },
      arrived: time.clock.monotonic(),
      patience: 30_000,
    });
    expect(calls[0]?.call.frame.packet).toEqual(packet());
    await answer(0, accept);
    expect(sent).toEqual([
      { from: '192.0.2.9 1645', to: '192.0.2.10 49152', reply: reply(CODE.accessAccept) },
    ]);
  });

  test('from an IPv6 link-local address is answered into its zone and known without it', async () => {
    const { answer, calls, receive, sent, via } = bench({ clients: [client('fe80::/10')] });
    receive(packet(), 'fe80::1%eth0', 49_152, via('fe80::2', 1812));
    expect(calls[0]?.call.source.from).toEqual({ address: 'fe80::1', port: 49_152 });
    await answer(0, accept);
    expect(sent[0]?.to).toBe('fe80::1%eth0 49152');
  });

  test('repeated while in work makes no call, repeated later gets the same reply', async () => {
    const { answer, calls, counts, drops, receive, sent } = bench();
    receive(packet());
    receive(packet());
    expect(drops()).toEqual({ 'repeat-in-work': 1 });
    await answer(0, accept);
    receive(packet());
    expect(calls).toHaveLength(1);
    expect(sent.map((one) => one.reply)).toEqual([reply(CODE.accessAccept), reply(CODE.accessAccept)]);
    expect(counts().relay).toEqual({ received: 3, called: 1, sent: 1, resent: 1 });
  });

  test('that a spoofed one tries to replace is answered all the same', async () => {
    const { answer, receive, sent } = bench();
    receive(packet());
    receive(packet({ content: 'mallory' }));
    receive(packet({ seed: 'other' }));
    await answer(1, { kind: 'discard' });
    await answer(2, { kind: 'discard' });
    await answer(0, accept);
    expect(sent).toHaveLength(1);
  });
});

describe('drops before a call', () => {
  test('not-admitted', () => {
    const { calls, drops, receive } = bench();
    receive(packet(), '198.51.100.1');
    expect([calls.length, drops()]).toEqual([0, { 'not-admitted': 1 }]);
  });

  test('not-admitted: an address that is none', () => {
    const { drops, receive } = bench();
    receive(packet(), ':nonsense:');
    expect(drops()).toEqual({ 'not-admitted': 1 });
  });

  test('source-port-zero', () => {
    const { drops, receive } = bench();
    receive(packet(), '192.0.2.10', 0);
    expect(drops()).toEqual({ 'source-port-zero': 1 });
  });

  const attribute = (...octets: number[]) => {
    const header = packet().subarray(0, 20);
    const all = Buffer.concat([header, Buffer.from(octets)]);
    all.writeUInt16BE(all.length, 2);
    return all;
  };
  const length = (value: number) => {
    const octets = packet();
    octets.writeUInt16BE(value, 2);
    return octets;
  };
  const authenticator = [80, 18, ...new Array<number>(16).fill(0)];
  const malformed: Record<keyof typeof FRAMING_FAULTS, Buffer> = {
    'datagram-too-short': packet().subarray(0, 19),
    'length-out-of-range': length(19),
    'datagram-truncated': length(4_000),
    'attribute-type-zero': attribute(0, 2),
    'attribute-too-short': attribute(1, 1),
    'attribute-overrun': attribute(1, 9),
    'too-many-attributes': attribute(...new Array<number[]>(201).fill([1, 2]).flat()),
    'message-authenticator-length': attribute(80, 4, 0, 0),
    'message-authenticator-repeated': attribute(...authenticator, ...authenticator),
  };
  test.each(Object.entries(malformed))('%s', (code, octets) => {
    const { calls, drops, receive } = bench();
    receive(octets);
    expect([calls.length, drops()]).toEqual([0, { [code]: 1 }]);
  });

  test.each([
    ['auth', CODE.accountingRequest],
    ['acct', CODE.accessRequest],
    ['auth', CODE.accessAccept],
    ['auth', 255],
  ] as const)('code-wrong-for-port: %s, code %d', (serves, code) => {
    const { calls, drops, receive, via } = bench();
    receive(packet({ code }), '192.0.2.10', 49_152, via('192.0.2.1', 1812, serves));
    expect([calls.length, drops()]).toEqual([0, { 'code-wrong-for-port': 1 }]);
  });

  test('rate-limited: a flood from one client leaves another its replies', async () => {
    const { answer, calls, drops, receive, sent } = bench({
      clients: [client('192.0.2.10'), client('192.0.2.20')],
      pending: 1_000,
    });
    for (let at = 0; at < 5_000; at += 1) receive(packet({ seed: `flood ${at}`, identifier: at & 255 }));
    expect(drops()).toEqual({ 'rate-limited': 4_900 });
    receive(packet(), '192.0.2.20');
    await answer(calls.length - 1, accept);
    expect(sent.map(({ to }) => to)).toEqual(['192.0.2.20 49152']);
  });

  test('malformed datagrams take no tokens from the client in whose name they come', () => {
    const { calls, receive } = bench();
    for (let at = 0; at < 1_000; at += 1) receive(packet().subarray(0, 19));
    receive(packet());
    expect(calls).toHaveLength(1);
  });

  test('client-share-full: one of several clients fills half of the table at most', () => {
    const { calls, drops, receive } = bench({
      clients: [client('192.0.2.10'), client('192.0.2.20')],
      pending: 10,
    });
    for (let at = 0; at < 8; at += 1) receive(packet({ seed: `${at}` }));
    expect([calls.length, drops()]).toEqual([5, { 'client-share-full': 3 }]);
    receive(packet(), '192.0.2.20');
    expect(calls).toHaveLength(6);
  });

  test('table-full: new work is turned away, what is in work goes on', async () => {
    const { answer, calls, drops, receive, relay, sent } = bench({ pending: 3 });
    for (let at = 0; at < 5; at += 1) receive(packet({ seed: `${at}` }));
    expect([calls.length, relay.pending, drops()]).toEqual([3, 3, { 'table-full': 2 }]);
    await answer(0, accept);
    receive(packet({ seed: 'next' }));
    expect([sent.length, calls.length]).toEqual([1, 4]);
  });

  test('draining', async () => {
    const { calls, drops, receive, relay } = bench();
    await relay.drain(1_000);
    receive(packet());
    expect([calls.length, drops()]).toEqual([0, { draining: 1 }]);
  });

  test('no octets from anyone make it throw', () => {
    const { receive, via } = bench({ clients: [client('0.0.0.0/0'), client('::/0')] });
    const port = fc.nat(65_535);
    const serves = fc.constantFrom<Service>('auth', 'acct');
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 4_200 }),
      fc.uint8Array({ minLength: 22, maxLength: 300 }).map((body) => {
        const framed = Buffer.from(body);
        framed.writeUInt16BE(framed.length, 2);
        return framed;
      }),
    );
    fc.assert(
      fc.property(octets, fc.oneof(fc.ipV4(), fc.ipV6()), port, serves, (body, address, from, service) => {
        receive(Buffer.from(body), address, from, via('192.0.2.1', 1812, service));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('drops after a call', () => {
  const silent: ReadonlyArray<[string, CloudAnswer]> = [
    ['answer-discard', { kind: 'discard' }],
    ['answer-unavailable', { kind: 'unavailable', code: 'store-unreachable', begun: true, retryAfter: 1 }],
    ['answer-refused', { kind: 'refused', code: 'relay-unknown' }],
    ['answer-busy', { kind: 'busy', ours: false, retryAfter: 1 }],
    ['answer-fault', { kind: 'fault', code: 'content-type-wrong' }],
    ['answer-unreachable', { kind: 'unreachable', code: 'connection-refused' }],
    ['answer-broken', { kind: 'broken', code: 'connection-broken' }],
    ['answer-late', { kind: 'late' }],
  ];

  test.each(silent)('%s: silence', async (code, answered) => {
    const { answer, drops, receive, relay, sent } = bench();
    receive(packet());
    await answer(0, answered);
    expect([sent, relay.pending, drops()]).toEqual([[], 0, { [code]: 1 }]);
  });

  test.each(silent.slice(1))('%s: the next repeat is a call again', async (_code, answered) => {
    const { answer, calls, receive } = bench();
    receive(packet());
    await answer(0, answered);
    receive(packet());
    expect(calls).toHaveLength(2);
  });

  test('discarded-repeat: after a discard not for five seconds', async () => {
    const { answer, calls, drops, receive, time } = bench();
    receive(packet());
    await answer(0, { kind: 'discard' });
    time.pass(4_999);
    receive(packet());
    expect([calls.length, drops()]).toEqual([1, { 'answer-discard': 1, 'discarded-repeat': 1 }]);
    time.pass(1);
    receive(packet());
    expect(calls).toHaveLength(2);
  });

  test('answer-fault: what was wrong with the answer is counted', async () => {
    const { answer, counts, receive } = bench();
    receive(packet());
    await answer(0, { kind: 'fault', code: 'identifier-other' });
    expect(counts().faults).toEqual({ 'identifier-other': 1 });
  });

  test('answer-broken: a call that fails in a way it never should', async () => {
    const { calls, drops, receive, relay } = bench();
    receive(packet());
    calls[0]?.reject(new Error('never'));
    await Promise.resolve();
    expect([relay.pending, drops()]).toEqual([0, { 'answer-broken': 1 }]);
  });

  test('reply-too-late: the client has stopped waiting', async () => {
    const { answer, drops, receive, sent, time } = bench();
    receive(packet());
    time.pass(60_001);
    await answer(0, accept);
    expect([sent, drops()]).toEqual([[], { 'reply-too-late': 1 }]);
  });

  test('late-answer-retired: a newer request with the same identifier was answered', async () => {
    const { answer, drops, receive, sent } = bench();
    receive(packet({ seed: 'older' }));
    receive(packet({ seed: 'newer' }));
    await answer(1, accept);
    await answer(0, reject);
    expect([sent.length, drops()]).toEqual([1, { 'late-answer-retired': 1 }]);
  });

  test('repeat-retired and repeat-changed', async () => {
    const { answer, calls, drops, receive } = bench();
    receive(packet({ seed: 'older' }));
    receive(packet({ seed: 'newer' }));
    await answer(1, accept);
    receive(packet({ seed: 'older' }));
    receive(packet({ seed: 'newer', content: 'mallory' }));
    expect([calls.length, drops()]).toEqual([2, { 'repeat-retired': 1, 'repeat-changed': 1 }]);
  });
});

describe('a reject', () => {
  test('is held back for a second from when it came', async () => {
    const { answer, counts, receive, sent, time } = bench();
    receive(packet());
    time.pass(5_000);
    await answer(0, reject);
    time.pass(999);
    receive(packet());
    expect(sent).toEqual([]);
    time.pass(1);
    expect(sent.map((one) => one.reply)).toEqual([reply(CODE.accessReject)]);
    expect(counts()).toMatchObject({ relay: { held: 1, sent: 1 }, drops: { 'repeat-in-work': 1 } });
  });

  test('goes out at once where the client wants it so', async () => {
    const { answer, receive, sent } = bench({ clients: [client('192.0.2.0/24', { rejectDelay: 0 })] });
    receive(packet());
    await answer(0, reject);
    expect(sent).toHaveLength(1);
  });

  test('is held back no longer than leaves it time to arrive within the patience of the client', async () => {
    const { answer, receive, sent, time } = bench();
    receive(packet());
    time.pass(59_000);
    await answer(0, reject);
    time.pass(499);
    expect(sent).toEqual([]);
    time.pass(1);
    expect(sent).toHaveLength(1);
  });

  test('goes out at once in the last moment of the client’s patience', async () => {
    const { answer, receive, sent, time } = bench();
    receive(packet());
    time.pass(59_700);
    await answer(0, reject);
    expect(sent).toHaveLength(1);
  });

  test('late-answer-retired: is not sent when a newer request was answered meanwhile', async () => {
    const { answer, drops, receive, sent, time } = bench();
    receive(packet({ seed: 'older' }));
    receive(packet({ seed: 'newer' }));
    await answer(0, reject);
    await answer(1, accept);
    time.pass(1_000);
    expect([sent.map((one) => one.reply[0]), drops()]).toEqual([
      [CODE.accessAccept],
      { 'late-answer-retired': 1 },
    ]);
  });
});

describe('stop', () => {
  test('is done at once with nothing in work', async () => {
    const { relay, time } = bench();
    await relay.drain(10_000);
    expect(time.waiting).toBe(0);
  });

  test('waits for what is in work and for rejects that are held back', async () => {
    const { answer, receive, relay, sent, time } = bench();
    receive(packet({ seed: 'one' }));
    receive(packet({ seed: 'two', identifier: 8 }));
    let done = false;
    const drained = relay.drain(10_000).then(() => {
      done = true;
    });
    await answer(0, accept);
    await answer(1, { kind: 'reply', packet: reply(CODE.accessReject, 8) });
    expect(done).toBe(false);
    time.pass(1_000);
    await drained;
    expect(sent.map((one) => one.reply[0])).toEqual([CODE.accessAccept, CODE.accessReject]);
  });

  test('stopped-before-answer: gives up what is in work at its limit and ends the calls', async () => {
    const { answer, calls, drops, receive, relay, sent, time } = bench();
    receive(packet({ seed: 'one' }));
    receive(packet({ seed: 'two', identifier: 8 }));
    const drained = relay.drain(10_000);
    time.pass(10_000);
    await drained;
    expect(calls[0]?.call.signal.aborted).toBe(true);
    await answer(0, accept);
    await answer(1, { kind: 'stopped' });
    expect([sent, drops()]).toEqual([[], { 'stopped-before-answer': 2 }]);
  });

  test('stopped-before-answer: a reject that is held back beyond the limit', async () => {
    const { answer, drops, receive, relay, sent, time } = bench();
    receive(packet());
    await answer(0, reject);
    const drained = relay.drain(500);
    time.pass(500);
    await drained;
    // The process ends now; no timer of it runs any more.
    expect([sent, drops(), time.waiting]).toEqual([[], { 'stopped-before-answer': 1 }, 0]);
  });
});

describe('the log', () => {
  test('never holds what is in a packet', async () => {
    const { answer, lines, receive } = bench();
    receive(packet({ content: 'correct horse' }));
    receive(packet({ content: 'correct horse' }));
    receive(packet({ code: CODE.accountingRequest, content: 'correct horse' }));
    receive(packet({ content: 'correct horse' }).subarray(0, 30));
    await answer(0, { kind: 'refused', code: '"><x>\r\n' });
    expect(lines.join('\n')).not.toMatch(/correct|horse/);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  });

  test('says a flood once in ten seconds and how much it left out', () => {
    const { lines, receive, time } = bench();
    for (let at = 0; at < 500; at += 1) receive(packet(), '198.51.100.1');
    receive(packet(), '198.51.100.2');
    time.pass(10_000);
    const drops = lines.map((line) => JSON.parse(line));
    expect(drops).toMatchObject([
      { event: 'drop', code: 'not-admitted', from: '198.51.100.1' },
      { event: 'drop', code: 'not-admitted', from: '198.51.100.2', leftOut: 499 },
    ]);
  });

  test('says and counts each way to be refused, and each cause of silence', async () => {
    const { answer, counts, lines, receive } = bench();
    const answers: readonly CloudAnswer[] = [
      ...['relay-disabled', 'signature-wrong', 'digest-mismatch'].map(
        (code) => ({ kind: 'refused', code }) as const,
      ),
      { kind: 'unavailable', code: 'store-unreachable', begun: true, retryAfter: 0 },
      { kind: 'unavailable', code: 'vault-unreachable', begun: true, retryAfter: 0 },
      { kind: 'unreachable', code: 'name-unknown' },
      { kind: 'unreachable', code: 'not-tls' },
    ];
    for (const [at, one] of answers.entries()) {
      for (const seed of ['first', 'second']) receive(packet({ seed: `${seed} ${at}` }));
      await answer(2 * at, one);
      await answer(2 * at + 1, one);
    }
    expect(lines.map((line) => JSON.parse(line).cause)).toEqual(
      answers.map((one) => ('code' in one ? one.code : '')),
    );
    expect(counts()).toMatchObject({
      drops: { 'answer-refused': 6, 'answer-unavailable': 4, 'answer-unreachable': 4 },
      refusals: { 'relay-disabled': 2, 'signature-wrong': 2, 'digest-mismatch': 2 },
      unavailable: { 'store-unreachable': 2, 'vault-unreachable': 2 },
    });
  });

  test('keeps nothing of finished work', async () => {
    const { answer, receive, relay, time } = bench();
    for (let at = 0; at < 50; at += 1) {
      receive(packet({ seed: `${at}` }));
      await answer(at, at % 2 === 0 ? accept : { kind: 'discard' });
    }
    time.pass(30_000);
    relay.sweep();
    expect([relay.pending, relay.remembered, time.waiting]).toEqual([0, 0, 0]);
  });
});
