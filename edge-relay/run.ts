import { parseNetwork } from '../relay-call/address.ts';
import type { Clock } from '../relay-call/clock.ts';
import { machineAddresses } from './addresses.ts';
import { type ClientRules, createAdmission } from './admission.ts';
import { createCloud } from './cloud/cloud.ts';
import type { RelayConfiguration } from './config.ts';
import { createCounters } from './counters.ts';
import { type FailedListener, openListener } from './listener.ts';
import { createLog } from './log.ts';
import { randomOctets } from './random.ts';
import { createRelay, type Relay } from './relay.ts';
import type { RelayDocument } from './schema.ts';
import type { RelaySocket } from './socket.ts';
import type { Timers } from './timers.ts';

/** Where the relay's time and words come from and go to. */
export interface Surroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Takes one line of the log. */
  writeLog(line: string): void;
}

/** A relay at work. */
export interface RunningRelay {
  readonly sockets: readonly RelaySocket[];
  /** Writes the counters to the log. */
  tellCounters(): void;
  /** Takes nothing new, waits for what is in work as long as `limits.drain` says, then closes everything. */
  stop(): Promise<void>;
}

/** How often the counters are written to the log when something was counted, in ms. */
const COUNTERS_EVERY = 60_000;
const SWEEP_EVERY = 1_000;

/** Starts a relay: all of its sockets are open when it comes back, or none is and the failure does. */
export async function startRelay(
  configuration: RelayConfiguration,
  { clock, timers, writeLog }: Surroundings,
): Promise<RunningRelay | FailedListener> {
  const { document, key, ca } = configuration;
  const log = createLog({ clock, timers }, writeLog);
  const counters = createCounters();
  if (configuration.keyExposed) log.say('warning', 'key-exposed', { file: configuration.keyFile });

  const cloud = createCloud({
    url: document.url,
    key,
    ca,
    clock,
    timers,
    random: randomOctets(),
    count: (code) => counters.cloud(code),
    log,
  });
  const relay = createRelay({
    clock,
    timers,
    cloud,
    admission: createAdmission(document.clients.flatMap(rulesOf), clock.monotonic()),
    limits: document.limits,
    counters,
    log,
  });
  const listener = await openListener(document.listen, {
    addresses: machineAddresses,
    timers,
    log,
    wildcardHides: process.platform === 'win32',
    receive: relay.receive,
    unsent(cause) {
      counters.drop('reply-not-sent');
      log.limited('warning', 'drop', 'reply-not-sent', { cause }, cause);
    },
    failed: (address, cause) => log.limited('warning', 'socket-error', cause, { address }),
  });
  if ('failed' in listener) {
    await cloud.close();
    return listener;
  }

  const tellCounters = () => {
    log.say('info', 'counters', { ...sizes(relay), ...counters.read() });
  };
  const endings = [
    timers.every(SWEEP_EVERY, relay.sweep),
    timers.every(COUNTERS_EVERY, () => {
      if (counters.changed()) tellCounters();
    }),
  ];

  return {
    get sockets() {
      return listener.sockets;
    },
    tellCounters,
    async stop() {
      log.say('info', 'stopping', sizes(relay));
      await relay.drain(document.limits.drain * 1_000);
      for (const end of endings) end();
      await cloud.close();
      await listener.close();
      log.flush();
      tellCounters();
    },
  };
}

function sizes({ pending, remembered }: Relay): { pending: number; remembered: number } {
  return { pending, remembered };
}

/** relay.json counts in seconds, the relay in milliseconds. */
function rulesOf(client: RelayDocument['clients'][number]): ClientRules[] {
  const network = parseNetwork(client.network);
  if (network === undefined) return [];
  const { rate, patience, rejectDelay } = client;
  return [{ network, ...rate, patience: patience * 1_000, rejectDelay: rejectDelay * 1_000 }];
}
