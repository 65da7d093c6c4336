// Loaded on first use only: these packages are most of the app's import time. The names are picked here, not at
// import(), so that a bundler can leave out the rest of them.
export { createDefaultHttpClient } from '@azure/core-rest-pipeline';
export { ManagedIdentityCredential } from '@azure/identity';
export { SecretClient } from '@azure/keyvault-secrets';
