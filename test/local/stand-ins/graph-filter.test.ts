import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Filter, matches, parseFilter, propertiesOf } from '../../../local/stand-ins/graph-filter.ts';

const doubled = (text: string) => text.replaceAll("'", "''");
const equal = (property: string, value: string): Filter => ({ kind: 'equal', property, value });
/** Much of what is drawn are quotes, spaces and words that mean something. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom("'", "''", ' ', 'or', ' and ', 'a', ' eq ', '(', ')', '&', '%27', '\0'))
    .map((parts) => parts.join('')),
);
const names = fc.constantFrom('displayName', 'mail', 'userPrincipalName');

/** Writes a filter as a careful client does, with every pair of parentheses. */
function written(filter: Filter): string {
  if (filter.kind === 'equal') return `${filter.property} eq '${doubled(filter.value)}'`;
  return filter.filters.map((one) => `(${written(one)})`).join(` ${filter.kind} `);
}

const { filters } = fc.letrec<{ filters: Filter; leaf: Filter; node: Filter }>((tie) => ({
  filters: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('node')),
  leaf: fc.tuple(names, anyText).map(([property, value]) => equal(property, value)),
  node: fc.record({
    kind: fc.constantFrom('and' as const, 'or' as const),
    filters: fc.array(tie('filters'), { minLength: 2, maxLength: 3 }),
  }),
}));

describe('a filter', () => {
  test('is read as it was meant, whatever its texts hold', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(written(filter))).toEqual(filter);
      }),
    );
  });

  test('means the text that a doubled literal stands for, and nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseFilter(`displayName eq '${doubled(text)}'`)).toEqual(equal('displayName', text));
      }),
      { numRuns: 500 },
    );
  });

  test('whose text was not doubled is refused, or shows what was injected', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(text.includes("'"));
        let read: Filter | undefined;
        try {
          read = parseFilter(`displayName eq '${text}'`);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GraphRefusal', status: 400 });
        }
        expect(read).not.toEqual(equal('displayName', text));
      }),
      { numRuns: 500 },
    );
  });

  test('never fails otherwise than by refusing', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GraphRefusal', status: 400 });
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["displayName eq 'a' or mail eq 'b' and mail eq 'c'", 'or', ['displayName', 'mail', 'mail']],
    ["(displayName eq 'a' or mail eq 'b') and mail eq 'c'", 'and', ['displayName', 'mail', 'mail']],
    ["displayName EQ 'a' OR mail eq 'b'", 'or', ['displayName', 'mail']],
    [" \tdisplayName  eq\t'a' ", 'equal', ['displayName']],
    ["((displayName eq 'a'))", 'equal', ['displayName']],
  ])('%s', (text, kind, properties) => {
    const filter = parseFilter(text);
    expect([filter.kind, propertiesOf(filter)]).toEqual([kind, properties]);
  });

  test.each([
    '',
    ' ',
    'displayName',
    'displayName eq',
    "displayName eq 'a",
    "displayName eq 'a''",
    "displayName eq 'a'b'",
    "displayName eq 'a' 'b'",
    "displayName eq 'a' or",
    "displayName eq 'a' or 'b'",
    "displayName eq 'a' xor mail eq 'b'",
    "displayName eq 'a'or mail eq 'b'",
    "displayName eq 'a','b'",
    "displayName eq'a'",
    "displayName is 'a'",
    "'a' eq displayName",
    "'1' eq '1'",
    "(displayName eq 'a'",
    "displayName eq 'a')",
    '()',
    'displayName eq "a"',
    "displayName\neq 'a'",
    "displayName eq 'a'&$top=1",
    "displayName eq 'a'; drop",
    "displayName eq 'a'\0",
    `${'('.repeat(60)}displayName eq 'a'${')'.repeat(60)}`,
  ])('that is none is a bad request: %j', (text) => {
    expect(() => parseFilter(text)).toThrow(expect.objectContaining({ status: 400, kind: 'refused' }));
  });

  test.each([
    "startsWith(displayName,'a')",
    "displayName ne 'a'",
    "displayName in ('a','b')",
    "not displayName eq 'a'",
    "not (displayName eq 'a')",
    'displayName eq null',
    'accountEnabled eq true',
    "proxyAddresses/any(p:p eq 'smtp:a')",
    "displayName eq 'a' or startsWith(displayName,'')",
  ])('that goes further than this service is told so: %s', (text) => {
    expect(() => parseFilter(text)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('what a filter takes', () => {
  const alice: Record<string, unknown> = { displayName: 'Alice', mail: null, accountEnabled: true };
  const takes = (text: string) => matches(parseFilter(text), (name) => alice[name]);

  test.each([
    ["displayName eq 'ALICE'", true],
    ["displayName eq 'Alic'", false],
    ["displayName eq ''", false],
    ["mail eq ''", false],
    ["mail eq 'null'", false],
    ["accountEnabled eq 'true'", false],
    ["displayName eq 'alice' and mail eq 'x'", false],
    ["displayName eq 'alice' or mail eq 'x'", true],
    ["displayName eq 'x' or displayName eq 'alice' and mail eq 'x'", false],
    ["(displayName eq 'x' or displayName eq 'alice') and displayName eq 'alice'", true],
  ])('%s: %s', (text, taken) => {
    expect(takes(text)).toBe(taken);
  });
});
