// Loaded on first use only, and apart from what reading secrets needs: see sdk.ts.
export { CryptographyClient } from '@azure/keyvault-keys';
