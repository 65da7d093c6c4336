import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formOf } from '../../../../functions/entra/password/form.ts';

/** Another's reading of a form: octets, whether they are UTF-8 or not. */
function octetsOf(form: string): Buffer {
  return Buffer.from(
    form
      .slice('p='.length)
      .replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

test('every octet arrives as it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const form = formOf({ p: octets });
      expect(form).toMatch(/^p=[A-Za-z0-9*._%-]*$/);
      expect(octetsOf(form)).toEqual(Buffer.from(octets));
    }),
  );
});

test('any fields are what the platform reads', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(fc.dictionary(text, text), (fields) => {
      const read = new URLSearchParams(formOf(fields));
      // A reader may drop a byte order mark; that is its business.
      for (const [name, value] of Object.entries(fields)) expect(read.getAll(name)).toContain(value);
    }),
  );
});
