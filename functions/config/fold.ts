/**
 * The text under which names, domains and suffixes are compared: letter case does not count.
 *
 * Two letters are the same here exactly where the patterns of policies take them for the same (ECMAScript's
 * Canonicalize for `/i`). Were more the same, whoever writes a name with the sign for kelvin (U+212A) instead of a k
 * would be found, and passed over by a policy that is about that name.
 */
export function foldName(name: string): string {
  if (isAscii(name)) return name.toLowerCase();
  let folded = '';
  for (let index = 0; index < name.length; index += 1) folded += foldUnit(name.charAt(index));
  return folded;
}

/** One UTF-16 code unit, in lower case where that leads back to the same upper case. */
function foldUnit(unit: string): string {
  const raised = unit.toUpperCase();
  const upper = raised.length !== 1 || (!isAscii(unit) && isAscii(raised)) ? unit : raised;
  const lower = upper.toLowerCase();
  return lower.length === 1 && lower.toUpperCase() === upper && isAscii(lower) === isAscii(upper)
    ? lower
    : upper;
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
