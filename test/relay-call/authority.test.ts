import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { canonicalAuthority } from '../../relay-call/authority.ts';

interface Vectors {
  components: { rfc9421: string; message: { headers: [string, string][] }; lines: [string, string][] }[];
}
const file = new URL('../fixtures/httpsig/rfc9421-vectors.json', import.meta.url);
const rows = (JSON.parse(readFileSync(file, 'utf8')) as Vectors).components
  .filter(({ rfc9421 }) => rfc9421 === '2.2.3')
  .map(({ message, lines }) => [message.headers[0]?.[1] ?? '', lines[0]?.[1] ?? '']);

test.each([
  ...rows,
  ['bridge.example', 'bridge.example'],
  ['BRIDGE.azurewebsites.net', 'bridge.azurewebsites.net'],
  ['localhost:7071', 'localhost:7071'],
  ['192.0.2.1:443', '192.0.2.1'],
  ['[2001:DB8::1]:8443', '[2001:db8::1]:8443'],
])('%s is signed as %s', (text, authority) => {
  expect(canonicalAuthority(text)).toBe(authority);
});

test.each([
  '',
  'https://bridge.example',
  'bridge.example/',
  'bridge.example?x',
  'user@bridge.example',
  'bridge.example:',
  'bridge.example:70000',
  ' bridge.example',
  'bridge.example\n',
  'bridge example',
  '[bridge]',
  'bücher.example',
])('%j is no authority', (text) => {
  expect(canonicalAuthority(text)).toBeUndefined();
});
