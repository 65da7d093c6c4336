import { describe, expect, test } from 'vitest';
import forged from '../../fixtures/radius/forged-packets.json' with { type: 'json' };
import { oracle } from './oracle.ts';
import { hex, read } from './packets.ts';

/*
 * The `radius` package compares digests after decoding them as UTF-8, where every invalid octet becomes the same
 * U+FFFD: whoever sends 16 octets of 0xFF is right once in some millions of packets, without knowing the secret.
 */
describe('a forged authenticator that the radius package accepts', () => {
  const secret = forged.secret;

  test('Message-Authenticator of an Access-Request', () => {
    const packet = hex(forged.messageAuthenticator.packet);
    expect(oracle.decode({ packet: Buffer.from(packet), secret }).attributes).toMatchObject({
      'User-Name': 'CONTOSO\\alice',
    });
    for (const messageAuthenticator of ['required', 'optional'] as const) {
      expect(read(packet, { messageAuthenticator, authorizeOnly: true })).toEqual({
        kind: 'discard',
        code: 'message-authenticator-wrong',
      });
    }
  });

  test('authenticator of an Accounting-Request', () => {
    const packet = hex(forged.accountingAuthenticator.packet);
    expect(oracle.decode({ packet: Buffer.from(packet), secret }).attributes).toMatchObject({
      'Acct-Status-Type': 'Start',
    });
    expect(read(packet, { serves: 'acct' })).toEqual({
      kind: 'discard',
      code: 'accounting-authenticator-wrong',
    });
  });

  test('the digest that the server expects is not what was sent', () => {
    for (const { digest } of [forged.messageAuthenticator, forged.accountingAuthenticator]) {
      expect(hex(digest)).not.toEqual(Buffer.alloc(16, 0xff));
      expect(hex(digest).toString()).toBe(Buffer.alloc(16, 0xff).toString());
    }
  });
});
