import { createHash, randomUUID } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ClientAssertionCredential, type TokenCredential } from '@azure/identity';
import { CertificateClient } from '@azure/keyvault-certificates';
import { CryptographyClient } from '@azure/keyvault-keys';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLOUDS, MFA_CLIENT } from '../../../functions/entra/clouds.ts';
import type { StandInCounts } from '../../../local/stand-ins/stand-ins.ts';
import { VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import { loopbackTls, running } from './running.ts';

// The SDKs are real, so they take their time to load.
const timeout = 30_000;
const scope = `${CLOUDS.public.connectorResource}/.default`;
const past = Date.UTC(2020, 0, 1);
const options = { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } };
let standIns: Awaited<ReturnType<typeof running>>;
let before: StandInCounts;

beforeAll(async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  standIns = await running(tls, {
    certificates: [
      { name: 'nps-mfa' },
      { name: 'unregistered', registered: false },
      { name: 'expired', notBefore: past - 1, expires: past },
      { name: 'disabled', enabled: false },
    ],
  });
});
afterAll(() => standIns.close());
beforeEach(() => {
  before = standIns.counts();
});

/** What a managed identity would give; how the vault takes it is tested elsewhere. */
const identity: TokenCredential = {
  async getToken() {
    const { token, expires } = standIns.issuer.issue({
      audience: VAULT_AUDIENCE,
      appId: 'app',
      lifetime: 3600,
    });
    return { token, expiresOnTimestamp: expires * 1000 };
  },
};

interface Signing {
  readonly certificate?: string;
  readonly alg?: 'PS256' | 'RS256';
  readonly claims?: object;
  readonly tamper?: (jwt: string) => string;
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** An assertion signed in the vault, by the ways of the SDKs alone. */
async function signedInVault(tokenEndpoint: string, x: Signing): Promise<string> {
  const { certificate = 'nps-mfa', alg = 'PS256', tamper = (jwt) => jwt } = x;
  const read = await new CertificateClient(standIns.vaultUrl, identity, options).getCertificate(certificate);
  const { cer, keyId = '' } = read;
  const sha256 = createHash('sha256')
    .update(cer ?? '')
    .digest('base64url');
  const thumbprint =
    alg === 'PS256'
      ? { 'x5t#S256': sha256 }
      : { x5t: Buffer.from(read.properties.x509Thumbprint ?? '').toString('base64url') };
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: tokenEndpoint,
    iss: MFA_CLIENT,
    sub: MFA_CLIENT,
    jti: randomUUID(),
    nbf: now,
    exp: now + 600,
    ...x.claims,
  };
  const signed = `${encode({ alg, typ: 'JWT', ...thumbprint })}.${encode(claims)}`;
  const digest = createHash('sha256').update(signed).digest();
  const { result } = await new CryptographyClient(keyId, identity, options).sign(alg, digest);
  return tamper(`${signed}.${Buffer.from(result).toString('base64url')}`);
}

/**
 * The real credential, with an assertion like this. The library asks for it twice for one token, the first time without
 * saying for which endpoint, and sends the first one: so it is made once, for the endpoint that must be meant.
 */
function credential(x: Signing = {}): ClientAssertionCredential {
  const { authorityHost, issuer } = standIns;
  let made: Promise<string> | undefined;
  const getAssertion = () => {
    made ??= signedInVault(`${authorityHost}/${issuer.tenant}/oauth2/v2.0/token`, x);
    return made;
  };
  return new ClientAssertionCredential(issuer.tenant, MFA_CLIENT, getAssertion, {
    authorityHost,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
  });
}

describe('Microsoft’s own libraries', () => {
  test.each(['PS256', 'RS256'] as const)(
    'get a token for the connector with %s',
    { timeout },
    async (alg) => {
      const { token } = await credential({ alg }).getToken(scope);
      expect(standIns.issuer.check(token, CLOUDS.public.connectorResource)).toBeUndefined();
      const { keyVault, entra } = standIns.counts();
      expect(keyVault).toEqual({
        ...before.keyVault,
        challenged: before.keyVault.challenged + 2,
        certificateRead: before.keyVault.certificateRead + 1,
        keyRead: before.keyVault.keyRead + 1,
        signed: before.keyVault.signed + 1,
      });
      expect(entra).toEqual({
        ...before.entra,
        discovered: before.entra.discovered + 1,
        issued: before.entra.issued + 1,
      });
    },
  );

  test('read the certificate as the vault has it', { timeout }, async () => {
    const client = new CertificateClient(standIns.vaultUrl, identity, options);
    const known = standIns.certificates.find('nps-mfa', undefined);
    const { keyId, cer, properties, policy } = await client.getCertificate('nps-mfa');
    const { version } = properties;
    expect(Buffer.from(cer ?? '').equals(known?.der ?? Buffer.alloc(0))).toBe(true);
    expect([keyId, version]).toEqual([`${standIns.vaultUrl}/keys/nps-mfa/${known?.version}`, known?.version]);
    expect([properties.notBefore?.getTime(), properties.expiresOn?.getTime()]).toEqual([
      known?.notBefore,
      known?.expires,
    ]);
    expect(policy).toMatchObject({ exportable: false, keyType: 'RSA', keySize: 2048 });
    expect((await client.getCertificateVersion('nps-mfa', version ?? '')).keyId).toBe(keyId);
    await expect(client.getCertificate('absent')).rejects.toMatchObject({
      statusCode: 404,
      code: 'CertificateNotFound',
    });
  });

  const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;
  test.each<[what: string, code: number, x: Signing]>([
    ['tampered with', 700027, { tamper: (jwt) => `${jwt.slice(0, -6)}AAAAAA` }],
    ['by an unregistered certificate', 700027, { certificate: 'unregistered' }],
    [
      'for another audience',
      700023,
      { claims: { aud: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' } },
    ],
    ['of another client', 700021, { claims: { iss: 'other', sub: 'other' } }],
    ['that has expired', 700024, { claims: { nbf: seconds(-700), exp: seconds(-100) } }],
  ])('are told why an assertion %s is refused: AADSTS%i', { timeout }, async (_, code, x) => {
    await expect(credential(x).getToken(scope)).rejects.toThrow(`AADSTS${code}`);
    const { entra } = standIns.counts();
    expect(entra.assertionRefused).toBe(before.entra.assertionRefused + 1);
    expect(entra.issued).toBe(before.entra.issued);
  });

  test('are told that a scope is nobody’s', { timeout }, async () => {
    await expect(credential().getToken('https://graph.microsoft.com/.default')).rejects.toThrow(
      'AADSTS500011',
    );
  });

  test('are refused a signature by a key that is disabled, and do not ask for one that has expired', {
    timeout,
  }, async () => {
    await expect(signedInVault('', { certificate: 'disabled' })).rejects.toMatchObject({ statusCode: 403 });
    expect(standIns.counts().keyVault.disabled).toBe(before.keyVault.disabled + 1);
    await expect(signedInVault('', { certificate: 'expired' })).rejects.toThrow('expired');
    expect(standIns.counts().keyVault.outdated).toBe(before.keyVault.outdated);
  });
});
