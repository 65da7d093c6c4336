import { SaxesParser } from 'saxes';

/** The request is no XML that the service's serializer reads. */
export class RequestUnreadable extends Error {}

/** The members of a request to begin, as far as the stand-in acts on them; undefined is absent or nil. */
export interface BeginRequest {
  readonly version: string | undefined;
  readonly upn: string | undefined;
  readonly tenantId: string | undefined;
  readonly methodId: string | undefined;
  readonly properties: ReadonlyMap<string, string>;
  readonly contextId: string | undefined;
  /** False when absent, as .NET leaves a boolean. */
  readonly syncCall: boolean;
  readonly requireUserMatch: boolean;
}

interface Element {
  readonly name: string;
  readonly namespace: string;
  readonly nil: boolean;
  readonly children: Element[];
  text: string;
}

/**
 * In contract order (entra.md 1.5). Where the last three stand next to the three before them nobody knows, as no
 * client sends both groups.
 */
const order = [
  'Version',
  'UserPrincipalName',
  'TenantId',
  'Lcid',
  'AuthenticationMethodId',
  'AuthenticationMethodProperties',
  'AuthenticationPurpose',
  'ContextId',
  'OtpRetryCount',
  'SyncCall',
  'RequireUserMatch',
  'CallerName',
  'CallerIP',
  'ReplicationScope',
  'ObjectId',
  'CompanyName',
] as const;
type MemberName = (typeof order)[number];

const instance = 'http://www.w3.org/2001/XMLSchema-instance';
const arrays = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays';

/**
 * Reads a BeginTwoWayAuthenticationRequest as DataContractSerializer does: members are looked for in contract order,
 * and one that comes too late is skipped as if it were absent. Unknown elements are skipped, a DTD is refused.
 *
 * @throws RequestUnreadable
 */
export function readBeginRequest(octets: Uint8Array): BeginRequest {
  const root = parse(octets);
  if (root.name !== 'BeginTwoWayAuthenticationRequest' || root.namespace !== '') {
    throw new RequestUnreadable(`Expecting BeginTwoWayAuthenticationRequest, not ${root.name}.`);
  }
  const members = inOrder(root, '', order);
  const text = (name: MemberName) => textOf(members.get(name));
  return {
    version: text('Version'),
    upn: text('UserPrincipalName'),
    tenantId: text('TenantId'),
    methodId: text('AuthenticationMethodId'),
    properties: dictionary(members.get('AuthenticationMethodProperties')),
    contextId: text('ContextId'),
    syncCall: boolean(text('SyncCall')),
    requireUserMatch: boolean(text('RequireUserMatch')),
  };
}

function parse(octets: Uint8Array): Element {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new RequestUnreadable('The request is not UTF-8.');
  }
  const parser = new SaxesParser({ xmlns: true, position: false });
  const top: Element = { name: '', namespace: '', nil: false, children: [], text: '' };
  const open = [top];
  const fail = (why: string) => {
    throw new RequestUnreadable(why);
  };
  const write = (part: string) => {
    const inner = open.at(-1);
    if (inner !== undefined) inner.text += part;
  };
  parser.on('error', ({ message }) => fail(message));
  parser.on('doctype', () => fail('DTD is prohibited in this XML document.'));
  parser.on('text', write);
  parser.on('cdata', write);
  parser.on('opentag', ({ local, uri, attributes }) => {
    const nil = Object.values(attributes).some(
      (one) => one.uri === instance && one.local === 'nil' && ['true', '1'].includes(one.value),
    );
    const element = { name: local, namespace: uri, nil, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  const [root] = top.children;
  return root ?? fail('Root element is missing.');
}

/** What the serializer takes of an element's children: each at most once, none before one that has been taken. */
function inOrder<Name extends string>(
  parent: Element,
  namespace: string,
  names: readonly Name[],
): ReadonlyMap<Name, Element> {
  const taken = new Map<Name, Element>();
  let next = 0;
  for (const child of parent.children) {
    const place = names.findIndex(
      (name, index) => index >= next && name === child.name && namespace === child.namespace,
    );
    const name = names[place];
    if (name === undefined) continue;
    taken.set(name, child);
    next = place + 1;
  }
  return taken;
}

function textOf(element: Element | undefined): string | undefined {
  if (element === undefined || element.nil) return undefined;
  if (element.children.length > 0) throw new RequestUnreadable(`${element.name} holds elements, not text.`);
  return element.text;
}

function boolean(text: string | undefined): boolean {
  switch (text?.trim()) {
    case undefined:
    case 'false':
    case '0':
      return false;
    case 'true':
    case '1':
      return true;
    default:
      throw new RequestUnreadable('A value cannot be parsed as a boolean.');
  }
}

function dictionary(element: Element | undefined): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const item of element?.children ?? []) {
    if (item.name !== 'KeyValueOfstringstring' || item.namespace !== arrays) {
      throw new RequestUnreadable(`${item.name} is no KeyValueOfstringstring of the serializer's arrays.`);
    }
    const members = inOrder(item, arrays, ['Key', 'Value']);
    const key = textOf(members.get('Key'));
    const value = textOf(members.get('Value'));
    // Both are required members, and a dictionary takes a key once.
    if (!members.has('Value') || key === undefined || pairs.has(key)) {
      throw new RequestUnreadable('A pair has no key, no value, or a key that came before.');
    }
    pairs.set(key, value ?? '');
  }
  return pairs;
}
