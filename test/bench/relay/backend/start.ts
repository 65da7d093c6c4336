import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey } from '../../../../edge-relay/key.ts';
import { plainEnvironment } from '../../../../local/environment.ts';
import { startProgram, whenReady } from '../../../../local/programs.ts';
import { localTls, tlsCache } from '../../../../local/tls.ts';
import type { Programs } from '../../machine/programs.ts';
import type { BenchRun } from '../../part.ts';
import type { BackendCounts, FromBackend, ToBackend, Treatment } from './messages.ts';

/** What takes calls and answers them with an Access-Accept, in a process of its own. */
export interface NullBackend {
  /** `https://localhost:PORT`, HTTP/2 only, `STREAMS` for each connection. */
  readonly http2Url: string;
  /** The same with HTTP/1.1 only, keep-alive without end. */
  readonly http1Url: string;
  /** PEM of the authority that signed its certificate, which is for localhost, 127.0.0.1 and ::1. */
  readonly caFile: string;
  /** The key by which a relay has to sign, and its file: PEM. */
  readonly keyId: string;
  readonly keyFile: string;
  readonly pid: number;
  /** Resolves when it is in effect; after a hold, when what waited has been answered. */
  treat(treatment: Treatment): Promise<BackendCounts>;
  counts(): Promise<BackendCounts>;
}

const patience = 20_000;
const keyId = 'bench';

/**
 * Starts the null backend. It answers at once until it is told otherwise:
 *
 * - `POST /api/radius`: 200 with the Access-Accept for the packet in the body; 401 when the first call of a connection
 *   is not signed by its key. Later ones are not looked at.
 * - `POST /accept`, over HTTP/1.1: 204 without a body whatever was posted, for a RADIUS server that asks an HTTP service
 *   (rlm_rest takes that for ok).
 *
 * @param x.secret shared by client and server, for the Response Authenticator
 */
export async function startNullBackend(x: {
  run: Pick<BenchRun, 'directory'>;
  programs: Programs;
  secret: string;
}): Promise<NullBackend> {
  const { ca, cert, key } = await localTls(tlsCache, Date.now());
  const directory = await mkdtemp(join(x.run.directory, 'null-backend-'));
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca);
  const keyFile = join(directory, 'relay-key.pem');
  const made = generateKey(keyFile);
  if ('fault' in made) throw new Error(`${keyFile}: ${made.fault} (${made.cause})`);
  const program = startProgram<ToBackend, FromBackend>({
    name: 'null backend',
    file: new URL('./program.ts', import.meta.url),
    env: plainEnvironment(process.env),
    stopMessage: { type: 'stop' },
  });
  x.programs.own(program);
  program.send({
    type: 'start',
    key,
    cert,
    secret: x.secret,
    relayKey: { keyId, publicKey: made.publicKey },
  });
  const { http2Port, http1Port } = await whenReady(program, patience, ({ message }) =>
    message?.type === 'ready' ? message : undefined,
  );
  const waiting: Array<(counts: BackendCounts) => void> = [];
  program.hear((message) => message.type === 'counts' && waiting.shift()?.(message));
  const ask = (message: ToBackend) => {
    const { promise, resolve } = Promise.withResolvers<BackendCounts>();
    waiting.push(resolve);
    program.send(message);
    return promise;
  };
  return {
    http2Url: `https://localhost:${http2Port}`,
    http1Url: `https://localhost:${http1Port}`,
    caFile,
    keyId,
    keyFile,
    pid: program.pid,
    treat: (treatment) => ask({ type: 'treat', treatment }),
    counts: () => ask({ type: 'count' }),
  };
}
