// Loaded on first use only, and apart from what reading secrets needs: see sdk.ts.
export { CertificateClient } from '@azure/keyvault-certificates';
