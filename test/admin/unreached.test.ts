import { expect, test } from 'vitest';
import { unreachedLines } from '../../admin/unreached.ts';
import { LONGEST_CONFIGURATION } from '../../functions/config/read.ts';
import { client, connectionRequestPolicy, document, networkPolicy } from '../functions/config/document.ts';

const authentication = { directory: 'none' };
const json = (over: Record<string, unknown>) => JSON.stringify(document(over));

test.each([
  ['JSON', '{', 'Keys, values, references and policies are'],
  [
    'length',
    json({ $schema: 'x'.repeat(LONGEST_CONFIGURATION) }),
    'Keys, values, references and policies are',
  ],
  ['shape', json({ clients: [client({ profile: 'x' })] }), 'References and policies are'],
  [
    'references',
    json({ connectionRequestPolicies: [connectionRequestPolicy({ authentication })] }),
    'Attributes of policies, names of port types and hashes of passwords are',
  ],
])('problems of %s: what is looked at later is said', (_, text, told) => {
  expect(unreachedLines(text, undefined)).toEqual(['', `${told} looked at once these are mended.`]);
});

test('behind the last stage there is nothing but the file beside it', () => {
  const last = json({ networkPolicies: [networkPolicy({ attributes: { Nonsense: 1 } })] });
  expect(unreachedLines(last, undefined)).toEqual([]);
  expect(unreachedLines(last, 'b.json')).toEqual(['', 'b.json is looked at once these are mended.']);
});
