import type { FromFrontEnd, ToFrontEnd } from './messages.ts';
import type { FrontEnd } from './server.ts';
import { PLATFORM_LIMITS, startFrontEnd } from './server.ts';

let frontEnd: FrontEnd | undefined;

function tell(message: FromFrontEnd): void {
  if (process.connected) process.send?.(message);
}

async function hear(message: ToFrontEnd): Promise<void> {
  if (message.type === 'start') {
    const { key, cert, port } = message;
    frontEnd = await startFrontEnd({
      key,
      cert,
      port,
      limits: PLATFORM_LIMITS,
      after: (delay, then) => {
        const timer = setTimeout(then, delay);
        return () => clearTimeout(timer);
      },
    });
    tell({ type: 'ready', port: frontEnd.port });
  } else if (message.type === 'instances') {
    frontEnd?.setInstances(message.ports);
    tell(message);
  } else {
    await frontEnd?.close();
    process.exit(0);
  }
}

process.on('message', (message: ToFrontEnd) => {
  hear(message).catch((error) => tell({ type: 'failed', message: String(error) }));
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
