import { canonicalAddress } from '../../relay-call/address.ts';
import { parseWords, WordsWrong } from '../command-line.ts';
import type { RadiusServer } from './client.ts';

export const USAGE = `Signs a user in over RADIUS, as a gateway would, and shows the packets.

  npm run sign-in -- USER [flags]

  --password TEXT       the password; else BRIDGE_PASSWORD from the environment, else it is asked for at a
                        terminal, or is the first line that is piped in
  --client NAME         which RADIUS client to be: a client of the running bridge, its first one by default;
                        with --server: vpn (the default) or rd-gateway, which sends no password
  --machine NAME        the machine that the user sits at, PC-1 by default
  --timeout SECONDS     how long to wait for a reply, 60 by default
  --server HOST:PORT    another RADIUS server than the newest bridge of this machine, with --secret; the packet
                        leaves from the address that the way there has
  --secret TEXT         the shared secret; else BRIDGE_SECRET from the environment
  --help

Exit code: 0 Access-Accept, 1 Access-Reject or a challenge, 3 silence, 2 wrong use or no bridge, 130 given up at the
prompt.
`;

/** What the command line asks for. */
export interface SignInArguments {
  readonly userName: string;
  readonly password: string | undefined;
  readonly client: string | undefined;
  readonly machine: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly server: (RadiusServer & { readonly secret: string }) | undefined;
}

export type ArgumentsReading =
  | { readonly kind: 'sign-in'; readonly arguments: SignInArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Reads the command line; the environment fills in what is better not written there. */
export function readArguments(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ArgumentsReading {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(words);
  } catch (error) {
    if (!(error instanceof WordsWrong)) throw error;
    return wrong(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  const [userName, ...more] = positionals;
  if (userName === undefined || userName === '') return wrong('Who shall sign in? Give the name of a user.');
  if (more.length > 0) return wrong('One user at a time, please; a name with spaces needs quotation marks.');
  if (Buffer.byteLength(userName) > 253) return wrong('A RADIUS user name has at most 253 octets.');
  const timeout = readSeconds(values.timeout ?? '60');
  if (timeout === undefined)
    return wrong('--timeout: a number of seconds above 0 and up to 600 is expected.');
  const machine = values.machine ?? 'PC-1';
  if (machine === '' || Buffer.byteLength(machine) > 240)
    return wrong('--machine: 1 to 240 octets are expected.');
  const password = values.password ?? environment['BRIDGE_PASSWORD'];

  const common = { userName, password, machine, timeout, client: values.client };
  if (values.server === undefined) {
    if (values.secret !== undefined)
      return wrong('--secret belongs to --server; a bridge here tells its own.');
    return { kind: 'sign-in', arguments: { ...common, server: undefined } };
  }
  const server = readServer(values.server);
  if (server === undefined) {
    return wrong('--server: an address and a port are expected, such as 127.0.0.1:1812 or [::1]:1812.');
  }
  const secret = values.secret ?? environment['BRIDGE_SECRET'];
  if (secret === undefined || secret === '')
    return wrong('--server needs --secret (or BRIDGE_SECRET), the secret it shares with us.');
  if (values.client !== undefined && values.client !== 'vpn' && values.client !== 'rd-gateway') {
    return wrong('--client: with --server, vpn or rd-gateway is expected.');
  }
  return { kind: 'sign-in', arguments: { ...common, server: { ...server, secret } } };
}

function parse(words: readonly string[]) {
  return parseWords({
    args: [...words],
    allowPositionals: true,
    options: {
      password: { type: 'string' },
      client: { type: 'string' },
      machine: { type: 'string' },
      timeout: { type: 'string' },
      server: { type: 'string' },
      secret: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
}

function readSeconds(text: string): number | undefined {
  const value = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  return value > 0 && value <= 600 ? value * 1000 : undefined;
}

function readServer(text: string): RadiusServer | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  const address = host === 'localhost' ? '127.0.0.1' : canonicalAddress(host ?? '');
  return address !== undefined && port >= 1 && port <= 65_535 ? { address, port } : undefined;
}

function wrong(reason: string): ArgumentsReading {
  return { kind: 'wrong', reason };
}
