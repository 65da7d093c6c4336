import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../../functions/entra/graph/graph.ts';
import { noSuchThing, question, type Received, rigged, says } from './server.ts';

const PIECES = [
  ...[
    "'",
    "''",
    '"',
    '\r\n',
    '\0',
    '\\',
    '/',
    '//',
    '..',
    '%',
    '%27',
    '%2F',
    '%00',
    '#',
    '?',
    '&',
    '+',
    ' ',
    '$',
    '@',
  ],
  ...[
    "' or 1 eq 1",
    "') or startswith(id,'",
    '"><x>',
    '$filter=',
    '&$top=999',
    'ü',
    '漢',
    '🙂',
    'e\u0301',
    '\u202e',
    '\ufeff',
  ],
  ...[
    '\ud800',
    '\udc00',
    'alice',
    'x'.repeat(253),
    'HTTP/1.1\r\nauthorization: x',
    ';',
    ',',
    '(',
    ')',
    '!',
    '*',
    ':',
    '|',
  ],
];

/** Any UTF-16, halves of surrogate pairs as well, and what parsers stumble over. */
const text = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'binary', maxLength: 253 }),
);
const principalName = fc.oneof(
  text.map((name) => `${name}@contoso.com`),
  fc.tuple(fc.constantFrom('', '$'), text, text).map(([front, name, suffix]) => `${front}${name}@${suffix}`),
);

/** A server's own reading of a URL: split first, decoded after; `+` would be a space to some. */
function read({ url }: Received) {
  const [path = '', query = '', ...more] = url.split('?');
  expect(more).toEqual([]);
  expect(query).not.toContain('+');
  const pairs = query.split('&').map((pair) => pair.split('=').map(decodeURIComponent));
  expect(pairs.every((pair) => pair.length === 2)).toBe(true);
  const names = pairs.map(([name]) => name ?? '');
  expect(new Set(names).size).toBe(names.length);
  return {
    segments: path.split('/').map(decodeURIComponent),
    query: new Map(pairs.map(([k, v]) => [k, v ?? ''])),
  };
}

/** The text of one OData literal; undefined for what is not exactly one. */
function literal(written: string | undefined): string | undefined {
  return /^'((?:[^']|'')*)'$/.exec(written ?? '')?.[1]?.replaceAll("''", "'");
}

/** The key that follows `/v1.0/users`, of whichever form. */
function keyOf(segments: readonly string[]): string | undefined {
  const [empty, version, users = '', key, ...more] = segments;
  expect([empty, version, more]).toEqual(['', 'v1.0', []]);
  if (key !== undefined) {
    expect(users).toBe('users');
    expect(key).not.toMatch(/^\$/);
    return key;
  }
  return literal(/^users\((.*)\)$/s.exec(users)?.[1]);
}

describe('whatever a name holds', () => {
  test('a user principal name is one key of one path', async () => {
    const { graph, server } = await rigged([noSuchThing]);
    await fc.assert(
      fc.asyncProperty(principalName, async (name) => {
        const before = server.received.length;
        expect(await graph.userByPrincipalName(name, question())).toBeUndefined();
        const [one, ...more] = server.received.slice(before);
        expect(more).toEqual([]);
        expect(one === undefined).toBe(!name.isWellFormed());
        if (one === undefined) return;
        const { segments, query } = read(one);
        expect(keyOf(segments)).toBe(name);
        expect([...query.keys()]).toEqual(['$select']);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  const FILTERS: [string, string, string[], (graph: Graph, name: string) => Promise<unknown>][] = [
    [
      'an account name',
      'onPremisesSamAccountName',
      ['$count', '$filter', '$select', '$top'],
      (graph, name) => graph.usersBySamAccountName(name, question()),
    ],
    [
      'a user principal name of Active Directory',
      'onPremisesUserPrincipalName',
      ['$filter', '$select', '$top'],
      (graph, name) => graph.usersByOnPremisesPrincipalName(name, question()),
    ],
  ];
  test.each(FILTERS)(
    '%s is one literal of one filter',
    async (_, member, members, ask) => {
      const { graph, server } = await rigged([says({ value: [] })]);
      await fc.assert(
        fc.asyncProperty(text, async (name) => {
          const before = server.received.length;
          expect(await ask(graph, name)).toEqual([]);
          const [one, ...more] = server.received.slice(before);
          expect(more).toEqual([]);
          expect(one === undefined).toBe(name === '' || !name.isWellFormed());
          if (one === undefined) return;
          const { segments, query } = read(one);
          expect(segments).toEqual(['', 'v1.0', 'users']);
          expect([...query.keys()]).toEqual(members);
          const filter = query.get('$filter') ?? '';
          expect(filter.startsWith(`${member} eq '`)).toBe(true);
          expect(literal(filter.slice(`${member} eq `.length))).toBe(name);
        }),
        { numRuns: 300 },
      );
    },
    60_000,
  );

  test.each([
    ['a quote', "o'brien@contoso.com", '/v1.0/users/o%27brien%40contoso.com'],
    ['$ in front', "$o'brien@contoso.com", "/v1.0/users('%24o%27%27brien%40contoso.com')"],
    ['a guest’s', 'bob_f.com#EXT#@contoso.com', '/v1.0/users/bob_f.com%23EXT%23%40contoso.com'],
    ['slashes', '../../beta/me@contoso.com', '/v1.0/users/..%2F..%2Fbeta%2Fme%40contoso.com'],
    ['253 octets', `${'x'.repeat(241)}@contoso.com`, `/v1.0/users/${'x'.repeat(241)}%40contoso.com`],
  ])('%s is written as RFC 3986 has it', async (_, name, path) => {
    const { graph, server } = await rigged([noSuchThing]);
    await graph.userByPrincipalName(name, question());
    expect(server.received.map(({ url }) => url.split('?')[0])).toEqual([path]);
  });

  test('a filter is written as RFC 3986 has it', async () => {
    const { graph, server } = await rigged([says({ value: [] })]);
    await graph.usersBySamAccountName("o'brien (*)!", question());
    expect(server.received[0]?.url).toContain(
      '$filter=onPremisesSamAccountName%20eq%20%27o%27%27brien%20%28%2A%29%21%27&',
    );
  });
});

describe('nobody is asked about', () => {
  test.each([
    ['nothing', ''],
    ['the folder above', '..'],
    ['an object id', '6e7b768e-07e2-4810-8459-485f84f8f204'],
    ['a function of Graph’s', 'delta'],
    ['a count', '$count'],
    ['half a surrogate pair', 'al\ud800ice@contoso.com'],
  ])('%s as a user principal name', async (_, name) => {
    const { graph, server } = await rigged([says({ value: [] })]);
    expect(await graph.userByPrincipalName(name, question())).toBeUndefined();
    expect(server.received).toEqual([]);
  });
});
