import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Programs } from '../machine/programs.ts';
import type { BenchRun } from '../part.ts';
import { installed, startForeign } from './foreign.ts';
import type { NotHere, Peer } from './peer.ts';
import { peerSecret } from './peer.ts';

/** As a row of a table shows it. */
export const FREERADIUS = 'FreeRADIUS + rlm_rest';
const threads = 32;

/**
 * Starts FreeRADIUS with rlm_rest as a stranger would who lets it ask an HTTPS service about each password: 32 threads,
 * a connection kept alive for each, the certificate checked, one POST of the packet's attributes in JSON for each request,
 * nothing logged of it. It signs nothing; its replies have a Message-Authenticator only where that is its default (3.2.5).
 * The connections are made with the first requests.
 *
 * @param x.backend must answer already, a POST of `/accept` with 204, over HTTP/1.1; `caFile` is PEM
 * @param x.pinned the core that it shall stay on; needs `taskset`
 * @throws Error when it is installed and does not come to accept a request
 */
export async function startFreeRadius(x: {
  run: Pick<BenchRun, 'directory'>;
  programs: Programs;
  backend: { readonly url: string; readonly caFile: string };
  pinned: number | undefined;
}): Promise<Peer | NotHere> {
  const program = await installed('freeradius');
  if (program === undefined) {
    return {
      name: FREERADIUS,
      missing: 'FreeRADIUS is not installed (Debian: apt-get install freeradius freeradius-rest).',
    };
  }
  const raddb = await mkdtemp(join(x.run.directory, 'freeradius-'));
  // Names that the server looks for in any case; its own come from where it is installed.
  await writeFile(join(raddb, 'dictionary'), '');
  try {
    const server = await startForeign({
      programs: x.programs,
      name: FREERADIUS,
      async command(port) {
        await writeFile(join(raddb, 'radiusd.conf'), configuration({ raddb, port, ...x.backend }), {
          mode: 0o600,
        });
        return [program, '-f', '-l', 'stdout', '-d', raddb];
      },
      pinned: x.pinned,
      secret: peerSecret,
    });
    return { name: FREERADIUS, secret: peerSecret, beside: [], ...server };
  } catch (error) {
    if (!/Failed to link to module 'rlm_rest'/.test(String(error))) throw error;
    return {
      name: FREERADIUS,
      missing:
        'The module rlm_rest of FreeRADIUS is not installed (Debian: apt-get install freeradius-rest).',
    };
  }
}

function configuration(x: { raddb: string; port: number; url: string; caFile: string }): string {
  return `
name = freeradius
run_dir = "${x.raddb}"
logdir = "${x.raddb}"
# A reply is kept for 5 seconds (cleanup_delay), and each takes one of these.
max_requests = 262144
log {
  destination = stdout
  auth = no
}
security {
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = ${threads}
  max_servers = ${threads}
  min_spare_servers = 1
  max_spare_servers = ${threads}
  max_requests_per_server = 0
}
modules {
  rest {
    tls {
      ca_info_file = "${x.caFile}"
      check_cert = yes
      check_cert_cn = yes
    }
    connect_uri = "${x.url}"
    connect_timeout = 4.0
    # Over HTTP/2 a request costs it a tenth more.
    http_negotiation = "1.1"
    authenticate {
      uri = "${x.url}/accept"
      method = post
      body = json
      timeout = 4.0
      tls = \${..tls}
    }
    pool {
      start = ${threads}
      min = ${threads}
      max = ${threads}
      spare = 0
      uses = 0
      lifetime = 0
      idle_timeout = 0
    }
  }
}
client bench {
  ipaddr = 127.0.0.1
  secret = "${peerSecret}"
  require_message_authenticator = yes
}
server bench {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${x.port}
  }
  authorize {
    update control {
      Auth-Type := rest
    }
  }
  authenticate {
    Auth-Type rest {
      rest
    }
  }
}
`;
}
