/**
 * The octets of a response's body.
 *
 * @param most octets
 * @returns undefined where there are more; no more is read then
 * @throws what fetch throws when the connection breaks or the signal aborts
 */
export async function readBody(response: Response, most: number): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > most) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
