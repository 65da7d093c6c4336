import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import type { Server } from 'node:net';
import type { AzuriteStart, FromAzurite, ToAzurite } from './azurite-messages.ts';

const require = createRequire(import.meta.url);

function tell(message: FromAzurite): void {
  if (process.connected) process.send?.(message);
}

/** Azurite says the port that it was told, which is 0; Node says the one that it got. */
function tellPort(event: unknown): void {
  const address = (event as { readonly server: Server }).server.address();
  if (address !== null && typeof address === 'object') tell({ type: 'ready', port: address.port });
}

function start({ service, directory, port, certFile, keyFile }: AzuriteStart): void {
  // Whatever is written all the same is written there, and not where the bridge was started.
  process.chdir(directory);
  // It tells of its start and of every call; what goes wrong goes to standard error.
  console.log = () => undefined;
  subscribe('tracing:net.server.listen:asyncEnd', tellPort);
  process.argv = [
    process.execPath,
    `azurite-${service}`,
    ...[`--${service}Host`, '127.0.0.1', `--${service}Port`, String(port)],
    ...['--cert', certFile, '--key', keyFile, '--oauth', 'basic'],
    ...['--inMemoryPersistence', '--silent', '--disableTelemetry', '--skipApiVersionCheck'],
  ];
  if (service === 'table') require('azurite/dist/src/table/main.js');
  else require('azurite/dist/src/blob/main.js');
}

process.on('message', (message: ToAzurite) => {
  if (message.type === 'stop') process.exit(0);
  start(message);
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
