/** A larger answer is none; 19 users have about 10 KiB. Octets. */
export const LARGEST_ANSWER = 256 * 1024;

/**
 * Reads the body of an answer as JSON (RFC 8259) in UTF-8.
 *
 * @returns undefined for what is no JSON or too large
 * @throws what fetch throws when the connection breaks
 */
export async function readAnswer(response: Response): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > LARGEST_ANSWER) return undefined;
    pieces.push(piece);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces)));
  } catch {
    // The message would quote a stranger's text.
    return undefined;
  }
}
