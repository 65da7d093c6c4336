import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../relay-call/source.ts';
import type { LocalClient, LocalConfiguration, TextFile } from './configuration.ts';
import { localConfiguration } from './configuration.ts';
import { startConsole } from './console.ts';
import type { Decisions } from './decisions.ts';
import { collectDecisions } from './decisions.ts';
import { appEnvironment, plainEnvironment } from './environment.ts';
import { StartRefused } from './faults.ts';
import { startFrontEndProgram } from './front-end-program.ts';
import { functionsOf } from './functions.ts';
import { checkUdpPorts, loopbackAddresses } from './ports.ts';
import type { Program } from './programs.ts';
import { startRelay } from './relay.ts';
import { readRunFiles, removeRun, runDirectoryPrefix, writeRunFile } from './run-file.ts';
import { startStandInProgram } from './stand-in-programs.ts';
import type { Script } from './stand-ins/script.ts';
import type { StandInCounts, StandInName } from './stand-ins/stand-ins.ts';
import { localTls, tlsCache } from './tls.ts';

/** What a local bridge runs with; everything has a default. */
export interface BridgeOptions {
  /** A bridge.json; a bridge.secrets.json beside it is read too. Default: the embedded one. */
  readonly config?: string;
  /** Where the relay listens: one address of this machine, or `*` for all. Default: loopback. */
  readonly bind?: string;
  /** UDP port for sign-ins; 0 takes a free one. Default 1812. */
  readonly authPort?: number;
  /** UDP port for accounting; 0 takes a free one. Default 1813. */
  readonly acctPort?: number;
  /** TCP port of the console; default 0, a free one. */
  readonly consolePort?: number;
  /** A file that gets one JSON line for each decision. */
  readonly decisions?: string;
  /** How many functions hosts stand behind the one address; they share nothing while the store is in memory. */
  readonly hosts?: number;
  /** Gets the record of each decision. */
  readonly decided?: (record: unknown) => void;
  /** Gets what else the programs tell while they run. */
  readonly tell?: (line: BridgeLine) => void;
}

/** A line that a program of the bridge told. `text` is mostly one JSON object. */
export interface BridgeLine {
  readonly program: string;
  readonly level: string;
  readonly text: string;
}

/** Where everything listens. */
export interface BridgeAddresses {
  readonly auth: readonly Endpoint[];
  readonly acct: readonly Endpoint[];
  /** The functions app as the relay calls it. */
  readonly functions: string;
  readonly keyVault: string;
  readonly managedIdentity: string;
  readonly console: string;
}

/** What was counted so far. */
export interface BridgeCounts {
  /** Calls that each stand-in answered, by kind. */
  readonly standIns: StandInCounts;
  /** The relay's counters. */
  readonly relay: unknown;
  readonly decisions: number;
}

/** A bridge that runs. */
export interface Bridge {
  readonly addresses: BridgeAddresses;
  readonly clients: readonly LocalClient[];
  readonly example: LocalConfiguration['example'];
  readonly runDirectory: string;
  readonly runFile: string;
  /** Process ids. */
  pids(): {
    readonly relay: number;
    readonly frontEnd: number;
    readonly functions: readonly number[];
    readonly standIns: number;
  };
  readonly decisions: Pick<Decisions, 'recent' | 'count'>;
  counts(): Promise<BridgeCounts>;
  /** Ends the functions hosts as a crash would: calls in work are broken off, further ones meet a 503 page. */
  stopFunctions(): Promise<void>;
  /** Starts them again; they answer when this resolves. */
  startFunctions(): Promise<void>;
  /** Tells a stand-in how to behave from now on. */
  script(name: StandInName, script: Script): Promise<void>;
  /** Resolves when the bridge has ended: to undefined after `close`, else to why it ended by itself. */
  readonly ended: Promise<StartRefused | undefined>;
  /** Ends everything that was started and removes the run directory. */
  close(): Promise<void>;
}

const root = new URL('../', import.meta.url);
const defaultPorts = { auth: 1812, acct: 1813 };
const stopPatience = 5_000;

/**
 * Starts a whole bridge on this machine: stand-ins, functions app, front end and relay, each a process of its own.
 * Nothing is left running when it throws, when it is closed, or when this process ends however it ends.
 *
 * @throws StartRefused
 */
export async function startBridge(options: BridgeOptions = {}): Promise<Bridge> {
  const relayFile = new URL('dist/edge-relay.mjs', root);
  const files = await configurationFiles(options.config);
  const keys = generateKeyPairSync('ed25519');
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const configuration = await localConfiguration({ ...files, publicKey });
  const ports = { auth: options.authPort ?? defaultPorts.auth, acct: options.acctPort ?? defaultPorts.acct };
  const addresses = options.bind === undefined ? loopbackAddresses() : [bindAddress(options.bind)];
  await checkUdpPorts(
    addresses.flatMap((address) => [
      { address, port: ports.auth, flag: '--auth-port' },
      { address, port: ports.acct, flag: '--acct-port' },
    ]),
  );
  for (const file of [relayFile, new URL('dist/functions/index.js', root)]) {
    await access(file).catch(() => {
      throw new StartRefused('not-built', `Run npm run build first: ${fileURLToPath(file)} is missing.`);
    });
  }
  await readRunFiles();

  const stack = new AsyncDisposableStack();
  const ended = Promise.withResolvers<StartRefused | undefined>();
  let closing: Promise<void> | undefined;
  const close = (why?: StartRefused): Promise<void> => {
    closing ??= stack.disposeAsync().finally(() => ended.resolve(why));
    return closing;
  };
  const died = (name: string, how: string) => {
    void close(new StartRefused('program-ended', `${name}: ${how}`));
  };
  const own = (program: Pick<Program<never, never>, 'name' | 'stop' | 'ended' | 'complaint'>) => {
    // One that comes when another one's failure has already ended the bridge.
    if (stack.disposed) void program.stop(stopPatience);
    else stack.defer(() => program.stop(stopPatience));
    // Whoever listens has heard already what it complained of.
    const complaint = () => (options.tell === undefined ? program.complaint() : '');
    void program.ended.then((how) => closing ?? died(program.name, `${how}\n${complaint()}`.trim()));
  };
  // What the programs say while they are being stopped is no news.
  const tell = (line: BridgeLine) => closing ?? options.tell?.(line);
  const read = ({ program, stream, text }: { program: string; stream: string; text: string }) =>
    tell({ program, level: stream === 'stderr' ? 'error' : 'info', text });

  try {
    const decisions = openDecisions(options.decisions, options.decided);
    stack.defer(() => decisions.close());
    const runDirectory = await mkdtemp(join(tmpdir(), runDirectoryPrefix));
    stack.defer(() => rm(runDirectory, { recursive: true, force: true }));
    const tls = await localTls(tlsCache, Date.now());
    const caFile = join(runDirectory, 'ca.pem');
    const configurationFile = join(runDirectory, 'bridge.json');
    await writeFile(caFile, tls.ca);
    await writeFile(configurationFile, configuration.bridgeJson);

    const env = plainEnvironment(process.env);
    const [standIns, frontEnd] = await Promise.all([
      startStandInProgram({ tls, secrets: configuration.secrets, env, started: own, read }),
      startFrontEndProgram({ tls, env, started: own, read }),
    ]);
    const authority = `127.0.0.1:${frontEnd.port}`;
    const functions = functionsOf({
      hosts: options.hosts ?? 1,
      packageFile: fileURLToPath(new URL('package.json', root)),
      hostFile: fileURLToPath(new URL('host.json', root)),
      env: appEnvironment(process.env, {
        configurationFile,
        authority,
        caFile,
        vaultUrl: standIns.vaultUrl,
        identityEndpoint: standIns.identityEndpoint,
        identityHeader: standIns.identityHeader,
      }),
      log: ({ level, message }) =>
        decisions.take(message) || tell({ program: 'functions', level, text: message }),
      read,
      ended: (how) => died('functions host', how),
    });
    stack.defer(() => functions.stop());
    const startFunctions = async () => {
      const started = await functions.start();
      if (started.length > 0) await frontEnd.setInstances(started);
    };
    const stopFunctions = async () => {
      await functions.kill();
      await frontEnd.setInstances([]);
    };
    const [relay] = await Promise.all([
      startRelay({
        file: relayFile,
        env,
        runDirectory,
        url: `https://${authority}`,
        caFile,
        privateKey: keys.privateKey,
        configuration,
        addresses,
        ports,
        started: own,
        read: (line) => tell({ program: 'relay', level: levelOf(line.text, line.stream), text: line.text }),
      }),
      startFunctions(),
    ]);

    const listening = (serves: 'auth' | 'acct') =>
      relay.sockets
        .filter((socket) => socket.serves === serves)
        .map(({ address, port }) => ({ address, port }));
    const counts = async () => ({
      standIns: await standIns.counts(),
      relay: await relay.counts(),
      decisions: decisions.count,
    });
    const known = {
      auth: listening('auth'),
      acct: listening('acct'),
      functions: `https://${authority}`,
      keyVault: standIns.vaultUrl,
      managedIdentity: standIns.identityEndpoint,
    };
    const token = randomBytes(32).toString('base64url');
    const bridgeConsole = await startConsole({
      port: options.consolePort ?? 0,
      token,
      state: () => ({ addresses: known, clients: configuration.clients }),
      decisions: () => decisions.recent(),
      counts,
      stopFunctions,
      startFunctions,
    });
    stack.defer(() => bridgeConsole.close());
    const runFile = await writeRunFile({
      pid: process.pid,
      started: Date.now(),
      console: bridgeConsole.url,
      token,
      runDirectory,
    });
    stack.defer(() => removeRun(runFile, undefined));

    return {
      addresses: { ...known, console: bridgeConsole.url },
      clients: configuration.clients,
      example: configuration.example,
      runDirectory,
      runFile,
      pids: () => ({
        relay: relay.program.pid,
        frontEnd: frontEnd.program.pid,
        functions: functions.pids,
        standIns: standIns.program.pid,
      }),
      decisions,
      counts,
      stopFunctions,
      startFunctions,
      script: standIns.script,
      ended: ended.promise,
      close: () => close(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function configurationFiles(
  config: string | undefined,
): Promise<{ bridge: TextFile; secrets: TextFile | undefined }> {
  const file =
    config === undefined ? fileURLToPath(new URL('./default/bridge.json', import.meta.url)) : resolve(config);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartRefused('configuration-unreadable', `${file}: ${error.code ?? 'unknown error'}.`);
  });
  const beside = join(dirname(file), 'bridge.secrets.json');
  const secrets = await readFile(beside, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StartRefused('configuration-unreadable', `${beside}: ${error.code ?? 'unknown error'}.`);
  });
  return {
    bridge: { file: basename(file), text },
    secrets: secrets === undefined ? undefined : { file: basename(beside), text: secrets },
  };
}

function openDecisions(file: string | undefined, decided: BridgeOptions['decided']): Decisions {
  try {
    return collectDecisions(file, decided);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new StartRefused('flag-wrong', `--decisions ${file} cannot be written (${code}).`);
  }
}

/** Every address of the machine is `*` to the relay, which opens a socket on each. */
function bindAddress(text: string): string {
  return text === '0.0.0.0' || text === '::' ? '*' : text;
}

function levelOf(text: string, stream: string): string {
  return /^\{.*"level":"(\w+)"/.exec(text)?.[1] ?? (stream === 'stderr' ? 'error' : 'info');
}
