import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { systemClock } from '../relay-call/clock.ts';
import { KEY_ID } from '../relay-call/signature.ts';
import { checkRelay } from './check.ts';
import { type RelayConfiguration, readRelayConfiguration } from './config.ts';
import { generateKey, KEYGEN_FAULTS } from './key.ts';
import { explainFailure } from './listener.ts';
import { startRelay } from './run.ts';
import { stopRequested } from './stop.ts';
import { systemTimers } from './timers.ts';

const HELP = `edge-relay ${packageJson.version}: carries RADIUS packets to the functions of radius-bridge and their replies back

  edge-relay run    [--config relay.json] [--stop-on-stdin-end]
  edge-relay check  [--config relay.json]
  edge-relay keygen --key-id site-1 [--out site-1.key.pem]
  edge-relay --help | --version

run     listens until SIGTERM or SIGINT (with --stop-on-stdin-end also until its standard input ends).
        One line of JSON on standard output says when it listens and where; the log goes to standard error,
        one JSON object a line. SIGUSR2 writes the counters to the log.
check   says what relay.json means, prints the public key, and asks the functions whether they are there.
keygen  makes the relay's key and prints the entry for "relays" in bridge.json.

Exit codes: 0 all is well; 1 it did not work (a port is taken, the functions are not reachable, a key exists);
2 the command line or the configuration is wrong, and nothing was started.
`;

const OK = 0;
const FAILED = 1;
const WRONG = 2;

const say = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

/** The oldest Node this program is tried on; older ones lack parts of node:http2 that it needs. */
const NODE = 24;

/** Runs a command line; the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  if (Number.parseInt(process.versions.node, 10) < NODE) {
    complain(`edge-relay needs Node ${NODE} or later; this is ${process.versions.node}.`);
    return WRONG;
  }
  const command = readCommand(argv);
  if (typeof command === 'string') {
    complain(`edge-relay: ${command}\nSee edge-relay --help.`);
    return WRONG;
  }
  const { values } = command;
  if (values.help) {
    process.stdout.write(HELP);
    return OK;
  }
  if (values.version) {
    say(packageJson.version);
    return OK;
  }
  if (command.verb === 'keygen') return keygen(values['key-id'] ?? '', values.out);
  const configuration = configured(values.config);
  if (configuration === undefined) return WRONG;
  return command.verb === 'check' ? check(configuration) : run(configuration, values['stop-on-stdin-end']);
}

type Verb = 'run' | 'check' | 'keygen';
const OWN_OPTIONS: Readonly<Record<Verb, readonly string[]>> = {
  run: ['config', 'stop-on-stdin-end'],
  check: ['config'],
  keygen: ['key-id', 'out'],
};

const isVerb = (text: string): text is Verb => Object.hasOwn(OWN_OPTIONS, text);

/** The command with its options, or what is wrong with it. */
function readCommand(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'relay.json' },
        'stop-on-stdin-end': { type: 'boolean', default: false },
        'key-id': { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', default: false },
      },
    });
    const [verb = '', ...more] = positionals;
    if (values.help || values.version) return { verb: 'run' as const, values };
    const [stray] = more;
    if (!isVerb(verb) || (stray !== undefined && isVerb(stray))) {
      return 'expected one command: run, check or keygen';
    }
    if (stray !== undefined) {
      const option = verb === 'keygen' ? '--key-id' : '--config';
      return `${JSON.stringify(stray)} is not expected; name it with ${option}`;
    }
    const wrong = argv
      .filter((argument) => argument.startsWith('--'))
      .map((argument) => argument.slice(2).split('=')[0] ?? '')
      .find((option) => !OWN_OPTIONS[verb].includes(option));
    if (wrong !== undefined) return `--${wrong} is no option of ${verb}`;
    if (verb === 'keygen' && !KEY_ID.test(values['key-id'] ?? '')) {
      return 'keygen needs --key-id: 1 to 64 of A-Z a-z 0-9 . _ -';
    }
    return { verb, values };
  } catch (error) {
    return error instanceof Error ? error.message : 'the command line cannot be read';
  }
}

function configured(file: string): RelayConfiguration | undefined {
  const configuration = readRelayConfiguration(file);
  if (!('faults' in configuration)) return configuration;
  for (const { code, path, problem, expected } of configuration.faults) {
    complain(`${file}${path === '' ? '' : `: ${path}`}: ${problem}; expected ${expected} (${code})`);
  }
  return undefined;
}

async function run(configuration: RelayConfiguration, stopOnStdinEnd: boolean): Promise<number> {
  const relay = await startRelay(configuration, {
    clock: systemClock,
    timers: systemTimers,
    writeLog: complain,
  });
  if ('failed' in relay) {
    complain(`edge-relay: ${explainFailure(relay)}`);
    return FAILED;
  }
  const stop = stopRequested(stopOnStdinEnd);
  if (process.platform !== 'win32') process.on('SIGUSR2', relay.tellCounters);
  const sockets = relay.sockets.map(({ address, port, serves }) => ({ address, port, serves }));
  const { url, keyId } = configuration.document;
  const { version } = packageJson;
  say(JSON.stringify({ event: 'listening', version, pid: process.pid, url, keyId, sockets }));
  const reason = await stop;
  await relay.stop();
  say(JSON.stringify({ event: 'stopped', reason }));
  return OK;
}

async function check(configuration: RelayConfiguration): Promise<number> {
  const { lines, well } = await checkRelay(configuration, { clock: systemClock, timers: systemTimers });
  for (const line of lines) say(line);
  return well ? OK : FAILED;
}

function keygen(keyId: string, out = `${keyId}.key.pem`): number {
  const made = generateKey(out);
  if ('fault' in made) {
    complain(`edge-relay: ${out}: ${KEYGEN_FAULTS[made.fault]} (${made.cause})`);
    return FAILED;
  }
  complain(`The private key is in ${out}; relay.json names it as keyFile. For "relays" in bridge.json:`);
  say(JSON.stringify({ name: keyId, keyId, publicKey: made.publicKey, enabled: true }, null, 2));
  return OK;
}

// Whoever reads the output may go away; the relay goes on.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = FAILED;
  },
);
