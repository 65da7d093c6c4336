import { readBody } from '../read-body.ts';

/** A larger answer is none; 19 users have about 10 KiB. Octets. */
export const LARGEST_ANSWER = 256 * 1024;

/**
 * Reads the body of an answer as JSON (RFC 8259) in UTF-8.
 *
 * @returns undefined for what is no JSON or too large
 * @throws what fetch throws when the connection breaks
 */
export async function readAnswer(response: Response): Promise<unknown> {
  const octets = await readBody(response, LARGEST_ANSWER);
  if (octets === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch {
    // The message would quote a stranger's text.
    return undefined;
  }
}
