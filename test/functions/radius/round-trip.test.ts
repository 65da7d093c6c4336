import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeAttribute, integer, text } from '../../../functions/radius/attribute.ts';
import { attributeByName, attributeByNumber } from '../../../functions/radius/dictionary/lookup.ts';
import { TABLE } from '../../../functions/radius/dictionary/table.ts';
import { hidePassword, revealPassword } from '../../../functions/radius/methods/pap.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import { attribute, framed, requestOf, SECRET, signed } from './packets.ts';

const noNul = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }).filter((s) => !s.includes('\0'));

describe('round trips of our own', () => {
  const names = TABLE.filter(([, , , kind]) => kind === 'string' || kind === 'integer').map(
    ([, , name]) => name,
  );

  test('what was encoded by name is read by name', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        noNul,
        fc.integer({ min: 0, max: 0xffffff }),
        (name, string, number) => {
          const kind = attributeByName(name)?.kind;
          const encoded = encodeAttribute(name, kind === 'string' ? string : number);
          if ('fault' in encoded) {
            expect(encoded.fault).toContain('never sent in clear');
            return;
          }
          const request = requestOf(
            signed({ attributes: [attribute(1, 'alice'), attribute(2, Buffer.alloc(16))] }),
          );
          const reply = buildReply(request, { code: 2, attributes: [encoded], secret: SECRET });
          if (typeof reply === 'string') {
            expect(reply).toBe('attribute-not-allowed');
            return;
          }
          const received = framed(reply);
          expect(kind === 'integer' ? integer(received, name) : text(received, name)).toBe(
            kind === 'integer' ? number : string,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('passwords', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 128 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (password, requestAuthenticator) => {
          const through = revealPassword(
            hidePassword(password, SECRET, requestAuthenticator),
            SECRET,
            requestAuthenticator,
          );
          expect(Buffer.concat([through], password.length)).toEqual(Buffer.from(password));
          expect(through.at(-1)).not.toBe(0);
        },
      ),
    );
  });

  test('every attribute of the table is found by its number and by its name', () => {
    for (const [vendor, type, name] of TABLE) {
      expect(attributeByNumber(vendor === 0 ? undefined : vendor, type)?.name).toBe(name);
      expect(attributeByName(name.toUpperCase())?.type).toBe(type);
    }
  });
});
