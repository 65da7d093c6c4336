/** What stands in an element: a text (empty too), nil, or false: the element is left out. */
export type Member = string | null | false;

/** The members of an answer to a request to begin; `value` to `retry` stand in `Result`. */
export interface BeginResponse {
  readonly version: Member;
  readonly value: Member;
  readonly message: Member;
  readonly retry: Member;
  readonly sessionId: Member;
  readonly authenticationResult: Member;
  readonly userPrincipalName: Member;
  readonly affinityUrl: Member;
}

/** XML that stands where the contract has none. */
export interface Extras {
  /** In front of the root element. */
  readonly before?: string;
  /** In front of the first member. */
  readonly first?: string;
  /** Behind the last member. */
  readonly last?: string;
  /** Instead of `Result` as a whole. */
  readonly result?: string;
}

/** One line in contract order (entra.md 1.6). */
export function writeBeginResponse(x: BeginResponse, extras: Extras = {}): string {
  const result = [
    member('Value', x.value),
    member('Message', x.message),
    member('Retry', x.retry),
    member('Error', null),
    member('Exception', null),
  ].join('');
  const members = [
    extras.first ?? '',
    member('Version', x.version),
    extras.result ?? `<Result>${result}</Result>`,
    member('SessionId', x.sessionId),
    member('AuthenticationResult', x.authenticationResult),
    member('UserPrincipalName', x.userPrincipalName),
    member('AffinityUrl', x.affinityUrl),
    extras.last ?? '',
  ].join('');
  const namespace = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';
  const name = 'BeginTwoWayAuthenticationResponse';
  return `${extras.before ?? ''}<${name} ${namespace}>${members}</${name}>`;
}

function member(name: string, value: Member): string {
  if (value === false) return '';
  return value === null ? `<${name} i:nil="true"/>` : `<${name}>${escaped(value)}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };

function escaped(text: string): string {
  return text.replace(/[&<>\r]/g, (one) => entities[one] ?? one);
}
