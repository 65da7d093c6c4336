import { isUtf8 } from 'node:buffer';
import type { Directory, PasswordVerdict, User } from '../identity/directory.ts';
import { octets } from '../radius/attribute.ts';
import { revealPassword } from '../radius/methods/pap.ts';
import { StoreUnreachable } from '../store/port.ts';
import { type Decision, reject, silence, withDetail } from './decision.ts';
import type { SignIn } from './sign-in.ts';

/**
 * Verifies the password of a PAP request (RFC 2865 §5.2).
 *
 * @returns why the sign-in ends here; undefined when the password is right
 */
export async function checkPassword(
  x: SignIn,
  directory: Directory,
  user: User,
): Promise<Decision | undefined> {
  const hidden = octets(x.packet, 'User-Password');
  if (hidden === undefined) return reject('wrong-password');
  const password = revealPassword(hidden, x.secret, x.packet.authenticator);
  try {
    const verdict = await directory.verifyPassword(user, password, { id: x.id, signal: x.signal });
    if (verdict.asked !== undefined) x.found.password = verdict.asked;
    x.trace.step('password', verdict.kind === 'right' ? (verdict.note ?? 'right') : verdict.kind);
    return refusalBy(verdict, password, x.signal);
  } catch (error) {
    if (x.signal.aborted) return silence('out-of-time');
    // The directory may have been asked, so this must not be told as a call that has not begun.
    if (error instanceof StoreUnreachable) return silence('directory-unavailable', withDetail(error));
    throw error;
  } finally {
    password.fill(0);
  }
}

function refusalBy(verdict: PasswordVerdict, password: Buffer, signal: AbortSignal): Decision | undefined {
  switch (verdict.kind) {
    case 'right':
      return undefined;
    case 'wrong':
      return isUtf8(password) ? reject('wrong-password') : reject('undecodable-password');
    case 'refused':
      return reject(verdict.code, verdict.asked?.answer);
    case 'cannot-verify':
      return reject('password-not-verifiable', withDetail(verdict));
    case 'unavailable':
      return signal.aborted ? silence('out-of-time') : silence('directory-unavailable', withDetail(verdict));
  }
}
