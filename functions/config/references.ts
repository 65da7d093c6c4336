import { createPrivateKey, createPublicKey } from 'node:crypto';
import { parseNetwork } from '../../relay-call/address.ts';
import { checkMfa } from './mfa.ts';
import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt, quoted } from './problems.ts';
import type { BridgeConfiguration, ClientEntry, LocalDirectoryEntry } from './schema.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Path = readonly (string | number)[];

/** What no shape can say: names that must differ, names that must exist, keys, addresses and zones that must be real. */
export function checkReferences(document: BridgeConfiguration): Problem[] {
  const { relays, clients, directories, connectionRequestPolicies, networkPolicies } = document;
  return [
    ...checkTimeZone(document.timeZone),
    ...namesTwice('relays', relays),
    ...namesTwice('clients', clients),
    ...namesTwice('directories', directories),
    ...namesTwice('connectionRequestPolicies', connectionRequestPolicies),
    ...namesTwice('networkPolicies', networkPolicies),
    ...twice(
      relays.map((relay, index) => ({ path: ['relays', index, 'keyId'], text: relay.keyId })),
      'key-id-twice',
    ),
    ...relays.flatMap((relay, index) => checkPublicKey(['relays', index, 'publicKey'], relay.publicKey)),
    ...clients.flatMap((client, index) => [
      ...unknownNames(
        (client.relays ?? []).map((name, at) => ({ path: ['clients', index, 'relays', at], text: name })),
        relays,
        'the name of a relay',
      ),
      ...client.addresses.flatMap((text, at) =>
        parseNetwork(text) === undefined
          ? [
              problemAt(
                ['clients', index, 'addresses', at],
                'address-malformed' as const,
                quoted(text),
                'an address or a network, such as 192.0.2.10, 10.1.0.0/16 or 2001:db8::/32, without bits behind its prefix',
              ),
            ]
          : [],
      ),
    ]),
    ...addressesTwice(clients),
    ...directories.flatMap((directory, index) =>
      directory.kind === 'local' ? checkUsers(['directories', index], directory) : [],
    ),
    ...checkMfa(document),
    ...connectionRequestPolicies.flatMap((policy, index) =>
      'directory' in policy.authentication
        ? unknownNames(
            [
              {
                path: ['connectionRequestPolicies', index, 'authentication', 'directory'],
                text: policy.authentication.directory,
              },
            ],
            directories,
            'the name of a directory',
          )
        : [],
    ),
  ];
}

interface Placed {
  readonly path: Path;
  readonly text: string;
}

/** References to entries that do not exist, with the names that do. */
export function unknownNames(
  references: readonly Placed[],
  entries: readonly { name: string }[],
  what: string,
): Problem[] {
  const known = entries.map((entry) => entry.name);
  const hint = known.length === 0 ? 'there is none' : known.slice(0, 10).map(quoted).join(', ');
  return references
    .filter((reference) => !known.includes(reference.text))
    .map(({ path, text }) => problemAt(path, 'reference-unknown', quoted(text), `${what}: ${hint}`));
}

function namesTwice(list: string, entries: readonly { name: string }[]): Problem[] {
  return twice(
    entries.map((entry, index) => ({ path: [list, index, 'name'], text: entry.name })),
    'name-twice',
    (text) => text.toLowerCase(),
  );
}

function twice(
  values: readonly Placed[],
  code: ConfigurationProblemCode,
  fold: (text: string) => string = (text) => text,
): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { path, text } of values) {
    const folded = fold(text);
    if (seen.has(folded)) problems.push(problemAt(path, code, `${quoted(text)} again`, 'another one'));
    seen.add(folded);
  }
  return problems;
}

function checkTimeZone(timeZone: string): Problem[] {
  try {
    // Intl also takes offsets such as +01:00, which know no summer time.
    if (!/^[+-]/.test(timeZone)) {
      new Intl.DateTimeFormat('en', { timeZone });
      return [];
    }
  } catch {
    // Not known: reported below.
  }
  return [
    problemAt(
      ['timeZone'],
      'time-zone-unknown',
      quoted(timeZone),
      'an IANA time zone, such as Europe/Berlin',
    ),
  ];
}

function checkPublicKey(path: Path, text: string): Problem[] {
  const der = Buffer.from(text, 'base64');
  const expected = 'an Ed25519 public key: SPKI, DER, base64 on one line';
  if (isPrivateKey(der, text)) return [problemAt(path, 'private-key-written', 'a private key', expected)];
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== 'ed25519') {
      return [
        problemAt(path, 'public-key-malformed', `a key of the kind ${key.asymmetricKeyType}`, expected),
      ];
    }
    // base64 and DER are read leniently; what differs when written again was not what it seemed.
    if (key.export({ format: 'der', type: 'spki' }).toString('base64') === text) return [];
  } catch {
    // No key at all: reported below.
  }
  return [problemAt(path, 'public-key-malformed', 'a string', expected)];
}

function isPrivateKey(der: Buffer, text: string): boolean {
  if (text.includes('PRIVATE KEY')) return true;
  try {
    createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return true;
  } catch {
    return false;
  }
}

/** Two enabled clients at one address would leave it to chance whose secret is tried. */
function addressesTwice(clients: readonly ClientEntry[]): Problem[] {
  const seen = new Map<string, { client: ClientEntry; index: number }[]>();
  const problems: Problem[] = [];
  for (const [index, client] of clients.entries()) {
    if (!client.enabled) continue;
    for (const [at, text] of client.addresses.entries()) {
      const network = parseNetwork(text)?.toString();
      if (network === undefined) continue;
      const owners = seen.get(network) ?? [];
      const other = owners.find((owner) => owner.index === index || meet(owner.client, client));
      if (other !== undefined) {
        const found = `${quoted(text)}, as in clients[${other.index}]`;
        problems.push(
          problemAt(
            ['clients', index, 'addresses', at],
            'address-twice',
            found,
            'each address once for a relay',
          ),
        );
      }
      seen.set(network, [...owners, { client, index }]);
    }
  }
  return problems;
}

function meet(one: ClientEntry, other: ClientEntry): boolean {
  if (one.relays === undefined || other.relays === undefined) return true;
  return one.relays.some((relay) => other.relays?.includes(relay));
}

function checkUsers(path: Path, directory: LocalDirectoryEntry): Problem[] {
  const placed = (key: 'name' | 'upn'): Placed[] =>
    directory.users.flatMap((user, index) => {
      const text = user[key];
      return text === undefined ? [] : [{ path: [...path, 'users', index, key], text }];
    });
  const fold = (text: string) => text.toLowerCase();
  const names = new Map(directory.users.map((user, index) => [fold(user.name), index]));
  const suffixes = directory.upnSuffixes.map(fold);
  const takesAnothersName = directory.users.flatMap((user, index) => {
    const upn = fold(user.upn ?? '');
    const at = upn.lastIndexOf('@');
    const other = suffixes.includes(upn.slice(at + 1)) ? names.get(upn.slice(0, at)) : undefined;
    if (user.upn === undefined || other === undefined || other === index) return [];
    const found = `${quoted(user.upn)}, which also means users[${other}]`;
    return [problemAt([...path, 'users', index, 'upn'], 'user-twice' as const, found, 'another one')];
  });
  return [
    ...twice(placed('name'), 'user-twice', fold),
    ...twice(placed('upn'), 'user-twice', fold),
    ...takesAnothersName,
  ];
}
