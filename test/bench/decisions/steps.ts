/** Where the time of a decision goes, in the order in which a call goes through them (design: a packet inside the functions). */
export const STEPS = {
  exchange: 'a call becomes an answer: deadlines, repeats, order of steps',
  call: 'the call: digest, signature, nonce',
  configuration: 'configuration',
  client: 'RADIUS client and its secrets',
  codec: 'codec: packet, authenticators, attributes, reply',
  signIn: 'sign-in',
  policy: 'policies',
  identity: 'user and password',
  mfa: 'second factor',
  store: 'store (memory)',
  record: 'decision record and its log line',
  other: 'the rest of the app',
} as const;
export type Step = keyof typeof STEPS;

/** The first one that a path begins with counts. */
const PLACES: ReadonlyArray<readonly [path: string, step: Step | 'caller']> = [
  // Small tools of many steps: the time is that of the step that uses them.
  ['relay-call/clock.ts', 'caller'],
  ['functions/config/fold.ts', 'caller'],
  ['relay-call/framing.ts', 'codec'],
  ['relay-call/', 'call'],
  ['functions/relays/', 'call'],
  ['functions/radius/', 'codec'],
  ['functions/config/', 'configuration'],
  ['functions/clients/', 'client'],
  ['functions/keyvault/', 'client'],
  ['functions/signin/', 'signIn'],
  ['functions/policy/', 'policy'],
  ['functions/identity/', 'identity'],
  ['functions/mfa/', 'mfa'],
  ['functions/store/', 'store'],
  ['functions/records/', 'record'],
  ['functions/exchange/recording.ts', 'record'],
  ['functions/exchange/', 'exchange'],
  ['functions/bridge.ts', 'exchange'],
  ['functions/', 'other'],
];

/**
 * To which step the time in a file belongs.
 *
 * @param path below the project's folder, with forward slashes
 * @returns `caller` where it belongs to whatever called it; undefined for a file of none of the app's
 */
export function stepOf(path: string): Step | 'caller' | undefined {
  return PLACES.find(([place]) => path.startsWith(place))?.[1];
}
