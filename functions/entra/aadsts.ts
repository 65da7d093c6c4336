/**
 * The digits of AADSTS in an error answer of the token endpoint (RFC 6749 §5.2 with Microsoft's additions;
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes): those of `error_codes`, or else the first
 * word of the description. The first is the one that counts.
 *
 * @param answer JSON that nobody has looked at yet
 */
export function numbersOf(answer: unknown): readonly string[] {
  const codes = memberOf(answer, 'error_codes');
  const listed: readonly unknown[] = Array.isArray(codes) ? codes : [];
  if (listed.length > 0 && listed.every(isNumber)) return listed.map(String);
  const sentence = memberOf(answer, 'error_description');
  const told = typeof sentence === 'string' ? /^AADSTS([1-9]\d{0,9})\b/.exec(sentence)?.[1] : undefined;
  return told === undefined ? [] : [told];
}

function isNumber(code: unknown): boolean {
  return typeof code === 'number' && Number.isSafeInteger(code) && code > 0;
}

/** An own member of an object; undefined of anything else. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
