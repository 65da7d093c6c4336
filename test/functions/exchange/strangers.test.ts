import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CODE } from '../../../relay-call/framing.ts';
import { attribute, draft, signed, USER_NAME } from '../radius/packets.ts';
import { pap, rdGateway } from './requests.ts';
import { rig } from './rig.ts';

const header = fc.oneof(
  fc.constantFrom(
    'signature-input',
    'signature',
    'content-digest',
    'content-type',
    'radius-source',
    'radius-deadline',
  ),
  fc.string({ maxLength: 20 }),
);

describe('what strangers send', () => {
  test('a call with any headers and any body is refused, and nothing is thrown', async () => {
    const bridge = rig();
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(header, fc.string({ maxLength: 200 })),
        fc.uint8Array({ maxLength: 5000 }),
        fc.constantFrom('POST', 'GET', 'PUT'),
        fc.constantFrom('/api/radius', '/', '/api/radius/'),
        async (headers, body, method, path) => {
          const own = new Map(Object.entries(headers));
          const answer = await bridge.send({
            method,
            path,
            query: '',
            header: (name) => own.get(name),
            body,
          });
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 500 },
    );
    expect(bridge.records()).toEqual([]);
    expect(bridge.store.tried()).toBe(0);
  });

  test('a stolen relay’s key with any octets as a packet gets silence', async () => {
    const bridge = rig();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 4096 }),
        fc.constantFrom('192.0.2.10', '192.0.2.20', '203.0.113.1'),
        async (packet, from) => {
          expect((await bridge.call({ packet, from })).status).toBe(204);
        },
      ),
      { numRuns: 300 },
    );
    expect(bridge.records()).toEqual([]);
  });

  test('malformed packets that need no secret are rejected and counted, not recorded one by one', async () => {
    const bridge = rig();
    const packet = draft({ attributes: [USER_NAME, attribute(2, [1, 2, 3])] });
    for (let n = 0; n < 200; n += 1) {
      const fresh = Buffer.from(packet);
      fresh.writeUInt32BE(n, 4);
      const answer = await bridge.call({ packet: fresh, from: '192.0.2.30' });
      expect(Buffer.from(answer.body ?? [])[0]).toBe(CODE.accessReject);
    }
    expect(bridge.records()).toEqual([]);
    await bridge.time.advance(10_000);
    const facts = {
      event: 'packet-rejected',
      code: 'attribute-length-wrong',
      relay: 'site-1',
      client: 'old',
      from: '192.0.2.30',
    };
    expect(bridge.lines).toEqual([facts, { ...facts, leftOut: 198 }]);
  });

  test('the same with a Message-Authenticator that holds is recorded, since only the client can send it', async () => {
    const bridge = rig();
    const packet = signed({ attributes: [USER_NAME, attribute(2, [1, 2, 3])] });
    await bridge.call({ packet, from: '192.0.2.30' });
    expect(bridge.records()).toMatchObject([
      { reason: 'malformed-request', detail: 'attribute-length-wrong' },
    ]);
  });

  test('a stolen relay’s key with a recorded packet that is changed anywhere gets silence', async () => {
    const bridge = rig();
    const recorded = [
      { packet: pap('alice'), from: '192.0.2.10' },
      { packet: rdGateway('CONTOSO\\alice'), from: '192.0.2.20' },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...recorded),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (x, at, change) => {
          const packet = Buffer.from(x.packet);
          const octet = at % packet.length;
          packet[octet] = (packet[octet] ?? 0) ^ change;
          expect((await bridge.call({ ...x, packet })).status).toBe(204);
        },
      ),
      { numRuns: 500 },
    );
    expect(bridge.records()).toEqual([]);
  });

  test('a client that needs no Message-Authenticator still gets no Accept without the password', async () => {
    const bridge = rig();
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const packet = Buffer.from(pap('alice', 'wrong'));
        const octet = 20 + (at % (packet.length - 20));
        packet[octet] = (packet[octet] ?? 0) ^ change;
        const answer = await bridge.call({ packet, from: '192.0.2.30' });
        expect(answer.body?.[0]).not.toBe(CODE.accessAccept);
      }),
      { numRuns: 300 },
    );
  });
});
