import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BridgeOptions } from './bridge-options.ts';
import { builtPrograms } from './built.ts';
import { localConfiguration } from './configuration.ts';
import { configurationFiles } from './configuration-files.ts';
import { inBlob, inFile } from './configuration-place.ts';
import type { Console } from './console.ts';
import { startConsole } from './console.ts';
import { openDecisions } from './decisions.ts';
import { appEnvironment, plainEnvironment } from './environment.ts';
import { startFrontEndProgram } from './front-end-program.ts';
import { functionsOf } from './functions.ts';
import { lifetime } from './lifetime.ts';
import { checkUdpPorts, loopbackAddresses } from './ports.ts';
import { startRelay } from './relay.ts';
import { readRunFiles, removeRun, runDirectoryPrefix, writeRunFile } from './run-file.ts';
import type { Bridge, BridgeLine } from './running-bridge.ts';
import { startStandInProgram } from './stand-in-programs.ts';
import { checkHosts, startStore } from './store.ts';
import { localTls, tlsCache } from './tls.ts';

const defaultPorts = { auth: 1812, acct: 1813 };

/**
 * Starts a whole bridge on this machine: stand-ins, functions app, front end and relay, each a process of its own.
 * Nothing is left running when it throws, when it is closed, or when this process ends however it ends.
 *
 * @throws StartRefused
 */
export async function startBridge(options: BridgeOptions = {}): Promise<Bridge> {
  const { hosts = 1, store: storeKind = 'memory' } = options;
  checkHosts(hosts, storeKind);
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
  const programs = await builtPrograms(options.package);
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
    await writeFile(caFile, tls.ca);

    const { tenant } = configuration;
    const mode = options.mfa ?? 'phone';
    const env = plainEnvironment(process.env);
    const storeDirectory = join(runDirectory, 'store');
    await mkdir(storeDirectory);
    const [standIns, frontEnd, store] = await Promise.all([
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
      startStore(storeKind, {
        tls,
        env,
        directory: storeDirectory,
        started: life.own,
        read,
        defer: life.defer,
      }),
    ]);
    const place = options.package === undefined ? inFile(runDirectory) : inBlob(standIns);
    await place.write(configuration.bridgeJson);
    const authority = `127.0.0.1:${frontEnd.port}`;
    const functions = functionsOf({
      hosts,
      packageFile: programs.packageFile,
      hostFile: programs.hostFile,
      env: appEnvironment(process.env, {
        ...standIns,
        configuration: place.setting,
        authority,
        caFile,
        store: store.setting,
      }),
      log: ({ level, message }, program) =>
        decisions.take(message) || tell({ program, level, text: message }),
      read,
      listening: frontEnd.setInstances,
      ended: life.died,
    });
    life.defer(() => functions.stop());
    const control = {
      phone: standIns.phone,
      telemetry: standIns.telemetry,
      stopFunctions: functions.kill,
      startFunctions: functions.start,
      stopGraph: () => standIns.script('graph', { state: 'refusing' }),
      startGraph: () => standIns.script('graph', { state: 'well' }),
      stopStore: store.stop,
      startStore: store.start,
      configure: place.write,
    };
    const [relay] = await Promise.all([
      startRelay({
        file: programs.relay,
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
      functions.start(),
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
      applicationInsights: ingestionIn(standIns.connectionString),
      ...(store.azurite === undefined ? {} : { store: store.azurite.url }),
    };
    const token = randomBytes(32).toString('base64url');
    const bridgeConsole: Console = await startConsole({
      port: options.consolePort ?? 0,
      token,
      state: () => ({
        addresses: { ...known, phone: `${bridgeConsole.url}/` },
        clients: configuration.clients,
        canPrompt: configuration.canPrompt,
        hosts,
        embedded: options.config === undefined,
      }),
      decisions: () => decisions.recent(),
      counts,
      telemetry: control.telemetry,
      phone: control.phone,
      switches: {
        functions: { stop: control.stopFunctions, start: control.startFunctions },
        graph: { stop: control.stopGraph, start: control.startGraph },
        store: { stop: control.stopStore, start: control.startStore },
      },
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
        ...(store.azurite === undefined ? {} : { store: store.azurite.pid }),
      }),
      decisions,
      counts,
      ...control,
      instances: () => functions.ports,
      script: standIns.script,
      ended: life.ended,
      close: life.close,
    };
  } catch (error) {
    await life.close();
    throw error;
  }
}

/** The rest of a connection string is a key, of which no address is made. */
function ingestionIn(connectionString: string): string {
  return /IngestionEndpoint=([^;]+?)\/?(;|$)/.exec(connectionString)?.[1] ?? '';
}

/** Every address of the machine is `*` to the relay, which opens a socket on each. */
function bindAddress(text: string): string {
  return text === '0.0.0.0' || text === '::' ? '*' : text;
}

function levelOf(text: string, stream: string): string {
  return /^\{.*"level":"(\w+)"/.exec(text)?.[1] ?? (stream === 'stderr' ? 'error' : 'info');
}
