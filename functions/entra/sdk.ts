// Loaded on first use only: see keyvault/sdk.ts.
export { ClientAssertionCredential } from '@azure/identity';
