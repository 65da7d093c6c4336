import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutJson, cutText } from '../../../functions/records/cut.ts';
import { flatten, LIMITS } from '../../../functions/records/flatten.ts';
import type { LogEvent } from '../../../functions/records/log.ts';
import { itemFault } from '../../../local/stand-ins/ingestion-items.ts';

const key = '11111111-2222-3333-4444-555555555555';

/** What the stand-in says to an item made of it, with everything around it that the SDK adds. */
function faultOf(event: LogEvent): string | undefined {
  const { name, properties, measurements } = flatten(event);
  const tags = Object.fromEntries(
    ['sdkVersion', 'role', 'roleInstance', 'id'].map((of) => [of, 'x'.repeat(64)]),
  );
  return itemFault(
    {
      ver: 1,
      name: 'Microsoft.ApplicationInsights.Event',
      time: '2026-01-02T03:04:05.678Z',
      sampleRate: 100,
      iKey: key,
      tags,
      data: { baseType: 'EventData', baseData: { ver: 2, name, properties, measurements } },
    },
    key,
  );
}

describe('an event for Application Insights', () => {
  test('has texts, numbers and booleans by their names, and what is nested as JSON', () => {
    const event = {
      event: 'decision',
      id: 'a',
      duration: 12.5,
      reused: false,
      absent: undefined,
      nothing: null,
      user: { directory: 'local', id: 'alice' },
      steps: [{ step: 'password', took: 3 }],
    };
    expect(flatten(event)).toEqual({
      name: 'decision',
      properties: {
        id: 'a',
        duration: '12.5',
        reused: 'false',
        user: '{"directory":"local","id":"alice"}',
        steps: '[{"step":"password","took":3}]',
      },
      measurements: { duration: 12.5 },
    });
  });

  test('has the first elements of a list that is too long, and says so', () => {
    const policies = Array.from({ length: 500 }, (_, index) => ({
      policy: `policy ${index}`,
      outcome: 'no',
    }));
    const { properties } = flatten({ event: 'decision', policies, id: 'a' });
    const kept = JSON.parse(properties['policies'] ?? '');
    expect(kept.length).toBeGreaterThan(100);
    expect(kept).toEqual(policies.slice(0, kept.length));
    expect(properties).toMatchObject({ id: 'a', cutFields: 'policies' });
  });

  test('has a text’s beginning, no character torn', () => {
    const { properties } = flatten({ event: 'e', text: `a${'😀'.repeat(3000)}` });
    expect(properties['text']).toBe(`a${'😀'.repeat(2047)}`);
    expect(properties['cutFields']).toBe('text');
  });

  test('does without what cannot be written down', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const event = {
      event: 'e',
      circular,
      get throwing(): string {
        throw new Error('no');
      },
      run: () => 1,
      symbol: Symbol('s'),
      broken: { toJSON: () => BigInt(1) },
      big: BigInt(5),
      notANumber: Number.NaN,
    };
    expect(flatten(event)).toEqual({
      name: 'e',
      properties: { big: '5', notANumber: 'NaN', cutFields: 'circular,throwing,broken' },
      measurements: {},
    });
  });

  test('keeps names that the SDK would drop or understand otherwise', () => {
    const names = ['url.full', 'session.id', 'microsoft.custom_event.name', '_MS.baseType', ''];
    const { name, properties } = flatten({
      event: 'e',
      ...Object.fromEntries(names.map((own) => [own, 'x'])),
    });
    expect([name, Object.keys(properties)]).toEqual([
      'e',
      ['url_full', 'session_id', '_microsoft_custom_event_name', '_MS_baseType', '_'],
    ]);
  });

  test('keeps the first of two fields whose names become the same', () => {
    expect(flatten({ event: 'e', 'a.b': 1, a_b: 2 })).toEqual({
      name: 'e',
      properties: { a_b: '1', cutFields: 'a_b' },
      measurements: { a_b: 1 },
    });
  });

  test('has no more properties than it may, and no more octets', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`field${index}`, index]));
    expect(Object.keys(flatten({ event: 'e', ...many }).properties)).toHaveLength(LIMITS.properties + 1);
    const long = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`field${index}`, '\u0001'.repeat(8000)]),
    );
    const { properties } = flatten({ event: 'e', ...long, last: 'here' });
    expect(properties).toMatchObject({ field0: '\u0001'.repeat(8000), last: 'here' });
    expect(properties['cutFields']?.split(',')).toContain('field1');
    expect(faultOf({ event: 'e', ...long })).toBeUndefined();
  });

  test('has a name, whatever it is called', () => {
    expect(flatten({ event: '' }).name).toBe('unnamed');
    expect(flatten({ event: 'x'.repeat(600) }).name).toHaveLength(LIMITS.name);
    const hostile: LogEvent = new Proxy(
      { event: 'e' },
      {
        ownKeys() {
          throw new Error('no');
        },
        get() {
          throw new Error('no');
        },
      },
    );
    expect(flatten(hostile)).toEqual({ name: 'unnamed', properties: {}, measurements: {} });
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\ud800', '\u0000'.repeat(9000), '"'.repeat(9000), '😀'.repeat(5000), '\u2028'),
  );
  const value = fc.oneof(text, fc.double(), fc.boolean(), fc.bigInt(), fc.anything(), fc.array(text));

  test('never has more than Application Insights takes, whatever it holds', () => {
    fc.assert(
      fc.property(text, fc.dictionary(text, value, { maxKeys: 30 }), (name, fields) => {
        expect(faultOf({ ...fields, event: name })).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('has JSON that is whole, and of a list its beginning', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 200 }),
        fc.integer({ min: 2, max: 500 }),
        (list, room) => {
          const { text: json = '', cut } = cutJson(list, room) ?? {};
          const kept = JSON.parse(json);
          expect(Buffer.byteLength(json)).toBeLessThanOrEqual(room);
          expect(kept).toEqual(JSON.parse(JSON.stringify(list)).slice(0, kept.length));
          expect(cut).toBe(kept.length < list.length);
        },
      ),
    );
  });

  test('has of an object whole members, and of a text that it became its beginning', () => {
    expect(cutJson({ a: 1, b: 'x'.repeat(20), c: 2 }, 20)).toEqual({ text: '{"a":1}', cut: true });
    expect(cutJson({ toJSON: () => 'x'.repeat(50) }, 20)).toEqual({ text: 'x'.repeat(20), cut: true });
    expect(cutJson([1, 2, 3], 7)).toEqual({ text: '[1,2,3]', cut: false });
    expect(cutJson([1, 2, 3], 6)).toEqual({ text: '[1,2]', cut: true });
    expect(cutJson([1, 2, 3], 2)).toEqual({ text: '[]', cut: true });
    expect(cutJson(() => 1, 6)).toBeUndefined();
  });

  test('has no half characters', () => {
    expect(cutText('a\ud800', 10)).toEqual({ text: 'a\ufffd', cut: false });
    expect(cutText('äöü', 5)).toEqual({ text: 'äö', cut: true });
    expect(cutText('äöü', 6)).toEqual({ text: 'äöü', cut: false });
  });
});
