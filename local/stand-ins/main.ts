import { systemClock } from '../../relay-call/clock.ts';
import type { FromStandIns, ToStandIns } from './messages.ts';
import { type StandIns, startStandIns } from './stand-ins.ts';

let running: StandIns | undefined;
let before: Promise<void> = Promise.resolve();

function tell(message: FromStandIns, then?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
  else then?.();
}

async function start(message: Extract<ToStandIns, { type: 'start' }>): Promise<void> {
  running = await startStandIns({ ...message.options, clock: systemClock });
  const { vaultUrl, identityEndpoint, identityHeader, authorityHost } = running;
  const { connectorUrl, graphUrl, blobUrl, connectionString } = running;
  tell({
    type: 'ready',
    vaultUrl,
    identityEndpoint,
    identityHeader,
    authorityHost,
    connectorUrl,
    graphUrl,
    blobUrl,
    connectionString,
  });
}

async function obey(message: Exclude<ToStandIns, { type: 'start' }>): Promise<void> {
  if (message.type === 'stop') {
    await running?.close();
    process.exit(0);
  }
  if (!running) throw new Error('The stand-ins have not started.');
  switch (message.type) {
    case 'count':
      tell({ type: 'counts', counts: running.counts(), prompts: running.phone.prompts() });
      return;
    case 'script':
      await running.script(message.name, message.script);
      tell({ type: 'done' });
      return;
    case 'secret':
      running.setSecret(message.name, message.seed);
      tell({ type: 'done' });
      return;
    case 'blob': {
      const { container, name, text } = message;
      if (text === undefined) running.blobs.remove(container, name);
      else running.blobs.put(container, name, Buffer.from(text));
      tell({ type: 'done' });
      return;
    }
    case 'telemetry':
      tell({ type: 'telemetry', items: running.ingestion.items() });
      return;
    case 'phone':
      tell({ type: 'phone', state: running.phone.state() });
      return;
    case 'phone-answer':
      if (!running.phone.answer(message.id, message.action)) throw new Error('No such prompt waits.');
      tell({ type: 'done' });
      return;
    case 'phone-mode':
      running.phone.set(message.mode, message.ringFor);
      tell({ type: 'done' });
  }
}

async function hear(message: ToStandIns): Promise<void> {
  try {
    await (message.type === 'start' ? start(message) : obey(message));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    tell({ type: 'failed', message: text }, () => {
      if (running === undefined) process.exit(1);
    });
  }
}

process.on('message', (message: ToStandIns) => {
  // One after the other, so that answers need no numbers.
  before = before.then(() => hear(message));
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
