import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  verify,
  X509Certificate,
} from 'node:crypto';
import { generate } from 'selfsigned';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Assertions, assertions } from '../../../functions/entra/assertion.ts';
import { MFA_CLIENT } from '../../../functions/entra/clouds.ts';
import type { CertificateReader, SigningCertificate } from '../../../functions/keyvault/certificate.ts';
import { CertificateUnusable, VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import type { SignDigest, SigningAlgorithm } from '../../../functions/keyvault/sign.ts';
import { signPs256, signRs256 } from '../../../local/stand-ins/signatures.ts';
import { type ManualTime, manualTime } from '../store/time.ts';

const endpoint = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token';
const minutes = 60_000;
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let x509: X509Certificate;
let certificate: SigningCertificate;
let time: ManualTime;
let signed: Parameters<SignDigest>[0][];
let doubted: unknown[];
let read: CertificateReader['read'];
let sign: SignDigest;

beforeAll(async () => {
  const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicKey = generatePublic(privateKey);
  const made = await generate([{ name: 'commonName', value: 'test' }], {
    keyPair: { privateKey: pem(privateKey), publicKey },
    algorithm: 'sha256',
  });
  x509 = new X509Certificate(made.cert);
  const keyId = `https://v.vault.azure.net/keys/nps-mfa/${'a'.repeat(32)}`;
  certificate = { name: 'nps-mfa', version: 'a'.repeat(32), keyId, der: x509.raw };
});
beforeEach(() => {
  time = manualTime();
  signed = [];
  doubted = [];
  read = async () => certificate;
  sign = async ({ algorithm, digest }) => {
    const octets = Buffer.from(digest);
    return algorithm === 'PS256'
      ? signPs256(privateKey, octets, Buffer.alloc(32, 7))
      : signRs256(privateKey, octets);
  };
});

function maker(algorithm: SigningAlgorithm = 'PS256'): Assertions {
  return assertions({
    clientId: MFA_CLIENT,
    certificate: { name: 'nps-mfa' },
    algorithm,
    certificates: { read: (wanted) => read(wanted), doubt: (wanted) => doubted.push(wanted) },
    sign: (wanted) => {
      signed.push(wanted);
      return sign(wanted);
    },
    clock: time.clock,
    newId: randomUUID,
  });
}

function opened(jwt: string) {
  const [header = '', claims = '', signature = '', ...more] = jwt.split('.');
  expect(more).toEqual([]);
  const json = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  return {
    header: json(header),
    claims: json(claims),
    signature: Buffer.from(signature, 'base64url'),
    signed: Buffer.from(`${header}.${claims}`),
  };
}

describe('an assertion', () => {
  test('PS256 names the certificate by its SHA-256, and the certificate verifies it', async () => {
    const jwt = await maker().assertion(endpoint);
    const { header, claims, signature, signed } = opened(jwt);
    const x5t = createHash('sha256').update(x509.raw).digest('base64url');
    expect(x5t).toHaveLength(43);
    expect(header).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': x5t });
    const now = time.clock.now() / 1000;
    expect(claims).toEqual({
      aud: endpoint,
      iss: MFA_CLIENT,
      sub: MFA_CLIENT,
      jti: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      nbf: now,
      iat: now,
      exp: now + 600,
    });
    expect(verify('sha256', signed, { key: x509.publicKey, ...pss }, signature)).toBe(true);
    expect(jwt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('RS256 names the certificate by its SHA-1, as Windows shows it', async () => {
    const { header, signature, signed } = opened(await maker('RS256').assertion(endpoint));
    const x5t = Buffer.from(x509.fingerprint.replaceAll(':', ''), 'hex').toString('base64url');
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', x5t });
    expect(verify('sha256', signed, x509.publicKey, signature)).toBe(true);
  });

  test('only a digest is signed, by the version of the key that the certificate has', async () => {
    const { signed: octets } = opened(await maker().assertion(endpoint));
    const digest = createHash('sha256').update(octets).digest();
    expect(signed).toEqual([{ keyId: certificate.keyId, algorithm: 'PS256', digest }]);
  });

  test('has times in whole seconds, never in the future', async () => {
    time.step(999);
    const { claims } = opened(await maker().assertion(endpoint));
    const nbf = Math.floor(time.clock.now() / 1000);
    expect(claims).toMatchObject({ nbf, iat: nbf, exp: nbf + 600 });
  });
});

describe('a kept assertion', () => {
  test('serves for five minutes, for its endpoint alone', async () => {
    const { assertion } = maker();
    const first = await assertion(endpoint);
    await time.advance(5 * minutes - 1);
    expect(await assertion(endpoint)).toBe(first);
    expect(signed).toHaveLength(1);
    const other = opened(await assertion(`${endpoint}/other`));
    expect(other.claims).toMatchObject({ aud: `${endpoint}/other` });
    expect(signed).toHaveLength(2);
    await time.advance(1);
    const next = await assertion(endpoint);
    expect(next).not.toBe(first);
    expect(opened(next).claims).not.toMatchObject({ jti: Object(opened(first).claims).jti });
  });

  test('is made once for all who ask at the same time', async () => {
    const { assertion } = maker();
    const all = await Promise.all(Array.from({ length: 20 }, () => assertion(endpoint)));
    expect(new Set(all).size).toBe(1);
    expect(signed).toHaveLength(1);
  });

  test('is made anew when the clock was set back: it would not be valid yet', async () => {
    const { assertion } = maker();
    const first = await assertion(endpoint);
    time.step(-1000);
    expect(await assertion(endpoint)).not.toBe(first);
  });

  test('that Entra refused is made anew, and the certificate doubted', async () => {
    const { assertion, assertionRefused } = maker();
    const first = await assertion(endpoint);
    assertionRefused();
    expect(doubted).toEqual([{ name: 'nps-mfa' }]);
    expect(await assertion(endpoint)).not.toBe(first);
  });
});

describe('an assertion that cannot be made', () => {
  test.each([
    new VaultUnreachable('vault-throttled', '429 Throttled'),
    new CertificateUnusable('certificate-disabled'),
  ])('%s: the fault is given on, and the next one tried', async (fault) => {
    const { assertion } = maker();
    const well = { read, sign };
    read = () => Promise.reject(fault);
    await expect(assertion(endpoint)).rejects.toBe(fault);
    expect(signed).toEqual([]);
    ({ read } = well);
    sign = () => Promise.reject(fault);
    await expect(assertion(endpoint)).rejects.toBe(fault);
    ({ sign } = well);
    await expect(assertion(endpoint)).resolves.toMatch(/\./);
  });
});

function generatePublic(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}
