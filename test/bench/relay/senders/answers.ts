import { hash } from 'node:crypto';
import { CODE, readFrame } from '../../../../relay-call/framing.ts';
import type { Load } from './messages.ts';

export type Verdict = 'accepted' | 'rejected' | 'wrong';

/** Looks at what came for a request whose identifier it has. */
export type Judge = (answer: Buffer, request: Buffer) => Verdict;

export function judgeOf({ expects, secret }: Pick<Load, 'expects' | 'secret'>): Judge {
  return expects === 'echo'
    ? (answer, request) => (answer.equals(request) ? 'accepted' : 'wrong')
    : replies(secret);
}

/** Holds the Response Authenticator against the request and the secret (RFC 2865 §3). */
function replies(secret: string): Judge {
  const octets = Buffer.from(secret);
  return (answer, request) => {
    const frame = readFrame(answer);
    if (typeof frame === 'string' || frame.length !== answer.length) return 'wrong';
    const hashed = Buffer.allocUnsafe(answer.length + octets.length);
    answer.copy(hashed);
    request.copy(hashed, 4, 4, 20);
    octets.copy(hashed, answer.length);
    if (hash('md5', hashed, 'binary') !== frame.authenticator.toString('latin1')) return 'wrong';
    if (frame.code === CODE.accessAccept) return 'accepted';
    return frame.code === CODE.accessReject ? 'rejected' : 'wrong';
  };
}
