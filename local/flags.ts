import { isIP } from 'node:net';
import type { BridgeOptions } from './bridge-options.ts';
import { parseWords, WordsWrong } from './command-line.ts';
import { StartRefused } from './faults.ts';
import type { PhoneMode } from './stand-ins/phone.ts';
import { STORE_KINDS, type StoreKind } from './store.ts';

/** What `npm start` was told. */
export interface Flags {
  readonly options: BridgeOptions;
  /** One line of JSON instead of words. */
  readonly json: boolean;
  readonly help: boolean;
}

const MODES = ['approve', 'deny', 'ring', 'phone'] as const satisfies readonly PhoneMode[];

export const HELP = `npm start -- [flags]: the whole bridge on this machine

  --config FILE       a bridge.json; a bridge.secrets.json beside it gives secrets and users' passwords
                      (default: the embedded one in local/default)
  --bind ADDRESS      where the relay listens: one address of this machine, or * for all
                      (default: loopback, 127.0.0.1 and ::1)
  --auth-port N       UDP port for sign-ins (default 1812; 0 takes a free one)
  --acct-port N       UDP port for accounting (default 1813; 0 takes a free one)
  --console-port N    TCP port of the console (default 0: a free one)
  --mfa MODE          what happens to MFA prompts by themselves (default phone):
                      approve, deny   at once
                      ring            nothing: nobody answers
                      phone           they wait for the page with the phone on it
  --store STORE       where the functions keep what outlives a call (default memory):
                      memory          of the functions host, which forgets it when it ends
                      azurite         tables of Azure Storage's emulator, over the code that runs in Azure
  --hosts N           how many functions hosts answer behind the one address, up to 9 (default 1); several need
                      --store azurite, because hosts with their store in memory share nothing
  --package DIR       run what npm run package has made in DIR (dist/package) instead of the build, with bridge.json
                      in a versioned blob, as in Azure
  --decisions FILE    append one JSON line for each decision
  --json              print one line of JSON when ready: addresses, ports, process ids
                      (npm start --silent -- --json keeps npm's own lines away)
  --help              print this

Ctrl-C ends everything. Exit codes: 0 ended as asked (npm itself says 130 after Ctrl-C); 1 it did not work (a port
is taken, an address is not this machine's, a program died);
2 a flag or the configuration is wrong, and nothing was started.
`;

/**
 * Reads the command line.
 *
 * @throws StartRefused `flag-wrong`
 */
export function readFlags(argv: readonly string[]): Flags {
  const values = parse(argv);
  const mfa = modeOf(values.mfa);
  const store = storeOf(values.store);
  const hosts = hostsOf(values.hosts);
  const authPort = portOf('--auth-port', values['auth-port']);
  const acctPort = portOf('--acct-port', values['acct-port']);
  const consolePort = portOf('--console-port', values['console-port']);
  if (authPort !== undefined && authPort !== 0 && authPort === acctPort) {
    throw new StartRefused('flag-wrong', `--auth-port and --acct-port are both ${authPort}.`);
  }
  const { bind, config, decisions, package: folder } = values;
  for (const [flag, file] of Object.entries({ config, decisions, package: folder })) {
    if (file === '')
      throw new StartRefused('flag-wrong', `--${flag}: expected the name of a file or folder.`);
  }
  if (bind !== undefined && bind !== '*' && isIP(bind) === 0) {
    throw new StartRefused('flag-wrong', `--bind ${JSON.stringify(bind)}: expected an IP address or *.`);
  }
  return {
    json: values.json,
    help: values.help,
    options: {
      ...(config === undefined ? {} : { config }),
      ...(bind === undefined ? {} : { bind }),
      ...(mfa === undefined ? {} : { mfa }),
      ...(store === undefined ? {} : { store }),
      ...(hosts === undefined ? {} : { hosts }),
      ...(decisions === undefined ? {} : { decisions }),
      ...(folder === undefined ? {} : { package: folder }),
      ...(authPort === undefined ? {} : { authPort }),
      ...(acctPort === undefined ? {} : { acctPort }),
      ...(consolePort === undefined ? {} : { consolePort }),
    },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseWords(
      {
        args: [...argv],
        options: {
          config: { type: 'string' },
          bind: { type: 'string' },
          'auth-port': { type: 'string' },
          'acct-port': { type: 'string' },
          'console-port': { type: 'string' },
          store: { type: 'string' },
          hosts: { type: 'string' },
          package: { type: 'string' },
          decisions: { type: 'string' },
          mfa: { type: 'string' },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      },
      'npm start -- --hosts 2',
    ).values;
  } catch (error) {
    if (!(error instanceof WordsWrong)) throw error;
    throw new StartRefused('flag-wrong', error.message);
  }
}

function modeOf(text: string | undefined): PhoneMode | undefined {
  const mode = MODES.find((known) => known === text);
  if (text !== undefined && mode === undefined) {
    throw new StartRefused('flag-wrong', `--mfa ${JSON.stringify(text)}: expected ${MODES.join(', ')}.`);
  }
  return mode;
}

function storeOf(text: string | undefined): StoreKind | undefined {
  const store = STORE_KINDS.find((known) => known === text);
  if (text !== undefined && store === undefined) {
    throw new StartRefused(
      'flag-wrong',
      `--store ${JSON.stringify(text)}: expected ${STORE_KINDS.join(' or ')}.`,
    );
  }
  return store;
}

function hostsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hosts = Number(text);
  if (/^\d$/.test(text) && hosts >= 1) return hosts;
  throw new StartRefused('flag-wrong', `--hosts ${JSON.stringify(text)}: expected a number from 1 to 9.`);
}

function portOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new StartRefused('flag-wrong', `${flag} ${JSON.stringify(text)}: expected a port from 0 to 65535.`);
  }
  return port;
}
