import { type KeyObject, sign, verify } from 'node:crypto';
import { coveredComponents, signatureBase } from './base.ts';
import { checkContentDigest, contentDigest } from './digest.ts';
import { MAX_PACKET } from './framing.ts';
import { CALL_PATH, PACKET_TYPE } from './media.ts';
import type { CallRefusal } from './refusals.ts';
import { formatDeadline, formatSource, parseDeadline, parseSource, type RadiusSource } from './source.ts';

export { CALL_REFUSALS, type CallRefusal, REFUSAL_STATUS } from './refusals.ts';

/** Headers by lower-case name. */
export interface SignedHeaders {
  [name: string]: string;
}

/** The key by which a relay signs. */
export interface RelayKey {
  /** Matches `KEY_ID`. */
  readonly keyid: string;
  /** Ed25519. */
  readonly privateKey: KeyObject;
}

/** What the name of a relay's key may be. */
export const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** How far `created` may lie from the server's clock, in ms. */
const SKEW = 30_000;
/** How long after `created` a signature holds at most, in s. */
const LIFETIME = 60;
const NONCE_OCTETS = 16;

const CALL = [
  '@method',
  '@authority',
  '@path',
  'content-type',
  'content-digest',
  'radius-source',
  'radius-deadline',
] as const;
const BODILESS = ['@method', '@authority', '@path'] as const;
const CALL_COVERS = coveredComponents(CALL);
const BODILESS_COVERS = coveredComponents(BODILESS);

function parametersOf(covered: string, key: RelayKey, created: number, nonce: Uint8Array): string {
  if (nonce.length !== NONCE_OCTETS) throw new RangeError('A nonce has 16 octets.');
  const text = Buffer.from(nonce.buffer, nonce.byteOffset, nonce.byteLength).toString('base64url');
  return (
    `${covered};created=${created};expires=${created + LIFETIME};nonce="${text}"` +
    `;keyid="${key.keyid}";alg="ed25519";tag="radius-bridge"`
  );
}

/** The `signature` header. The base is ASCII, since every part of it is. */
function signatureOf(base: string, key: KeyObject): string {
  return `call=:${sign(null, Buffer.from(base, 'latin1'), key).toString('base64')}:`;
}

/**
 * Signs one call: HTTP Message Signatures (RFC 9421), label `call`, Ed25519, over all that matters of it.
 *
 * @param call.authority host, and port where it is not 443, of the bridge's configured name, in lower case.
 * @param call.deadline how long the client still waits, in ms.
 * @param call.created the time of signing in whole seconds since the epoch, by the server's clock as known here.
 * @param call.nonce 16 random octets that no other call has.
 * @returns all headers of the call.
 * @throws RangeError when the nonce has another length.
 */
export function signCall(call: {
  key: RelayKey;
  authority: string;
  path: string;
  body: Uint8Array;
  source: RadiusSource;
  deadline: number;
  created: number;
  nonce: Uint8Array;
}): SignedHeaders {
  const { key, authority, path } = call;
  const digest = contentDigest(call.body);
  const source = formatSource(call.source);
  const deadline = formatDeadline(call.deadline);
  const parameters = parametersOf(CALL_COVERS, key, call.created, call.nonce);
  const values = ['POST', authority, path, PACKET_TYPE, digest, source, deadline];
  return {
    'content-type': PACKET_TYPE,
    'content-digest': digest,
    'radius-source': source,
    'radius-deadline': deadline,
    'signature-input': `call=${parameters}`,
    signature: signatureOf(signatureBase(CALL, values, parameters), key.privateKey),
  };
}

/**
 * Signs a `GET`, which has no body: covers method, authority and path.
 *
 * @param call as for `signCall`; the path has no query.
 * @throws RangeError when the nonce has another length than 16 octets.
 */
export function signBodilessCall(call: {
  key: RelayKey;
  authority: string;
  path: string;
  created: number;
  nonce: Uint8Array;
}): SignedHeaders {
  const { key, authority, path } = call;
  const parameters = parametersOf(BODILESS_COVERS, key, call.created, call.nonce);
  const base = signatureBase(BODILESS, ['GET', authority, path], parameters);
  return { 'signature-input': `call=${parameters}`, signature: signatureOf(base, key.privateKey) };
}

/** A call as it arrived, before anything of it is believed. */
export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  /** The query with or without its `?`; empty when there is none. */
  readonly query: string;
  /** A header by lower-case name; one that occurred twice joined with `, `. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

/** What a call says once its signature holds. Its nonce still has to be spent. */
export interface VerifiedCall {
  readonly keyid: string;
  /** 22 characters of base64url. */
  readonly nonce: string;
  /** When the relay signed, in s since the epoch. */
  readonly created: number;
  readonly source: RadiusSource;
  /** How long the client still waits from `created` on, in ms. */
  readonly deadline: number;
}

const INTEGER = '(0|[1-9]\\d{0,11})';
/** The last character of base64 and base64url carries 4 bits that must be 0, or several texts were one value. */
const SIGNATURE_INPUT = new RegExp(
  `^call=(${CALL_COVERS.replace(/[()]/g, '\\$&')};created=${INTEGER};expires=${INTEGER}` +
    ';nonce="([A-Za-z0-9_-]{21}[AQgw])";keyid="([A-Za-z0-9._-]{1,64})";alg="ed25519";tag="radius-bridge")$',
);
const SIGNATURE = /^call=:([A-Za-z0-9+/]{85}[AQgw]==):$/;

/** What of a call is wrong before anything of it is read. */
function outwardRefusal(call: ReceivedCall): CallRefusal | undefined {
  if (call.method !== 'POST') return 'method-wrong';
  if (call.path !== CALL_PATH) return 'path-wrong';
  if (call.query !== '') return 'query-present';
  if (call.header('content-type') !== PACKET_TYPE) return 'content-type-wrong';
  return call.body.length > MAX_PACKET ? 'body-too-large' : undefined;
}

/** What is wrong with the times of a signature, `now` in ms. */
function timeRefusal(created: number, expires: number, now: number): CallRefusal | undefined {
  // Written so that a clock that is no number refuses.
  if (!(Math.abs(created * 1000 - now) <= SKEW)) return 'created-skewed';
  if (expires <= created || expires > created + LIFETIME) return 'expires-wrong';
  return now > expires * 1000 ? 'call-expired' : undefined;
}

/**
 * Checks a call as `signCall` makes them, cheap checks first, the digest before the signature.
 *
 * The nonce is not spent here: whoever calls this does so before the first side effect.
 *
 * @param x.authority as in `signCall`: the bridge's *configured* name, never what the request says.
 * @param x.now ms since the epoch.
 * @param x.keyOf a relay's public key (Ed25519) by key id.
 */
export function readCall(
  call: ReceivedCall,
  x: { authority: string; now: number; keyOf(keyid: string): KeyObject | 'disabled' | undefined },
): VerifiedCall | CallRefusal {
  const outward = outwardRefusal(call);
  if (outward !== undefined) return outward;

  const input = call.header('signature-input');
  const signature = call.header('signature');
  if (input === undefined || signature === undefined) return 'signature-missing';
  const [, parameters, createdText, expiresText, nonce, keyid] = SIGNATURE_INPUT.exec(input) ?? [];
  if (parameters === undefined || nonce === undefined || keyid === undefined)
    return 'signature-input-malformed';
  const signatureText = SIGNATURE.exec(signature)?.[1];
  if (signatureText === undefined) return 'signature-malformed';

  const digest = call.header('content-digest');
  if (digest === undefined) return 'digest-missing';
  const digestRefusal = checkContentDigest(digest, call.body);
  if (digestRefusal !== undefined) return digestRefusal;

  const sourceText = call.header('radius-source') ?? '';
  const source = parseSource(sourceText);
  if (source === undefined) return 'source-malformed';
  const deadlineText = call.header('radius-deadline') ?? '';
  const deadline = parseDeadline(deadlineText);
  if (deadline === undefined) return 'deadline-malformed';

  const key = x.keyOf(keyid);
  if (key === undefined) return 'relay-unknown';
  if (key === 'disabled') return 'relay-disabled';
  const created = Number(createdText);
  const time = timeRefusal(created, Number(expiresText), x.now);
  if (time !== undefined) return time;

  const values = ['POST', x.authority, CALL_PATH, PACKET_TYPE, digest, sourceText, deadlineText];
  const base = Buffer.from(signatureBase(CALL, values, parameters), 'latin1');
  // A key of another kind would make node:crypto verify by another algorithm than the one that is declared.
  const holds =
    key.asymmetricKeyType === 'ed25519' && verify(null, base, key, Buffer.from(signatureText, 'base64'));
  return holds ? { keyid, nonce, created, source, deadline } : 'signature-wrong';
}
