/** Octets that stand for themselves in a form (https://url.spec.whatwg.org/#application-x-www-form-urlencoded). */
const PLAIN = /[A-Za-z0-9*._-]/;

/** By octet: what it becomes in a form. */
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet);
  return PLAIN.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** A form of ASCII alone. Octets arrive as they are, whether they are UTF-8 or not. */
export function formOf(fields: Readonly<Record<string, string | Uint8Array>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
}

function encoded(value: string | Uint8Array): string {
  const octets = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  let text = '';
  for (const octet of octets) text += ENCODED[octet];
  return text;
}
