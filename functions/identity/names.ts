export { foldName } from '../config/fold.ts';

/**
 * The forms in which a RADIUS User-Name names an account. Only the form is read here; whether the domain, the
 * suffix or the account exists is for a directory to say. `text` is the name as it was received.
 */
export type NameForm =
  | { readonly kind: 'upn'; readonly local: string; readonly suffix: string; readonly text: string }
  | { readonly kind: 'domain'; readonly domain: string; readonly account: string; readonly text: string }
  | { readonly kind: 'bare'; readonly account: string; readonly text: string }
  | { readonly kind: 'machine'; readonly text: string };

/** The longest value that fits into one RADIUS attribute, in octets (RFC 2865 §5). */
const LONGEST_NAME = 253;

// C0 and C1 control characters, DEL, the line and paragraph separators, and halves of surrogate pairs. No account
// has them, and a log, an XML document or a directory query could take them for something else.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Reads the forms that NPS accepts: `user@suffix`, `DOMAIN\user`, `user`, and for machines `host/name`, `NAME$`,
 * `DOMAIN\NAME$` and `NAME$@suffix`. The backslash is looked for first, so that an `@` in an account name stays
 * there; a UPN is split at its last `@`.
 *
 * @returns undefined for what cannot name an account: empty, longer than 253 octets, with control characters, or
 *   with nothing on one side of its `\` or `@`. Never throws.
 */
export function readName(userName: string): NameForm | undefined {
  if (userName === '' || Buffer.byteLength(userName) > LONGEST_NAME || FORBIDDEN.test(userName)) {
    return undefined;
  }
  const text = userName;
  const backslash = text.indexOf('\\');
  if (backslash >= 0) {
    const domain = text.slice(0, backslash);
    const account = text.slice(backslash + 1);
    if (domain === '' || account === '') return undefined;
    return account.endsWith('$') ? { kind: 'machine', text } : { kind: 'domain', domain, account, text };
  }
  if (/^host\//i.test(text)) {
    return text.length > 'host/'.length ? { kind: 'machine', text } : undefined;
  }
  const at = text.lastIndexOf('@');
  if (at >= 0) {
    const local = text.slice(0, at);
    const suffix = text.slice(at + 1);
    if (local === '' || suffix === '') return undefined;
    return local.endsWith('$') ? { kind: 'machine', text } : { kind: 'upn', local, suffix, text };
  }
  return text.endsWith('$') ? { kind: 'machine', text } : { kind: 'bare', account: text, text };
}
