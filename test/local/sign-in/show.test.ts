import { describe, expect, test } from 'vitest';
import { packetOf } from '../../../functions/radius/packet.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { readReply } from '../../../local/sign-in/reply.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { attributesOf } from '../../../local/sign-in/shapes.ts';
import {
  endpointText,
  exchangeLines,
  packetLines,
  printable,
  seconds,
  waitingLine,
} from '../../../local/sign-in/show.ts';
import { readFrame } from '../../../relay-call/framing.ts';

const secret = Buffer.from('a shared secret of a client');

function request(shape: 'vpn' | 'rd-gateway', userName = 'alice', password?: string) {
  return encodeAccessRequest({
    identifier: 7,
    authenticator: Buffer.alloc(16, 0x5a),
    secret,
    attributes: attributesOf(shape, { userName, machine: 'PC7' }),
    ...(password === undefined ? {} : { password }),
  });
}

describe('a packet', () => {
  test('of a VPN: the password is not shown', () => {
    const lines = packetLines('→', request('vpn', 'alice', 'correct horse').octets, 'from here to there');
    expect(lines[0]).toMatch(/^→ Access-Request, identifier 7, \d+ octets, from here to there$/);
    const text = lines.join('\n');
    expect(text).toMatch(/User-Name +alice/);
    expect(text).toMatch(/User-Password +<hidden>/);
    expect(text).not.toContain('correct horse');
  });

  test('of RD Gateway: machine and kind of server in Microsoft attributes', () => {
    const text = packetLines('→', request('rd-gateway').octets, '').join('\n');
    expect(text).toMatch(/Called-Station-Id +UserAuthType:PW/);
    expect(text).toMatch(/MS-Machine-Name +PC7/);
    expect(text).toMatch(/MS-Network-Access-Server-Type +\S/);
    expect(text).not.toContain('User-Password');
  });

  test('that is none', () => {
    expect(packetLines('←', Buffer.from('what?'), 'from nowhere')).toEqual([
      '← no RADIUS packet, 5 octets, from nowhere',
    ]);
  });

  test('cannot speak to the terminal', () => {
    const text = packetLines('→', request('vpn', '\u001b[2J\r\nalice\u202e').octets, '').join('\n');
    for (const character of ['\u001b', '\r', '\u202e']) expect(text).not.toContain(character);
    expect(text.split('\n').some((line) => line.startsWith('alice'))).toBe(false);
  });
});

describe('an exchange', () => {
  test('with a reply', () => {
    const sent = request('vpn', 'alice', 'x');
    const frame = readFrame(sent.octets);
    if (typeof frame === 'string') throw new Error(frame);
    const octets = buildReply(packetOf(frame), {
      code: 3,
      attributes: [{ type: 18, value: Buffer.from('No.') }],
      secret: sharedSecret('server', secret),
    });
    if (typeof octets === 'string') throw new Error(octets);
    const reply = readReply(sent, octets);
    if (typeof reply === 'string') throw new Error(reply);
    const lines = exchangeLines({ kind: 'reply', reply, elapsed: 1234, transmissions: 2, refused: [] });
    expect(lines[0]).toMatch(/^← Access-Reject, identifier 7, \d+ octets, after 1.2 s$/);
    expect(lines.join('\n')).toMatch(/Reply-Message +No\./);
    expect(lines.at(-1)).toBe('Access-Reject after 1.2 s, the request was sent 2 times.');
  });

  test('with silence, and a forged datagram told', () => {
    const refused = ['reply-message-authenticator-missing'] as const;
    expect(exchangeLines({ kind: 'silence', elapsed: 900, transmissions: 1, refused })).toEqual([
      '! A datagram was not taken as the reply (reply-message-authenticator-missing). It has no Message-Authenticator, so it could be forged without the secret.',
      '',
      'Silence for 900 ms, the request was sent once.',
    ]);
  });
});

test('waiting for a person', () => {
  expect(waitingLine('http://127.0.0.1:4711/')).toMatch(
    /phone may be ringing: http:\/\/127\.0\.0\.1:4711\/$/,
  );
  expect(waitingLine(undefined)).toMatch(/part may be down.*npm start.*phone may be ringing$/);
});

test('endpoints and times', () => {
  expect(endpointText({ address: '::1', port: 1812 })).toBe('[::1]:1812');
  expect(endpointText({ address: '127.0.0.1', port: 1812 })).toBe('127.0.0.1:1812');
  expect([seconds(0.4), seconds(999.4), seconds(1000)]).toEqual(['0 ms', '999 ms', '1.0 s']);
  expect(printable('plain ünï')).toBe('plain ünï');
});
