import { randomBytes, randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../relay-call/clock.ts';
import { readRunFiles } from '../run-file.ts';
import { readArguments, type SignInArguments, USAGE } from './arguments.ts';
import { askHidden } from './ask.ts';
import { bridgeConsole } from './bridge-console.ts';
import { afterTimeout, type Exchange, openFirst } from './client.ts';
import { encodeAccessRequest } from './request.ts';
import { PATIENT } from './retransmission.ts';
import { attributesOf, sendsPassword } from './shapes.ts';
import { endpointText, exchangeLines, packetLines, waitingLine } from './show.ts';
import { ownAddresses, type Target, targetAt } from './target.ts';

const EXIT = { accept: 0, reject: 1, wrong: 2, silence: 3, interrupted: 130 } as const;
/** Milliseconds after which a person wants to know what is being waited for. */
const SILENT_FOR = 2_000;

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const reading = readArguments(words, process.env);
  if (reading.kind === 'help') {
    process.stdout.write(USAGE);
    return EXIT.accept;
  }
  if (reading.kind === 'wrong') return complain(`${reading.reason} (--help tells more)`);
  const target = await findTarget(reading.arguments);
  if (typeof target === 'string') return complain(target);

  let password: string | undefined;
  if (!sendsPassword(target.shape) && reading.arguments.password !== undefined) {
    process.stderr.write(`As ${target.clientName} no password is sent; the one given is not used.\n`);
  }
  if (sendsPassword(target.shape)) {
    password = reading.arguments.password ?? (await readPassword(reading.arguments.userName));
    if (password === undefined) return EXIT.interrupted;
    if (password === '') {
      return complain('No password was given: type one, pipe it in, or use --password or BRIDGE_PASSWORD.');
    }
    if (Buffer.byteLength(password) > 128) return complain('A RADIUS password has at most 128 octets.');
  }
  return signIn(reading.arguments, target, password);
}

async function signIn(
  wanted: SignInArguments,
  target: Target,
  password: string | undefined,
): Promise<number> {
  const client = await openFirst(target.from, {
    clock: systemClock,
    random: Math.random,
    after: afterTimeout,
  });
  if (client === undefined) {
    return complain(`None of ${target.from.join(', ')} is an address of this machine to send from.`);
  }
  try {
    const request = encodeAccessRequest({
      identifier: randomInt(256),
      authenticator: randomBytes(16),
      secret: target.secret,
      attributes: attributesOf(target.shape, wanted),
      ...(password === undefined ? {} : { password }),
    });
    const way = `from ${endpointText(client.local)} to ${endpointText(target.server)}, as ${target.clientName}`;
    print(packetLines('→', request.octets, way));
    const said = afterTimeout(SILENT_FOR, () => process.stderr.write(`${waitingLine(target.phone)}\n`));
    const exchange = await client
      .send(request, target.server, { ...PATIENT, duration: wanted.timeout })
      .finally(said);
    print(exchangeLines(exchange));
    return exitCodeOf(exchange);
  } finally {
    await client.close();
  }
}

async function findTarget({ server, client }: SignInArguments): Promise<Target | string> {
  if (server !== undefined) {
    const { secret, ...endpoint } = server;
    return {
      server: endpoint,
      secret: Buffer.from(secret),
      shape: client === 'rd-gateway' ? 'rd-gateway' : 'vpn',
      from: [endpoint.address.includes(':') ? '::' : '0.0.0.0'],
      clientName: client ?? 'vpn',
    };
  }
  const [newest] = await readRunFiles();
  if (newest === undefined) {
    return 'No bridge runs on this machine. Start one with `npm start`, or name a server with --server.';
  }
  try {
    return targetAt(await bridgeConsole(newest).view(), client, ownAddresses());
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return `The bridge of process ${newest.pid} does not say where it listens: ${cause}`;
  }
}

async function readPassword(userName: string): Promise<string | undefined> {
  if (process.stdin.isTTY) {
    return askHidden(`Password of ${JSON.stringify(userName)}: `, process.stdin, process.stderr);
  }
  return (await text(process.stdin)).split(/\r?\n/, 1)[0];
}

function exitCodeOf(exchange: Exchange): number {
  if (exchange.kind === 'silence') return EXIT.silence;
  return exchange.reply.outcome === 'Access-Accept' ? EXIT.accept : EXIT.reject;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function complain(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return EXIT.wrong;
}
