// Loaded on first use only. The package's own door (`TelemetryClient`) also loads the hooks for automatic collection,
// which nobody wants here: three times the size, and twice the time during which no call is answered. What is behind
// that door and sends what it is given is taken alone; the package's version is pinned.
export { TelemetryClientProvider } from 'applicationinsights/out/src/shim/telemetryClientProvider.js';
