import { startBridge } from './bridge.ts';
import { calledFrom } from './called-from.ts';
import { exitCodeOf, StartRefused } from './faults.ts';
import { HELP, readFlags } from './flags.ts';
import type { Bridge } from './running-bridge.ts';
import { decisionWords, isTrouble, lineWords, readyWords, refusalWords } from './words.ts';

// Whoever reads the output may go away; the bridge goes on.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
const folder = calledFrom('start', process.env);
if (folder !== undefined) process.chdir(folder);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const flags = readFlags(argv);
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return await run(flags);
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    process.stderr.write(`${refusalWords(error)}\n`);
    return exitCodeOf(error.code);
  }
}

async function run({ options, json }: ReturnType<typeof readFlags>): Promise<number> {
  const asked = stopAsked();
  let ready = false;
  const bridge = await startBridge({
    ...options,
    tell(line) {
      // How the programs started is of interest only when they did not.
      if (ready || isTrouble(line)) process.stderr.write(`${lineWords(line)}\n`);
    },
    ...(json ? {} : { decided: (record) => process.stdout.write(`${decisionWords(record)}\n`) }),
  });
  if (options.mfa !== undefined && bridge.mfa === undefined) {
    process.stderr.write(
      '--mfa has no effect: the configuration has no "mfa" section, so nothing prompts.\n',
    );
  }
  process.stdout.write(`${json ? readyJson(bridge) : readyWords(bridge)}\n`);
  ready = true;
  const end = await Promise.race([asked, bridge.ended]);
  await bridge.close();
  if (!(end instanceof StartRefused)) return 0;
  process.stderr.write(`${refusalWords(end)}\n`);
  return exitCodeOf(end.code);
}

/** The first signal asks for an orderly end; a second one does not wait for it. */
function stopAsked(): Promise<'asked'> {
  return new Promise((resolve) => {
    let times = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
      process.on(signal, () => {
        times++;
        if (times > 1) process.exit(1);
        resolve('asked');
      });
    }
    // npm's shell dies of a SIGTERM to npm without handing it on; the bridge must not outlive its command.
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) resolve('asked');
    }, 500).unref();
  });
}

function readyJson(bridge: Bridge): string {
  const { addresses, runDirectory, runFile } = bridge;
  const portOf = (url: string) => Number(new URL(url).port);
  return JSON.stringify({
    ready: true,
    addresses,
    ports: {
      auth: addresses.auth[0]?.port,
      acct: addresses.acct[0]?.port,
      console: portOf(addresses.console),
      functions: portOf(addresses.functions),
      keyVault: portOf(addresses.keyVault),
      managedIdentity: portOf(addresses.managedIdentity),
      entra: portOf(addresses.entra),
      mfaConnector: portOf(addresses.mfaConnector),
      graph: portOf(addresses.graph),
      applicationInsights: portOf(addresses.applicationInsights),
      ...(addresses.store === undefined ? {} : { store: portOf(addresses.store) }),
    },
    pids: { main: process.pid, ...bridge.pids() },
    runDirectory,
    runFile,
    console: addresses.console,
    phone: addresses.phone,
  });
}
