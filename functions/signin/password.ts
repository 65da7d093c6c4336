import { isUtf8 } from 'node:buffer';
import type { Directory, User } from '../identity/directory.ts';
import { octets } from '../radius/attribute.ts';
import { revealPassword } from '../radius/methods/pap.ts';
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
        return x.signal.aborted
          ? silence('out-of-time')
          : silence('directory-unavailable', withDetail(verdict));
    }
  } finally {
    password.fill(0);
  }
}
