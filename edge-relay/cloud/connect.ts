import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import type { Clock } from '../../relay-call/clock.ts';
import type { Alarms } from './alarms.ts';
import type { CloudFault } from './faults.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Failed, Peer, Protocol } from './transport.ts';

/** Longest time from the first look at DNS to the end of the TLS handshake, in ms. */
const CONNECT_TIMEOUT = 5_000;
/** After a failure nothing is tried for so long (ms): thousands of waiting calls must not each knock. */
const HOLD_OFF = 250;

/** An open, verified TLS connection. */
export interface Connection {
  readonly kind: 'connected';
  readonly socket: TLSSocket;
  readonly protocol: Protocol;
  readonly peer: Peer;
}

/** Opens connections to one server. */
export interface Connector {
  /** Offers the protocols in that order (ALPN, RFC 7301) and calls `done` once, never before it returns. */
  open(protocols: readonly Protocol[], done: (result: Connection | Failed) => void): void;
  /** Destroys every connection; resolves when all are gone. */
  close(): Promise<void>;
}

export interface ConnectorOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. The only authorities trusted, where given; Node's own list otherwise. */
  readonly ca: string | Buffer | undefined;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly roundTrip: RoundTrip;
}

/** See {@link Connector}. */
export function createConnector(options: ConnectorOptions): Connector {
  const { host, port, clock, alarms, roundTrip } = options;
  const trust = options.ca === undefined ? {} : { ca: options.ca };
  const name = isIP(host) === 0 ? { servername: host } : {};
  const sockets = new Set<TLSSocket>();
  let held: { until: number; fault: Failed } | undefined;
  let closed = false;

  const open: Connector['open'] = (protocols, done) => {
    if (closed) return queueMicrotask(() => done(connectFault('relay-closing')));
    if (held !== undefined && clock.monotonic() < held.until) {
      const { fault } = held;
      return queueMicrotask(() => done(fault));
    }
    const socket = connect({ host, port, ...name, ...trust, ALPNProtocols: [...protocols] });
    sockets.add(socket);
    socket.setNoDelay(true);
    let knocked = clock.monotonic();
    let settled = false;
    const settle = (result: Connection | Failed) => {
      if (settled) return;
      settled = true;
      alarms.cancel(alarm);
      if (result.kind === 'failed') {
        socket.destroy();
        held = { until: clock.monotonic() + HOLD_OFF, fault: result };
      } else held = undefined;
      done(result);
    };
    const alarm = alarms.at(knocked + CONNECT_TIMEOUT, () => settle(connectFault('connect-timeout')));
    socket.once('lookup', () => {
      knocked = clock.monotonic();
    });
    socket.once('connect', () => roundTrip.measured(clock.monotonic() - knocked));
    socket.once('secureConnect', () => {
      socket.setKeepAlive(true, 30_000);
      settle({
        kind: 'connected',
        socket,
        protocol: socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
        peer: peerOf(socket),
      });
    });
    // Stays for good: whoever uses the connection later hears of its end by 'close'.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(closed ? connectFault('relay-closing') : faultOf(error)),
    );
    socket.once('close', () => {
      sockets.delete(socket);
      settle(connectFault(closed ? 'relay-closing' : 'connection-lost'));
    });
  };

  return {
    open,
    async close() {
      closed = true;
      await Promise.all(
        [...sockets].map(
          (socket) =>
            new Promise<void>((resolve) => {
              socket.once('close', () => resolve());
              socket.destroy();
            }),
        ),
      );
    },
  };
}

function connectFault(code: CloudFault, cause?: string): Failed {
  return cause === undefined
    ? { kind: 'failed', code, begun: false }
    : { kind: 'failed', code, begun: false, cause };
}

/** Names of Node (errors.html#common-system-errors, tls.html#x509-certificate-error-codes) and their meaning here. */
const CAUSES: { readonly [cause: string]: CloudFault } = {
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'name-lookup-failed',
  ECONNREFUSED: 'connection-refused',
  ENETUNREACH: 'network-unreachable',
  EHOSTUNREACH: 'network-unreachable',
  ENETDOWN: 'network-unreachable',
  EADDRNOTAVAIL: 'network-unreachable',
  ETIMEDOUT: 'connect-timeout',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  EPROTO: 'not-tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-authority-unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-authority-unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-authority-unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-authority-unknown',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-authority-unknown',
  CERT_UNTRUSTED: 'certificate-authority-unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-host-mismatch',
  HOSTNAME_MISMATCH: 'certificate-host-mismatch',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
};
const OTHER_CERTIFICATE_CAUSE =
  /^(CERT_|INVALID_|PATH_LENGTH_|UNABLE_TO_DECODE_|ERROR_IN_CERT_|ERR_TLS_CERT_)/;
const OTHER_TLS_CAUSE = /^ERR_(SSL|TLS|OSSL)/;

/** What an error of `node:tls`, `node:net` or `node:dns` means for the way to the functions. */
export function faultOf(error: NodeJS.ErrnoException): Failed {
  const cause = error.code ?? '';
  const known = Object.hasOwn(CAUSES, cause) ? CAUSES[cause] : undefined;
  if (known !== undefined) return connectFault(known, cause);
  if (OTHER_CERTIFICATE_CAUSE.test(cause)) return connectFault('certificate-invalid', cause);
  if (OTHER_TLS_CAUSE.test(cause)) return connectFault('tls-failed', cause);
  return connectFault('connection-lost', cause);
}

function peerOf(socket: TLSSocket): Peer {
  const certificate = socket.getPeerX509Certificate();
  return {
    address: socket.remoteAddress ?? '',
    subject: certificate?.subject ?? '',
    issuer: certificate?.issuer ?? '',
    validTo: certificate?.validTo ?? '',
    fingerprint256: certificate?.fingerprint256 ?? '',
  };
}
