import { X509Certificate } from 'node:crypto';
import type { CertificateClient, KeyVaultCertificate } from '@azure/keyvault-certificates';
import { OBJECT_NAME, type VaultAccess, vault } from './access.ts';
import type { FetchCertificate, SigningCertificate } from './certificate.ts';
import { CertificateUnusable } from './faults.ts';
import { readKeyId } from './key-id.ts';
import { type Said, said, unreachable } from './said.ts';

const versionForm = /^[0-9a-f]{32}$/i;

/**
 * Reads from Azure Key Vault (https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate):
 * the public part, which needs the right "certificates: get". A newest version that is disabled is not passed over for
 * an older one: Entra may not know that one any more.
 *
 * @throws VaultSettingsRefused at once, before anything is sent
 */
export function vaultCertificates(access: VaultAccess): FetchCertificate {
  const { vaultUrl, options, call } = vault(access);
  let loading: Promise<CertificateClient> | undefined;

  async function load(): Promise<CertificateClient> {
    const { CertificateClient } = await import('./certificates-sdk.ts');
    return new CertificateClient(vaultUrl, access.credential, { ...options });
  }

  return async ({ name, version }) => {
    if (!OBJECT_NAME.test(name)) throw new CertificateUnusable('certificate-missing');
    if (version !== undefined && !versionForm.test(version)) {
      throw new CertificateUnusable('certificate-missing');
    }
    loading ??= load();
    const client = await loading;
    let certificate: KeyVaultCertificate;
    try {
      certificate = await call((abortSignal) =>
        version === undefined
          ? client.getCertificate(name, { abortSignal })
          : client.getCertificateVersion(name, version, { abortSignal }),
      );
    } catch (error) {
      const what = said(error);
      throw certificateFault(what) ?? unreachable(what);
    }
    return usable(certificate, vaultUrl);
  };
}

/** What the vault definitely says about a certificate or its key; undefined where it says nothing definite. */
export function certificateFault({ status, code, inner }: Said): CertificateUnusable | undefined {
  if (status === 404 && (code === 'CertificateNotFound' || code === 'KeyNotFound')) {
    return new CertificateUnusable('certificate-missing');
  }
  if (status !== 403 || inner === undefined) return undefined;
  if (/^(Certificate|Key)Disabled$/.test(inner)) return new CertificateUnusable('certificate-disabled');
  if (/^(Certificate|Key)(Expired|NotYetValid)$/.test(inner)) {
    return new CertificateUnusable('certificate-expired');
  }
  return undefined;
}

function usable(certificate: KeyVaultCertificate, vaultUrl: string): SigningCertificate {
  const { enabled, notBefore, expiresOn } = certificate.properties;
  if (enabled === false) throw new CertificateUnusable('certificate-disabled');
  const key = readKeyId(certificate.keyId ?? '');
  if (key === undefined) throw new CertificateUnusable('certificate-key-wrong');
  return {
    name: certificate.name,
    version: certificate.properties.version ?? key.version,
    // Not the host that the answer names: our token goes to no other vault than our own.
    keyId: `${vaultUrl}/keys/${key.name}/${key.version}`,
    der: rsaCertificate(certificate.cer),
    ...(notBefore && { notBefore: notBefore.getTime() }),
    ...(expiresOn && { expires: expiresOn.getTime() }),
  };
}

function rsaCertificate(der: Uint8Array | undefined): Buffer {
  let type: string | undefined;
  try {
    type = new X509Certificate(der ?? '').publicKey.asymmetricKeyType;
  } catch {
    throw new CertificateUnusable('certificate-unreadable');
  }
  if (type !== 'rsa' || der === undefined) throw new CertificateUnusable('certificate-not-rsa');
  return Buffer.from(der);
}
