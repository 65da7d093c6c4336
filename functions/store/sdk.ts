// Loaded on first use only: the package is much of the app's import time. The names are picked here, not at
// import(), so that a bundler can leave out the rest of them.
export { odata, TableClient } from '@azure/data-tables';
