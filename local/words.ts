import { isIPv6 } from 'node:net';
import { sentenceOf } from '../admin/sentences.ts';
import type { Endpoint } from '../relay-call/source.ts';
import type { StartRefused } from './faults.ts';
import type { Bridge, BridgeLine } from './running-bridge.ts';
import { printable } from './sign-in/show.ts';
import { ownAddresses, targetAt } from './sign-in/target.ts';
import type { PhoneMode } from './stand-ins/phone.ts';

type Shown = Pick<
  Bridge,
  'addresses' | 'clients' | 'example' | 'exampleInEntra' | 'embedded' | 'ringing' | 'mfa' | 'pids'
>;

const MODES: Readonly<Record<PhoneMode, string>> = {
  phone: 'a page: approve, deny, report fraud or let it ring',
  approve: 'a page; every prompt is approved by itself',
  deny: 'a page; every prompt is denied by itself',
  fraud: 'a page; every prompt is reported as fraud by itself',
  ring: 'a page; every prompt rings and nobody answers',
};

/** Columns for the names of what runs. */
const NAMES = 22;

/** What a person sees when the bridge is ready: what runs where, and what to try. */
export function readyWords(bridge: Shown): string {
  const { addresses } = bridge;
  const pids = bridge.pids();
  const sockets = [
    ...addresses.auth.map((socket) => `${endpointWords(socket)} sign-ins`),
    ...addresses.acct.map((socket) => `${endpointWords(socket)} accounting`),
  ];
  return [
    'radius-bridge runs on this machine.',
    '',
    row('edge relay', sockets.join(', '), [pids.relay]),
    row('functions app', `${addresses.functions}, ${hostsWords(pids.functions.length)}`, [
      pids.frontEnd,
      ...pids.functions,
    ]),
    storeRow(bridge),
    row('Key Vault', `${addresses.keyVault} (stand-in)`, [pids.standIns]),
    row('managed identity', `${addresses.managedIdentity} (stand-in)`, [pids.standIns]),
    row('Entra', `${addresses.entra} (stand-in)`, [pids.standIns]),
    row('Graph', `${addresses.graph} (stand-in)`, [pids.standIns]),
    row('MFA connector', `${addresses.mfaConnector} (stand-in)`, [pids.standIns]),
    row('Application Insights', `${addresses.applicationInsights} (stand-in)`, [pids.standIns]),
    row('console', `${addresses.console} (for sign-in and demo)`, [process.pid]),
    ...(bridge.mfa === undefined
      ? []
      : [`  ${'phone'.padEnd(NAMES)}${addresses.phone} (${MODES[bridge.mfa]})`]),
    ...tryWords(bridge),
    '',
    'Ctrl-C ends everything.',
  ].join('\n');
}

function row(name: string, where: string, pids: readonly number[]): string {
  return `  ${name.padEnd(NAMES)}${where}  [process ${pids.join(', ')}]`;
}

function hostsWords(hosts: number): string {
  return hosts === 1 ? '1 host' : `${hosts} hosts`;
}

function storeRow({ addresses, pids }: Shown): string {
  const { functions, store } = pids();
  if (addresses.store === undefined || store === undefined) return row('store', 'in memory', functions);
  return row('store', `${addresses.store} (Azurite)`, [store]);
}

function endpointWords({ address, port }: Endpoint): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

function tryWords(bridge: Shown): string[] {
  const lines = [...passwordWords(bridge), ...ringingWords(bridge), ...radclientWords(bridge)];
  if (lines.length > 0) return ['', 'Try:', ...lines];
  const view = { auth: bridge.addresses.auth, clients: bridge.clients };
  const own = ownAddresses();
  return bridge.clients.some(({ name }) => typeof targetAt(view, name, own) !== 'string')
    ? []
    : [
        '',
        'No RADIUS client of this configuration has an address of this machine: nothing can sign in from here. Give one of them 127.0.0.1.',
      ];
}

/** As a client whose address this machine has. */
function passwordWords({ clients, example, exampleInEntra, embedded }: Shown): string[] {
  if (!atThisMachine(clients)) return [];
  const line = ({ user, password }: NonNullable<typeof example>) =>
    `  npm run sign-in -- ${shell(user)}${embedded ? ` --password ${shell(password)}` : ''}`;
  return [
    ...(example ? [line(example)] : []),
    ...(exampleInEntra ? [`${line(exampleInEntra)}   # Entra checks the password`] : []),
  ];
}

function ringingWords({ addresses, clients, ringing }: Shown): string[] {
  if (!ringing) return [];
  const target = targetAt({ auth: addresses.auth, clients }, ringing.client, ownAddresses());
  if (typeof target === 'string') return [];
  const line = `npm run sign-in -- ${shell(ringing.user)} --client ${shell(ringing.client)}`;
  return [`  ${line}   # rings the phone on the page`];
}

/** What is printed ends up in tickets and logs: of a configuration of one's own neither password nor secret. */
function radclientWords({ addresses, clients, embedded, ...known }: Shown): string[] {
  const example = known.example ?? known.exampleInEntra;
  const server = addresses.auth.find(({ address }) => address === '127.0.0.1') ?? addresses.auth[0];
  const client = atThisMachine(clients);
  if (!server || !client || !example) return [];
  const attributes = [
    `User-Name = ${quoted(example.user)}`,
    `User-Password = ${quoted(embedded ? example.password : 'PASSWORD')}`,
    'Message-Authenticator = 0x00',
  ];
  return [
    `  echo ${shell(attributes.join(', '))} | radclient -x ${endpointWords(server)} auth ${embedded ? shell(client.secret) : 'SECRET'}`,
  ];
}

function atThisMachine(clients: Shown['clients']): Shown['clients'][number] | undefined {
  return clients.find(({ addresses }) => addresses.includes('127.0.0.1'));
}

/** As radclient reads a string. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** As a POSIX shell reads one word. */
function shell(text: string): string {
  return /^[\w@.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Why nothing was started, or why it ended: one sentence, and for each problem where it is and what it is. */
export function refusalWords(refusal: StartRefused): string {
  const problems = refusal.problems.flatMap(({ file, path, code, found, expected }) => [
    `  ${file}${path === '' ? '' : `: ${path}`}: found ${found}; expected ${expected}`,
    ...(code === undefined ? [] : [`    ${sentenceOf(code)} [${code}]`]),
  ]);
  const [sentence, ...more] = refusal.message.split('\n');
  return [`${sentence} (${refusal.code})`, ...more, ...problems].join('\n');
}

/** A decision in one line; the record itself stays JSON. */
export function decisionWords(record: unknown): string {
  const field = (name: string) => {
    const value = typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  // Names come from packets: what is printed must neither write a line of its own nor turn one round.
  const name = field('userName');
  return [
    field('time') ?? '',
    (field('outcome') ?? '').padEnd(7),
    name === undefined ? '(no name)' : printable(JSON.stringify(name)),
    `from ${field('client') ?? 'unknown'}:`,
    field('sentence') ?? '',
    `(${[field('reason') ?? 'no reason', field('detail') ?? []].flat().join(', ')})`,
  ].join(' ');
}

/** A line that a program told, with the program's name before it. */
export function lineWords({ program, text }: BridgeLine): string {
  return `${program}: ${text}`;
}

/** Whether a line tells of something that should not be. */
export function isTrouble({ level }: BridgeLine): boolean {
  return ['warning', 'error', 'critical'].includes(level);
}
