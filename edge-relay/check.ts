import { randomBytes } from 'node:crypto';
import { createCloud } from './cloud/cloud.ts';
import { CLOUD_FAULTS } from './cloud/faults.ts';
import type { Health } from './cloud/health.ts';
import { RIGHT } from './cloud/server-time.ts';
import type { RelayConfiguration } from './config.ts';
import { publicKeyText } from './key.ts';
import type { Surroundings } from './run.ts';

/** Beyond this difference, in seconds, calls are signed with the server's time. */
const CLOCK_LIMIT = RIGHT / 1_000;

/** What `check` found: lines for the administrator, and whether all is well. */
export interface Findings {
  readonly lines: readonly string[];
  readonly well: boolean;
}

/** Says what a valid relay.json means, then asks the functions whether they are there. Opens no UDP port. */
export async function checkRelay(
  configuration: RelayConfiguration,
  { clock, timers }: Pick<Surroundings, 'clock' | 'timers'>,
): Promise<Findings> {
  const { document, key, ca } = configuration;
  const cloud = createCloud({
    url: document.url,
    key,
    ca,
    clock,
    timers,
    random: randomBytes,
    count: () => undefined,
    log: { say: () => undefined },
  });
  const health = await cloud.health(AbortSignal.timeout(15_000));
  await cloud.close();
  const findings = describeHealth(document.url, health);
  return { lines: [...describeConfiguration(configuration), ...findings.lines], well: findings.well };
}

/** A valid configuration in words, with the public key as bridge.json wants it. */
export function describeConfiguration({ document, key, keyFile, keyExposed }: RelayConfiguration): string[] {
  const exposed = keyExposed ? ['  warning: every account of this machine may read the key file'] : [];
  return [
    `key ${key.keyid} (${keyFile})`,
    `  public key: ${publicKeyText(key.privateKey)}`,
    ...exposed,
    ...document.listen.map(({ address, port, serves }) => {
      const where = address === '*' ? 'every address of this machine' : address;
      return `listen on ${where}, port ${port === 0 ? 'any' : port}: ${serves}`;
    }),
    ...document.clients.map(({ network, rate, patience, rejectDelay }) => {
      const rejects = rejectDelay === 0 ? 'rejects at once' : `rejects after ${rejectDelay} s`;
      return `client ${network}: ${rate.perSecond} a second and ${rate.burst} at once from each address, waits ${patience} s, ${rejects}`;
    }),
  ];
}

/** What the functions' health says, in words. */
export function describeHealth(url: string, health: Health): Findings {
  if (health.kind === 'unreachable') {
    const cause = health.cause === undefined ? '' : ` (${health.cause})`;
    const line = `functions at ${url}: not reachable: ${health.code}: ${CLOUD_FAULTS[health.code]}${cause}`;
    return { lines: [line], well: false };
  }
  const { status, took, protocol, skew } = health;
  const lines = [
    `functions at ${url}: reachable over ${protocol}, HTTP status ${status}, ${Math.round(took)} ms with opening the connection`,
  ];
  if (status !== 200) lines.push('  the health page did not answer 200: is this the functions app?');
  const clockWrong = skew !== undefined && Math.abs(skew) > CLOCK_LIMIT;
  if (skew === undefined) lines.push('  the server does not tell its time');
  else lines.push(`  clock: ${clockSentence(skew)}`);
  if (clockWrong)
    lines.push("  calls are signed with the server's time meanwhile: set this machine's clock right");
  lines.push(
    '  whether the functions know this key and this name of theirs was not tried: sign in once, and look for answer-refused',
  );
  return { lines, well: status === 200 && !clockWrong };
}

function clockSentence(skew: number): string {
  if (Math.abs(skew) <= 1) return "this machine's clock and the server's agree";
  return `this machine's clock is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} the server's`;
}
