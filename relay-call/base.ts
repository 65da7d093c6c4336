/**
 * The text that is signed (RFC 9421 §2.5): a line for each covered component, then the signature's parameters.
 *
 * @param names components in their order, without quotes: `@method`, `content-type`.
 * @param values theirs, in the same order; none may hold a line feed, or one component could pretend to be two.
 * @param parameters the value of this signature's member of `signature-input`, from `(` on.
 */
export function signatureBase(
  names: readonly string[],
  values: readonly string[],
  parameters: string,
): string {
  let text = '';
  for (let at = 0; at < names.length; at += 1) text += `"${names[at]}": ${values[at]}\n`;
  return `${text}"@signature-params": ${parameters}`;
}

/** The list of covered components, as `signature-input` writes it (RFC 9421 §2.3). */
export const coveredComponents = (names: readonly string[]): string =>
  `(${names.map((name) => `"${name}"`).join(' ')})`;
