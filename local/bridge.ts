import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localConfiguration } from './configuration.ts';
import { configurationFiles } from './configuration-files.ts';
import type { Console } from './console.ts';
import { startConsole } from './console.ts';
import type { Decisions } from './decisions.ts';
import { collectDecisions } from './decisions.ts';
import { appEnvironment, plainEnvironment } from './environment.ts';
import { StartRefused } from './faults.ts';
import { startFrontEndProgram } from './front-end-program.ts';
import { functionsOf } from './functions.ts';
import { lifetime } from './lifetime.ts';
import { checkUdpPorts, loopbackAddresses } from './ports.ts';
import { startRelay } from './relay.ts';
import { readRunFiles, removeRun, runDirectoryPrefix, writeRunFile } from './run-file.ts';
import type { Bridge, BridgeLine } from './running-bridge.ts';
import { startStandInProgram } from './stand-in-programs.ts';
import type { PhoneMode } from './stand-ins/phone.ts';
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
  /** What happens to MFA prompts by themselves; default `phone`: somebody answers them on the page. */
  readonly mfa?: PhoneMode;
  /** A file that gets one JSON line for each decision. */
  readonly decisions?: string;
  /** How many functions hosts stand behind the one address; they share nothing while the store is in memory. */
  readonly hosts?: number;
  /** Gets the record of each decision. */
  readonly decided?: (record: unknown) => void;
  /** Gets what else the programs tell while they run. */
  readonly tell?: (line: BridgeLine) => void;
}

const root = new URL('../', import.meta.url);
const defaultPorts = { auth: 1812, acct: 1813 };

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
  const attemptKey = randomBytes(32).toString('base64');
  const configuration = await localConfiguration({ ...files, publicKey, attemptKey });
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

  // Whoever listens has heard already what a program complained of.
  const life = lifetime(options.tell === undefined);
  // What the programs say while they are being stopped is no news.
  const tell = (line: BridgeLine) => life.ending || options.tell?.(line);
  const read = ({ program, stream, text }: { program: string; stream: string; text: string }) =>
    tell({ program, level: stream === 'stderr' ? 'error' : 'info', text });

  try {
    const decisions = openDecisions(options.decisions, options.decided);
    life.defer(() => decisions.close());
    const runDirectory = await mkdtemp(join(tmpdir(), runDirectoryPrefix));
    life.defer(() => rm(runDirectory, { recursive: true, force: true }));
    const tls = await localTls(tlsCache, Date.now());
    const caFile = join(runDirectory, 'ca.pem');
    const configurationFile = join(runDirectory, 'bridge.json');
    await writeFile(caFile, tls.ca);
    await writeFile(configurationFile, configuration.bridgeJson);

    const { tenant } = configuration;
    const mode = options.mfa ?? 'phone';
    const env = plainEnvironment(process.env);
    const [standIns, frontEnd] = await Promise.all([
      startStandInProgram({
        tls,
        secrets: configuration.secrets,
        ...(tenant.id === undefined ? {} : { tenant: tenant.id }),
        cloud: tenant.cloud,
        certificates: tenant.certificates,
        people: tenant.people,
        groups: tenant.groups,
        applications: tenant.applications,
        phone: { mode },
        env,
        started: life.own,
        read,
      }),
      startFrontEndProgram({ tls, env, started: life.own, read }),
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
        authorityHost: standIns.authorityHost,
        connectorUrl: standIns.connectorUrl,
        graphUrl: standIns.graphUrl,
      }),
      log: ({ level, message }) =>
        decisions.take(message) || tell({ program: 'functions', level, text: message }),
      read,
      ended: (how) => life.died('functions host', how),
    });
    life.defer(() => functions.stop());
    const startFunctions = async () => {
      const started = await functions.start();
      if (started.length > 0) await frontEnd.setInstances(started);
    };
    const stopFunctions = async () => {
      await functions.kill();
      await frontEnd.setInstances([]);
    };
    const stopGraph = () => standIns.script('graph', { state: 'refusing' });
    const startGraph = () => standIns.script('graph', { state: 'well' });
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
        started: life.own,
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
      prompts: Object.values(await standIns.prompts()).reduce((sum, times) => sum + times, 0),
    });
    const known = {
      auth: listening('auth'),
      acct: listening('acct'),
      functions: `https://${authority}`,
      keyVault: standIns.vaultUrl,
      managedIdentity: standIns.identityEndpoint,
      entra: standIns.authorityHost,
      mfaConnector: standIns.connectorUrl,
      graph: standIns.graphUrl,
    };
    const token = randomBytes(32).toString('base64url');
    const bridgeConsole: Console = await startConsole({
      port: options.consolePort ?? 0,
      token,
      state: () => ({
        addresses: { ...known, phone: `${bridgeConsole.url}/` },
        clients: configuration.clients,
        canPrompt: configuration.canPrompt,
      }),
      decisions: () => decisions.recent(),
      counts,
      phone: standIns.phone,
      stopFunctions,
      startFunctions,
      stopGraph,
      startGraph,
    });
    life.defer(() => bridgeConsole.close());
    const runFile = await writeRunFile({
      pid: process.pid,
      started: Date.now(),
      console: bridgeConsole.url,
      token,
      runDirectory,
    });
    life.defer(() => removeRun(runFile, undefined));

    return {
      addresses: { ...known, console: bridgeConsole.url, phone: `${bridgeConsole.url}/` },
      clients: configuration.clients,
      example: configuration.example,
      exampleInEntra: configuration.exampleInEntra,
      embedded: options.config === undefined,
      ringing: configuration.ringing,
      mfa: configuration.canPrompt ? mode : undefined,
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
      phone: standIns.phone,
      stopFunctions,
      startFunctions,
      stopGraph,
      startGraph,
      script: standIns.script,
      ended: life.ended,
      close: life.close,
    };
  } catch (error) {
    await life.close();
    throw error;
  }
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
