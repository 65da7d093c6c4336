import { randomBytes } from 'node:crypto';
import { type CloudOptions, createCloud } from '../../../edge-relay/cloud/cloud.ts';
import type { CloudFault } from '../../../edge-relay/cloud/faults.ts';
import { type Frame, readFrame } from '../../../relay-call/framing.ts';
import { key, source } from '../../relay-call/calls.ts';
import { packetOf } from '../../relay-call/packets.ts';
import { handClock } from './hand-clock.ts';

/** An Access-Request with that identifier. */
export function frameOf(identifier = 7): Frame {
  const frame = readFrame(packetOf({ identifier, attributes: [1, 7, ...Buffer.from('alice')] }));
  if (typeof frame === 'string') throw new Error(frame);
  return frame;
}

/** A cloud on a clock that the test moves, and what it has told. */
export function cloudByHand(options: Partial<CloudOptions> & { url: string }) {
  const hand = handClock(Date.now());
  const counted: CloudFault[] = [];
  const said: { level: string; code: unknown; seconds?: unknown }[] = [];
  const cloud = createCloud({
    key,
    clock: hand.clock,
    timers: hand.timers,
    random: (octets) => randomBytes(octets),
    count: (code) => counted.push(code),
    log: { say: (level, _event, fields = {}) => said.push({ level, code: fields['code'], ...fields }) },
    ...options,
  });
  const ask = (x: { identifier?: number; patience?: number; arrived?: number; signal?: AbortSignal } = {}) =>
    cloud.ask({
      frame: frameOf(x.identifier),
      source,
      arrived: x.arrived ?? hand.clock.monotonic(),
      patience: x.patience ?? 60_000,
      signal: x.signal ?? new AbortController().signal,
    });
  return { hand, cloud, ask, counted, said };
}

/** Waits until something has come about, by looking after every turn of the event loop. */
export async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setImmediate(resolve));
}
