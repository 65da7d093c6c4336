/** A text that fits, and whether something had to go for that. */
export interface Cut {
  readonly text: string;
  readonly cut: boolean;
}

/**
 * As much of a text's beginning as fits. No character is torn apart, and half a one becomes the replacement character,
 * as it would on its way.
 *
 * @param room octets in UTF-8
 */
export function cutText(text: string, room: number): Cut {
  const whole = text.toWellFormed();
  if (Buffer.byteLength(whole) <= room) return { text: whole, cut: false };
  const { read } = new TextEncoder().encodeInto(whole, new Uint8Array(room));
  return { text: whole.slice(0, read), cut: true };
}

/**
 * Data as JSON that fits: of a list its first elements, of an object its first members, whole ones. Still JSON, so that
 * a query can read what is left.
 *
 * @param room octets in UTF-8, at least 2
 * @returns undefined where JSON has no word for it
 * @throws what JSON.stringify throws
 */
export function cutJson(value: unknown, room: number): Cut | undefined {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text) <= room) return { text, cut: false };
  // Read back, so that what the value made of itself is cut and not the value.
  const plain: unknown = JSON.parse(text);
  if (typeof plain !== 'object' || plain === null) return cutText(String(plain), room);
  const [open, close, parts] = Array.isArray(plain)
    ? (['[', ']', plain.map((element) => JSON.stringify(element))] as const)
    : (['{', '}', Object.entries(plain).map(member)] as const);
  let left = room - 1;
  const fitting = parts.findIndex((part) => {
    left -= Buffer.byteLength(part) + 1;
    return left < 0;
  });
  const kept = fitting === -1 ? parts : parts.slice(0, fitting);
  return { text: `${open}${kept.join(',')}${close}`, cut: true };
}

function member([name, value]: [string, unknown]): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
