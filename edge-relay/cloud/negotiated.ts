import type { Clock } from '../../relay-call/clock.ts';
import type { Alarms } from './alarms.ts';
import { createConnector } from './connect.ts';
import { createHttp1 } from './http1.ts';
import { createHttp2 } from './http2.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Transport } from './transport.ts';

/** A server that offered only HTTP/1.1 is offered HTTP/2 again after so long (ms). */
const ASK_AGAIN = 600_000;

export interface NegotiatedOptions {
  readonly url: URL;
  /** PEM. The only authorities trusted, where given; Node's own list otherwise. */
  readonly ca: string | Buffer | undefined;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly roundTrip: RoundTrip;
  /** Connections at most: over HTTP/2 (default 1,024) and over HTTP/1.1 (default 1,024). */
  readonly maxSessions?: number | undefined;
  readonly maxSockets?: number | undefined;
}

/** HTTP/2 where the server offers it in the TLS handshake, HTTP/1.1 otherwise. */
export function createNegotiated(options: NegotiatedOptions): Transport {
  const { url, clock, alarms, roundTrip } = options;
  const authority = url.host;
  const connector = createConnector({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    ca: options.ca,
    clock,
    alarms,
    roundTrip,
  });
  const http1 = createHttp1({ authority, connector, maxSockets: options.maxSockets ?? 1_024, unused: 5_000 });
  const http2 = createHttp2({
    authority,
    connector,
    clock,
    alarms,
    roundTrip,
    maxSessions: options.maxSessions ?? 1_024,
    onlyHttp1: http1.adopt,
  });
  /** Until then the server is known to speak HTTP/1.1 only. */
  let http1Until = Number.NEGATIVE_INFINITY;

  return {
    async request(request) {
      if (clock.monotonic() >= http1Until) {
        const outcome = await http2.request(request);
        if (outcome.kind !== 'http1-only') return outcome;
        http1Until = clock.monotonic() + ASK_AGAIN;
      }
      return http1.request(request);
    },
    async close() {
      await Promise.all([http2.close(), http1.close()]);
    },
  };
}
