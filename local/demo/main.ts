import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemClock } from '../../relay-call/clock.ts';
import { startBridge } from '../bridge.ts';
import { parseWords, WordsWrong } from '../command-line.ts';
import { readRunFiles } from '../run-file.ts';
import type { Bridge } from '../running-bridge.ts';
import { readSecretsFile } from '../secrets-file.ts';
import { type BridgeConsole, bridgeConsole } from '../sign-in/bridge-console.ts';
import { afterTimeout } from '../sign-in/client.ts';
import { seconds } from '../sign-in/show.ts';
import { playRows } from './play.ts';
import { type Passwords, rowsWith } from './rows.ts';
import { type Stage, setStage } from './stage.ts';
import { exitCodeOf, summary, tableLines } from './table.ts';

const USAGE = `Plays sign-ins against a bridge and compares what is seen with what is expected.

  npm run demo [-- flags]

  --running    against the newest bridge that runs on this machine with the embedded default configuration
               and one functions host, whatever its store;
               else a private one is started on free ports and ended afterwards
  --help

Exit code: 0 when no row differs, 1 when one does, 2 wrong use or no bridge.
`;

const NOTHING_TO_PLAY =
  'Nothing could be played: the demo needs a bridge with the embedded configuration. Without --running it starts one.';

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  let flags: { running?: boolean; help?: boolean };
  try {
    const options = { running: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    flags = parseWords({ args: [...words], options }, 'npm run demo -- --running').values;
  } catch (error) {
    if (!(error instanceof WordsWrong)) throw error;
    return complain(error.message);
  }
  if (flags.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (!flags.running) return playPrivately();
  const [newest] = await readRunFiles();
  if (newest === undefined) return complain('No bridge runs on this machine. Start one with `npm start`.');
  const bridge = bridgeConsole(newest);
  const { hosts, embedded } = await bridge.view();
  // Looked at first: rows stop and start the functions of a bridge, which somebody else may be trying out.
  if (!embedded) return complain(NOTHING_TO_PLAY);
  if (hosts > 1) {
    return complain(
      `That bridge has ${hosts} functions hosts, each of which asks Key Vault, Entra and Graph for itself: start another one with a single host, by npm start -- --auth-port 0 --acct-port 0`,
    );
  }
  // Nobody is prompted twice at once, so each row with MFA would differ.
  if ((await bridge.phone.state()).prompts.length > 0) {
    return complain('A phone is ringing at that bridge: answer it on its page first, or wait a minute.');
  }
  return play(bridge, (stage) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void stage.leave().finally(() => process.exit(1)));
    }
  });
}

async function playPrivately(): Promise<number> {
  const start = systemClock.monotonic();
  let bridge: Bridge;
  try {
    bridge = await startBridge({ authPort: 0, acctPort: 0, consolePort: 0 });
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
  }
  // The programs end with this process; the run directory and the run file need its help.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void bridge.close().finally(() => process.exit(1));
    });
  }
  try {
    process.stdout.write(`A private bridge is up after ${seconds(systemClock.monotonic() - start)}.\n\n`);
    return await play(consoleOf(bridge));
  } finally {
    await bridge.close();
  }
}

async function play(bridge: BridgeConsole, ready: (stage: Stage) => void = () => undefined): Promise<number> {
  const stage = await setStage(bridge, { clock: systemClock, random: Math.random, after: afterTimeout });
  ready(stage);
  try {
    const rows = rowsWith(await defaultPasswords(), randomUUID());
    const results = await playRows(rows, stage, systemClock, ({ title, seen }) => {
      process.stdout.write(`${title}: ${seen}\n`);
    });
    process.stdout.write(`\n${tableLines(results).join('\n')}\n\n${summary(results)}\n`);
    const code = exitCodeOf(results);
    if (code === 2) complain(NOTHING_TO_PLAY);
    return code;
  } finally {
    await stage.leave().catch(() => complain('The bridge could not be left as it was found.'));
  }
}

/** A bridge of this process, seen as another process would see it. */
function consoleOf(bridge: Bridge): BridgeConsole {
  return {
    view: async () => ({
      auth: bridge.addresses.auth,
      clients: bridge.clients,
      hosts: bridge.instances().length,
      embedded: bridge.embedded,
    }),
    counts: bridge.counts,
    decisions: async () => bridge.decisions.recent(),
    stopFunctions: bridge.stopFunctions,
    startFunctions: bridge.startFunctions,
    stopGraph: bridge.stopGraph,
    startGraph: bridge.startGraph,
    phone: bridge.phone,
  };
}

async function defaultPasswords(): Promise<Passwords> {
  const file = new URL('../default/bridge.secrets.json', import.meta.url);
  const read = readSecretsFile(await readFile(file, 'utf8'), file.pathname);
  if (!read.ok) throw new Error('The embedded bridge.secrets.json cannot be read.');
  const { users, entra } = read.secrets;
  return Object.fromEntries([
    ...users.map(({ name, password }) => [name, password]),
    ...entra.users.map(({ userPrincipalName, password }) => [userPrincipalName, password ?? '']),
  ]);
}

function complain(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 2;
}
