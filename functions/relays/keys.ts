import { createPublicKey, type KeyObject } from 'node:crypto';

/** Why a relay of the configuration cannot be used, in an administrator's words. */
export const RELAY_FAULTS = {
  'relay-keyid-malformed': 'A keyId has 1 to 64 letters, digits, dots, underscores or hyphens.',
  'relay-keyid-twice': 'Two relays have the same keyId.',
  'relay-key-malformed': 'A publicKey is the base64 of a DER SubjectPublicKeyInfo, and nothing else.',
  'relay-key-not-ed25519': 'A publicKey must be of the kind Ed25519.',
} as const;
type RelayFaultCode = keyof typeof RELAY_FAULTS;

/** A relay as the configuration names it. */
export interface RelayEntry {
  readonly name: string;
  readonly keyId: string;
  /** SPKI DER in base64 (RFC 8410). */
  readonly publicKey: string;
  readonly enabled: boolean;
}

export interface Relays {
  /** The key that proves a call of this keyid. */
  keyOf(keyid: string): KeyObject | 'disabled' | undefined;
  /** The relay's name in the configuration. */
  relayOf(keyid: string): string | undefined;
}

export interface RelayFault {
  readonly path: readonly ['relays', number, 'keyId' | 'publicKey'];
  readonly code: RelayFaultCode;
}

/** No relay of this configuration is used; every fault is named. */
export class RelaysRefused extends Error {
  readonly faults: readonly RelayFault[];
  constructor(faults: readonly RelayFault[]) {
    super(faults.map((fault) => `${fault.path.join('.')}: ${RELAY_FAULTS[fault.code]}`).join(' '));
    this.name = 'RelaysRefused';
    this.faults = faults;
  }
}

const keyIdForm = /^[A-Za-z0-9._-]{1,64}$/;

/** Look-ups over `document.relays`. Throws {@link RelaysRefused}. */
export function compileRelays(entries: readonly RelayEntry[]): Relays {
  const faults: RelayFault[] = [];
  const relays = new Map<string, { name: string; key: KeyObject | 'disabled' }>();
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (!keyIdForm.test(entry.keyId)) {
      faults.push({ path: ['relays', index, 'keyId'], code: 'relay-keyid-malformed' });
    } else if (seen.has(entry.keyId)) {
      faults.push({ path: ['relays', index, 'keyId'], code: 'relay-keyid-twice' });
    }
    seen.add(entry.keyId);
    const key = readKey(entry.publicKey);
    if (typeof key === 'string') faults.push({ path: ['relays', index, 'publicKey'], code: key });
    else relays.set(entry.keyId, { name: entry.name, key: entry.enabled ? key : 'disabled' });
  }
  if (faults.length > 0) throw new RelaysRefused(faults);
  return {
    keyOf: (keyid) => relays.get(keyid)?.key,
    relayOf: (keyid) => relays.get(keyid)?.name,
  };
}

function readKey(text: string): KeyObject | 'relay-key-malformed' | 'relay-key-not-ed25519' {
  const der = Buffer.from(text, 'base64');
  // Node reads base64 leniently and DER up to its end only; what differs when written again was not what it seems.
  if (der.toString('base64') !== text) return 'relay-key-malformed';
  let key: KeyObject;
  try {
    key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return 'relay-key-malformed';
  }
  if (key.asymmetricKeyType !== 'ed25519') return 'relay-key-not-ed25519';
  return key.export({ format: 'der', type: 'spki' }).equals(der) ? key : 'relay-key-malformed';
}
