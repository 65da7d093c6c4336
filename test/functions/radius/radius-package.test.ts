import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeAttribute, integer, octets, text } from '../../../functions/radius/attribute.ts';
import { TABLE } from '../../../functions/radius/dictionary/table.ts';
import { hidePassword, revealPassword } from '../../../functions/radius/methods/pap.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import { oracle } from './oracle.ts';
import { accounting, attribute, attributesIn, draft, requestOf, SECRET, SECRET_TEXT } from './packets.ts';

const value = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((bytes) => Buffer.from(bytes));
const authenticator = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const noNul = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }).filter((s) => !s.includes('\0'));
const port = fc.integer({ min: 0, max: 0xffffffff });

describe('the radius package, where it is right', () => {
  test('its requests are read as what they say', () => {
    fc.assert(
      fc.property(
        noNul,
        noNul,
        port,
        fc.ipV4(),
        fc.array(
          value(40).filter(({ length }) => length > 0),
          { maxLength: 3 },
        ),
        (name, password, nasPort, address, states) => {
          const packet = oracle.encode({
            code: 'Access-Request',
            secret: SECRET_TEXT,
            add_message_authenticator: true,
            attributes: [
              ['User-Name', name],
              ['NAS-Port', nasPort],
              ['NAS-IP-Address', address],
              ['User-Password', password.slice(0, 20)],
              ...states.map((state) => ['Proxy-State', state] as const),
            ],
          });
          fc.pre(Buffer.byteLength(password.slice(0, 20)) > 0);
          const request = requestOf(packet);
          expect(text(request, 'User-Name')).toBe(name);
          expect(integer(request, 'NAS-Port')).toBe(nasPort);
          expect(text(request, 'NAS-IP-Address')).toBe(address);
          const hidden = octets(request, 'User-Password') ?? Buffer.alloc(0);
          expect(revealPassword(hidden, SECRET, request.authenticator)).toEqual(
            Buffer.from(password.slice(0, 20)),
          );
          const reply = buildReply(request, { code: 2, attributes: [], secret: SECRET });
          if (typeof reply === 'string') throw new Error(reply);
          expect(oracle.verify_response({ request: packet, response: reply, secret: SECRET_TEXT })).toBe(
            true,
          );
          expect(attributesIn(reply).slice(1)).toEqual(states.map((state) => attribute(33, state)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('its Accounting-Requests are proven, and ours are by it', () => {
    fc.assert(
      fc.property(noNul, port, (session, seconds) => {
        const theirs = oracle.encode({
          code: 'Accounting-Request',
          secret: SECRET_TEXT,
          attributes: [
            ['Acct-Status-Type', 'Start'],
            ['Acct-Session-Id', session],
            ['Acct-Session-Time', seconds],
          ],
        });
        const request = requestOf(theirs, { serves: 'acct' });
        expect(text(request, 'Acct-Session-Id')).toBe(session);
        expect(integer(request, 'Acct-Session-Time')).toBe(seconds);
        const ours = accounting([attribute(44, session)]);
        expect(oracle.decode({ packet: ours, secret: SECRET_TEXT }).attributes).toEqual({
          'Acct-Session-Id': session,
        });
      }),
      { numRuns: 200 },
    );
  });

  test('our hidden passwords are revealed by it', () => {
    fc.assert(
      fc.property(noNul, authenticator, (password, requestAuthenticator) => {
        const hidden = hidePassword(Buffer.from(password).subarray(0, 128), SECRET, requestAuthenticator);
        const packet = draft({ authenticator: requestAuthenticator, attributes: [attribute(2, hidden)] });
        const decoded = oracle.decode({ packet, secret: SECRET_TEXT }).attributes['User-Password'];
        expect(decoded).toBe(Buffer.from(password).subarray(0, 128).toString());
      }),
      { numRuns: 200 },
    );
  });

  /** Untagged standard attributes whose encoding the package gets right. */
  const names = (...kinds: readonly string[]) =>
    TABLE.filter(
      ([vendor, type, , kind, flags]) =>
        vendor === 0 && type < 168 && kinds.includes(kind) && (flags ?? 0) === 0,
    ).map(([, , name]) => name);
  const encodable = fc.oneof(
    fc.tuple(fc.constantFrom(...names('string')), noNul),
    fc.tuple(fc.constantFrom(...names('integer')), fc.integer({ min: 5000, max: 0xffffffff })),
    fc.tuple(fc.constantFrom(...names('ipaddr')), fc.ipV4()),
  );

  test('encodes text, numbers and addresses as we do', () => {
    fc.assert(
      fc.property(encodable, ([name, given]) => {
        const ours = encodeAttribute(name, given);
        if ('fault' in ours) throw new Error(ours.fault);
        const theirs = oracle.encode({
          code: 'Access-Request',
          secret: SECRET_TEXT,
          attributes: [[name, given]],
        });
        expect(attributesIn(theirs)).toEqual([attribute(ours.type, ours.value)]);
      }),
      { numRuns: 500 },
    );
  });

  test('encodes enumerated values as we do', () => {
    for (const [vendor, type, name, , flags = 0, values = ''] of TABLE) {
      if (vendor !== 0 || flags !== 0 || values === '') continue;
      for (const valueName of values.split(' ').map((pair) => pair.slice(0, pair.lastIndexOf('=')))) {
        const ours = encodeAttribute(name, valueName);
        if ('fault' in ours) throw new Error(ours.fault);
        const theirs = oracle.encode({
          code: 'Access-Request',
          secret: SECRET_TEXT,
          attributes: [[name, valueName]],
        });
        expect(attributesIn(theirs), `${name} ${valueName}`).toEqual([attribute(type, ours.value)]);
      }
    }
  });

  test('encodes tagged values as we do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 31 }),
        fc.integer({ min: 4000, max: 0xffffff }),
        (tag, number) => {
          const ours = encodeAttribute(`Tunnel-Type:${tag}`, number);
          if ('fault' in ours) throw new Error(ours.fault);
          const theirs = oracle.encode({
            code: 'Access-Request',
            secret: SECRET_TEXT,
            attributes: [['Tunnel-Type', tag, number]],
          });
          expect(attributesIn(theirs)).toEqual([
            attribute(64, Buffer.concat([Buffer.from([tag]), ours.value])),
          ]);
        },
      ),
    );
  });
});
