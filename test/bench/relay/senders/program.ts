import { cpuMicroseconds } from '../../machine/cpu.ts';
import { type Batch, openBatch } from './batch.ts';
import type { Again, FromSenders, Load, Outcome, ToSenders } from './messages.ts';
import { byTheClock } from './pace.ts';
import { runPass } from './pass.ts';

let batch: Batch | undefined;

function tell(message: FromSenders): void {
  if (process.connected) process.send?.(message);
}

async function sendLoad(load: Load): Promise<Outcome> {
  // The old sockets close when the new ones are open: a port that was used again would hear late answers of the last load.
  const next = await openBatch(load);
  batch?.close();
  batch = next;
  return runPass(batch, load);
}

async function sendAgain({ answered, ...again }: Again): Promise<Outcome> {
  const last = batch;
  if (last === undefined) throw new Error('There is no load to send again.');
  if (answered) return runPass(last, { ...again, atFault: 'end' });
  if ('outstanding' in again.pace) throw new Error('What is not answered must be sent by the clock.');
  const started = performance.now();
  const usedBefore = cpuMicroseconds();
  await byTheClock(again.count, again.pace.perSecond, (index) => last.send(index % last.count));
  const seconds = (performance.now() - started) / 1_000;
  const cpuSeconds = (cpuMicroseconds() - usedBefore) / 1e6;
  const none = { accepted: 0, rejected: 0, lost: 0, twice: 0, wrong: 0, tenths: [], latencies: [] };
  return { sent: again.count, ...none, sendingSeconds: seconds, seconds, cpuSeconds };
}

async function hear(message: ToSenders): Promise<void> {
  if (message.type === 'stop') process.exit(0);
  const outcome = await (message.type === 'load' ? sendLoad(message) : sendAgain(message));
  tell({ type: 'outcome', of: message.type, ...outcome });
}

process.on('message', (message: ToSenders) => {
  hear(message).catch((error) => tell({ type: 'failed', message: String(error) }));
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
tell({ type: 'ready' });
