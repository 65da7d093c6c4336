/** What can be wrong between the app and its key vault, in an administrator's words. */
export const VAULT_FAULTS = {
  'vault-unreachable': 'The key vault does not answer, or answers with an error of its own.',
  'vault-throttled': 'The key vault refuses more requests for now.',
  'vault-refused': 'The key vault does not let the managed identity of this app read or sign.',
  'identity-unavailable': 'The managed identity of this app gave no token for the key vault.',
  'secret-missing': 'The key vault holds no secret with this name.',
  'secret-empty': 'The secret in the key vault is empty.',
  'secret-disabled': 'The secret in the key vault is disabled.',
  'secret-expired': 'The secret in the key vault is outside its own dates of validity.',
  'certificate-missing': 'The key vault holds no certificate with this name and version.',
  'certificate-disabled': 'The certificate in the key vault, or its key, is disabled.',
  'certificate-expired': 'The certificate in the key vault, or its key, is outside its dates of validity.',
  'certificate-unreadable': 'What the key vault holds under this name is no X.509 certificate.',
  'certificate-not-rsa':
    'The certificate in the key vault is for a key that is not RSA; Entra takes no other.',
  'certificate-key-wrong': 'The certificate in the key vault does not name a version of a key.',
  'certificate-key-refused':
    'The key of the certificate in the key vault may not sign, or not with this algorithm.',
  'vault-url-wrong': 'The address of the key vault must be https://host, without a path or query.',
  'challenge-check-needed':
    'The check that a challenge comes from the key vault may not be switched off for a vault of Azure.',
} as const;

export type TemporaryVaultFault =
  | 'vault-unreachable'
  | 'vault-throttled'
  | 'vault-refused'
  | 'identity-unavailable';
export type SecretFault = 'secret-missing' | 'secret-empty' | 'secret-disabled' | 'secret-expired';
export type CertificateFault =
  | 'certificate-missing'
  | 'certificate-disabled'
  | 'certificate-expired'
  | 'certificate-unreadable'
  | 'certificate-not-rsa'
  | 'certificate-key-wrong'
  | 'certificate-key-refused';
export type VaultSettingsFault = 'vault-url-wrong' | 'challenge-check-needed';

/** Nothing can be said about the secret or certificate now, and nothing can be signed. */
export class VaultUnreachable extends Error {
  readonly code: TemporaryVaultFault;
  /** Status and codes as the service or the network gave them, e.g. `403 Forbidden ForbiddenByRbac`. May be empty. */
  readonly detail: string;
  constructor(code: TemporaryVaultFault, detail: string) {
    super(VAULT_FAULTS[code]);
    this.name = 'VaultUnreachable';
    this.code = code;
    this.detail = detail;
  }
}

/** The vault has answered: there is no such secret to use, until an administrator acts. */
export class SecretMissing extends Error {
  readonly code: SecretFault;
  constructor(code: SecretFault) {
    super(VAULT_FAULTS[code]);
    this.name = 'SecretMissing';
    this.code = code;
  }
}

/** The vault has answered: this certificate cannot be signed with, until an administrator acts. */
export class CertificateUnusable extends Error {
  readonly code: CertificateFault;
  constructor(code: CertificateFault) {
    super(VAULT_FAULTS[code]);
    this.name = 'CertificateUnusable';
    this.code = code;
  }
}

/** The app's settings for the vault are refused at start. */
export class VaultSettingsRefused extends Error {
  readonly code: VaultSettingsFault;
  constructor(code: VaultSettingsFault) {
    super(VAULT_FAULTS[code]);
    this.name = 'VaultSettingsRefused';
    this.code = code;
  }
}
