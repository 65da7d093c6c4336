import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeConfiguration, describeHealth } from '../../edge-relay/check.ts';
import type { Health } from '../../edge-relay/cloud/health.ts';
import { checkRelayDocument } from '../../edge-relay/config.ts';
import { publicKeyText } from '../../edge-relay/key.ts';

const URL = 'https://bridge.example';
const reachable: Health = {
  kind: 'reachable',
  status: 200,
  took: 41.6,
  protocol: 'h2',
  peer: { address: '192.0.2.1', subject: '', issuer: '', validTo: '', fingerprint256: '' },
  skew: 0,
};

describe('the health of the functions in words', () => {
  test('all is well', () => {
    expect(describeHealth(URL, reachable)).toEqual({
      lines: [
        `functions at ${URL}: reachable over h2, HTTP status 200, 42 ms with opening the connection`,
        "  clock: this machine's clock and the server's agree",
        '  whether the functions know this key and this name of theirs was not tried: sign in once, and look for answer-refused',
      ],
      well: true,
    });
  });

  test.each([
    [6, false, '6 s behind'],
    [-6, false, '6 s ahead of'],
    [5, true, '5 s behind'],
    [undefined, true, 'does not tell its time'],
  ])('a clock that differs by %s s', (skew, well, words) => {
    const findings = describeHealth(URL, { ...reachable, skew });
    expect(findings.well).toBe(well);
    expect(findings.lines.join('\n')).toContain(words);
  });

  test('something else answers', () => {
    const findings = describeHealth(URL, { ...reachable, status: 404 });
    expect(findings.well).toBe(false);
    expect(findings.lines.join('\n')).toContain('is this the functions app?');
  });

  test('nothing answers', () => {
    const findings = describeHealth(URL, {
      kind: 'unreachable',
      code: 'connect-timeout',
      cause: 'ETIMEDOUT',
    });
    expect(findings.well).toBe(false);
    expect(findings.lines[0]).toMatch(/not reachable: connect-timeout: .* \(ETIMEDOUT\)/);
  });
});

test('a configuration in words', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const document = checkRelayDocument({
    url: URL,
    keyId: 'site-1',
    keyFile: 'key.pem',
    listen: [
      { address: '*', port: 1812, serves: 'auth' },
      { address: '::1', port: 0, serves: 'acct' },
    ],
    clients: [{ network: '192.0.2.0/24' }, { network: '::1', patience: 30, rejectDelay: 0 }],
  });
  if ('faults' in document) throw new Error('faults');
  const key = { keyid: 'site-1', privateKey };
  expect(describeConfiguration({ document, key, keyFile: '/etc/key.pem', keyExposed: true })).toEqual([
    'key site-1 (/etc/key.pem)',
    `  public key: ${publicKeyText(privateKey)}`,
    '  warning: every account of this machine may read the key file',
    'listen on every address of this machine, port 1812: auth',
    'listen on ::1, port any: acct',
    'client 192.0.2.0/24: 50 a second and 100 at once from each address, waits 60 s, rejects after 1 s',
    'client ::1: 50 a second and 100 at once from each address, waits 30 s, rejects at once',
  ]);
});
