import { expect, test } from 'vitest';
import { revealPassword } from '../../../functions/radius/methods/pap.ts';
import { readRequest } from '../../../functions/radius/request.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { acceptsOf } from './backend/accept.ts';
import { judgeOf } from './senders/answers.ts';
import { buildPackets } from './senders/packets.ts';

const secret = 'a secret of 26 octets here';
const { octets, size } = buildPackets({ count: 3, secret, identifier: (index) => index + 7 });
const packets = [0, 1, 2].map((index) => octets.subarray(index * size, (index + 1) * size));
const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = packets;
const judge = judgeOf({ expects: 'reply', secret });

test('the functions take the packets of the bench, prove them and read their password', () => {
  const known = sharedSecret('bench', Buffer.from(secret));
  const readings = packets.map((packet) =>
    readRequest(packet, {
      serves: 'auth',
      secrets: [known],
      messageAuthenticator: 'required',
      authorizeOnly: false,
    }),
  );
  const read = readings.map((reading) => {
    if (reading.kind !== 'request') throw new Error(reading.kind);
    const password = reading.packet.attributes.find(({ type }) => type === 2);
    return {
      identifier: reading.packet.identifier,
      password: revealPassword(
        password?.value ?? Buffer.alloc(0),
        known,
        reading.packet.authenticator,
      ).toString(),
    };
  });
  expect(read).toEqual([7, 8, 9].map((identifier) => ({ identifier, password: 'correct horse' })));
});

test('no packet is like another', () => {
  expect(new Set(packets.map((packet) => packet.toString('hex', 4, 20)))).toHaveProperty('size', 3);
});

test('the accept of the null backend answers its request and no other', () => {
  const accept = acceptsOf(secret)(first);
  expect(judge(accept, first)).toBe('accepted');
  expect(judge(accept, second)).toBe('wrong');
  expect(judge(acceptsOf('another secret')(first), first)).toBe('wrong');
});

test('an echo is accepted when it is the request, octet for octet', () => {
  const echoes = judgeOf({ expects: 'echo', secret: '' });
  expect(echoes(first, first)).toBe('accepted');
  expect(echoes(second, first)).toBe('wrong');
});
