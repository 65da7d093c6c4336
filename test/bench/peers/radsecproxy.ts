import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localTls, tlsCache } from '../../../local/tls.ts';
import type { Programs } from '../machine/programs.ts';
import type { BenchRun } from '../part.ts';
import { installed, startForeign } from './foreign.ts';
import type { NotHere, Peer } from './peer.ts';
import { peerSecret } from './peer.ts';
import { startRadsecServer } from './radsec/start.ts';

/** As a row of a table shows it. */
export const RADSECPROXY = 'radsecproxy';

/** What RADIUS over TLS uses as its secret (RFC 6614 §2.3). */
const radsecSecret = 'radsec';

/**
 * Starts radsecproxy between UDP and TLS, with a RADIUS server over TLS behind it that answers at once. For each request
 * it checks Message-Authenticator, hides the password anew, and makes both authenticators of the reply: it holds the
 * shared secret, which a relay of ours does not. One connection, so at most 256 requests at a time.
 *
 * @param x.pinned the core that it shall stay on, not the server behind it; needs `taskset`
 * @throws Error when it is installed and does not come to accept a request
 */
export async function startRadsecproxy(x: {
  run: Pick<BenchRun, 'directory'>;
  programs: Programs;
  pinned: number | undefined;
}): Promise<Peer | NotHere> {
  const program = await installed('radsecproxy');
  if (program === undefined) {
    return {
      name: RADSECPROXY,
      missing: 'radsecproxy is not installed (Debian: apt-get install radsecproxy).',
    };
  }
  const directory = await mkdtemp(join(x.run.directory, 'radsecproxy-'));
  const tls = await localTls(tlsCache, Date.now());
  for (const part of ['ca', 'cert', 'key'] as const) {
    await writeFile(join(directory, `${part}.pem`), tls[part], { mode: 0o600 });
  }
  const behind = await startRadsecServer({ programs: x.programs, tls, secret: radsecSecret });
  const proxy = await startForeign({
    programs: x.programs,
    name: RADSECPROXY,
    async command(port) {
      const file = join(directory, 'radsecproxy.conf');
      await writeFile(file, configuration({ directory, port, server: behind.port }), { mode: 0o600 });
      return [program, '-f', '-c', file];
    },
    pinned: x.pinned,
    secret: peerSecret,
  });
  return { name: RADSECPROXY, secret: peerSecret, beside: [behind.pid], ...proxy };
}

/** It does not start without a certificate of its own, which its server here never asks for. */
function configuration(x: { directory: string; port: number; server: number }): string {
  return `
ListenUDP 127.0.0.1:${x.port}
LogLevel 1
tls default {
  CACertificateFile ${x.directory}/ca.pem
  CertificateFile ${x.directory}/cert.pem
  CertificateKeyFile ${x.directory}/key.pem
}
client 127.0.0.1 {
  type udp
  secret ${peerSecret}
}
server behind {
  type tls
  host 127.0.0.1
  port ${x.server}
  secret ${radsecSecret}
}
realm * {
  server behind
}
`;
}
