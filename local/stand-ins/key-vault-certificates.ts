import { createHash } from 'node:crypto';
import type { Certificates, CertificateVersion } from './certificates.ts';
import {
  attributesOf,
  type Collection,
  counted,
  methodNotAllowed,
  notFound,
  refusal,
} from './key-vault-answers.ts';

/** The certificates of the vault, read only and without their private keys (entra.md 5.4). A disabled one is read, too. */
export function vaultCertificates(certificates: Certificates, vaultUrl: () => string): Collection {
  return ({ method, name, version, operation }) => {
    if (operation !== undefined) return notFound();
    if (method !== 'GET') return methodNotAllowed('GET', 'Certificates of this stand-in are read only.');
    const certificate = certificates.find(name, version);
    if (certificate === undefined) {
      const message = `A certificate with (name/id) ${name} was not found in this key vault.`;
      return counted('missing', refusal(404, 'CertificateNotFound', message));
    }
    const body = {
      ...bundle(vaultUrl(), certificate),
      ...(version === undefined && { policy: policy(vaultUrl(), certificate) }),
    };
    return counted('certificateRead', { status: 200, body });
  };
}

function bundle(vaultUrl: string, certificate: CertificateVersion): object {
  const { name, version, der } = certificate;
  return {
    id: `${vaultUrl}/certificates/${name}/${version}`,
    kid: `${vaultUrl}/keys/${name}/${version}`,
    sid: `${vaultUrl}/secrets/${name}/${version}`,
    x5t: createHash('sha1').update(der).digest('base64url'),
    cer: der.toString('base64'),
    attributes: attributesOf(certificate),
    tags: {},
  };
}

/** In the real vault's answers without a version only. */
function policy(vaultUrl: string, { name, subject, created }: CertificateVersion): object {
  return {
    id: `${vaultUrl}/certificates/${name}/policy`,
    key_props: { exportable: false, kty: 'RSA', key_size: 2048, reuse_key: false },
    secret_props: { contentType: 'application/x-pkcs12' },
    x509_props: {
      subject,
      ekus: ['1.3.6.1.5.5.7.3.2'],
      key_usage: ['digitalSignature'],
      validity_months: 24,
    },
    lifetime_actions: [{ trigger: { lifetime_percentage: 80 }, action: { action_type: 'EmailContacts' } }],
    issuer: { name: 'Self' },
    attributes: attributesOf({ created }),
  };
}
