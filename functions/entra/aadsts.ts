/**
 * The digits of AADSTS in an error answer of the token endpoint (RFC 6749 §5.2 with Microsoft's additions;
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes): those of `error_codes`, and the first word
 * of the description. The first is the one that counts; who draws a conclusion that is dangerous looks at all.
 *
 * @param answer JSON that nobody has looked at yet
 */
export function numbersOf(answer: unknown): readonly string[] {
  const codes = memberOf(answer, 'error_codes');
  const listed: readonly unknown[] = Array.isArray(codes) ? codes : [];
  const sentence = memberOf(answer, 'error_description');
  const told = typeof sentence === 'string' ? /^AADSTS(\d+)\b/.exec(sentence)?.[1] : undefined;
  return [...new Set([...listed, told].flatMap(digitsOf))];
}

/** Text is taken, too: a number that is overlooked could be the one that says no. */
function digitsOf(code: unknown): readonly string[] {
  const digits = typeof code === 'number' || typeof code === 'string' ? String(code) : '';
  return /^[1-9]\d{0,9}$/.test(digits) ? [digits] : [];
}

/** An own member of an object; undefined of anything else. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
