// Loaded on first use only, as functions/keyvault/sdk.ts: an app with its document in a file never needs it.
export { BlobClient, ContainerClient } from '@azure/storage-blob';
