/** What one BeginTwoWayAuthentication says of the user and of this sign-in. */
export interface BeginRequest {
  readonly upn: string;
  /** A culture name as `en-us`: the language of a call. */
  readonly language: string;
  /** GUID by which Microsoft's logs and ours find each other. */
  readonly contextId: string;
}

type Member = readonly [name: string, content: string | readonly Member[]];

const ARRAYS = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays';

/** Char of XML 1.0 (https://www.w3.org/TR/xml/#charsets): nothing else can be written, not even as a reference. */
const WRITABLE = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  // A reader would make one line feed of a bare carriage return.
  ['\r', '&#xD;'],
]);

/**
 * The request for a push or a call that the connection waits for (entra.md 1.5, samples A and B). Numbers and codes
 * are overridden: a RADIUS client could not ask for them. RequireUserMatch stays true, so that `true` proves a
 * second factor.
 *
 * @returns XML without a declaration, to be sent as UTF-8; undefined when one of the texts cannot be written, or
 *   there is no name
 */
export function writeBegin({ upn, language, contextId }: BeginRequest): string | undefined {
  if (upn === '' || ![upn, language, contextId].every((text) => WRITABLE.test(text))) return undefined;
  // The order is the contract's: the service skips what comes out of order (entra.md 1.4).
  return write([
    'BeginTwoWayAuthenticationRequest',
    [
      ['Version', '1.0'],
      ['UserPrincipalName', upn],
      ['Lcid', language],
      [
        'AuthenticationMethodProperties',
        [pair('OverrideVoiceOtp', 'false'), pair('OverrideNumberMatchingWithOTP', 'false')],
      ],
      ['ContextId', contextId],
      ['SyncCall', 'true'],
      ['RequireUserMatch', 'true'],
      ['CallerName', 'radius'],
      ['CallerIP', 'UNKNOWN:'],
    ],
  ]);
}

function pair(key: string, value: string): Member {
  return [
    'a:KeyValueOfstringstring',
    [
      ['a:Key', key],
      ['a:Value', value],
    ],
  ];
}

function write([name, content]: Member): string {
  const inside = typeof content === 'string' ? escaped(content) : content.map(write).join('');
  const namespace = name === 'AuthenticationMethodProperties' ? ` xmlns:a="${ARRAYS}"` : '';
  return `<${name}${namespace}>${inside}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => ESCAPES.get(character) ?? '');
}
