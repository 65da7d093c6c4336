import { createPrivateKey, createPublicKey } from 'node:crypto';
import { parseNetwork } from '../../relay-call/address.ts';
import { checkDirectoryEntries } from './directories.ts';
import { checkMfa } from './mfa.ts';
import { namesTwice, twice, unknownNames } from './names.ts';
import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt, quoted } from './problems.ts';
import type { BridgeConfiguration, ClientEntry } from './schema.ts';
import { checkTenant } from './tenant.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Path = readonly (string | number)[];

/** What no shape can say: names that must differ, names that must exist, keys, addresses and zones that must be real. */
export function checkReferences(document: BridgeConfiguration): Problem[] {
  const { relays, clients, directories, connectionRequestPolicies, networkPolicies } = document;
  return [
    ...checkTimeZone(document.timeZone),
    ...namesTwice(['relays'], relays),
    ...namesTwice(['clients'], clients),
    ...namesTwice(['directories'], directories),
    ...namesTwice(['connectionRequestPolicies'], connectionRequestPolicies),
    ...namesTwice(['networkPolicies'], networkPolicies),
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
    ...checkDirectoryEntries(document),
    ...checkTenant(document),
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

function checkTimeZone(timeZone: string): Problem[] {
  if (isTimeZone(timeZone)) return [];
  return [
    problemAt(
      ['timeZone'],
      'time-zone-unknown',
      quoted(timeZone),
      'an IANA time zone, such as Europe/Berlin',
    ),
  ];
}

function isTimeZone(text: string): boolean {
  // The list is there at once; the first format takes as long as a tenth of a new instance's first answer.
  if (text === 'UTC' || Intl.supportedValuesOf('timeZone').includes(text)) return true;
  // Offsets such as +01:00, which Intl takes too, know no summer time.
  if (/^[+\-\u2212]/.test(text)) return false;
  try {
    // The list has one name of each place; Asia/Kolkata and Asia/Calcutta are the same.
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
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
