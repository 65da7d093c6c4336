/**
 * The digits of AADSTS in an error answer of the token endpoint (RFC 6749 §5.2 with Microsoft's additions;
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes): the first of `error_codes`, or else the
 * first word of the description.
 *
 * @param answer JSON that nobody has looked at yet
 */
export function numberOf(answer: unknown): string | undefined {
  const codes = memberOf(answer, 'error_codes');
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  if (typeof first === 'number' && Number.isSafeInteger(first) && first > 0) return String(first);
  const sentence = memberOf(answer, 'error_description');
  return typeof sentence === 'string' ? /^AADSTS([1-9]\d{0,9})\b/.exec(sentence)?.[1] : undefined;
}

/** An own member of an object; undefined of anything else. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
