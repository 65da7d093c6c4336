import { CODE } from '../../relay-call/framing.ts';
import type { ReplyAttribute } from './reply-attribute.ts';
import { MICROSOFT, MICROSOFT_TYPE, TYPE } from './type.ts';

/** Standard attributes that stand in requests only (the tables of RFC 2865 §5.44, 2866 §5.13, 2867 §4, 2869 §5.19, 3162 §3). */
const REQUEST_ONLY: ReadonlySet<number> = new Set([
  2, 3, 4, 5, 30, 31, 32, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 55, 60, 61, 68, 70, 77, 86,
  87, 94, 95,
]);

/** Standard attributes that belong to a Challenge or Reject alone (RFC 2869 §5.12, §5.15, §5.16, RFC 5176 §3.5). */
const NEVER_IN_ACCEPT: ReadonlySet<number> = new Set([73, 75, TYPE.prompt, TYPE.errorCause]);

const IN_REJECT: ReadonlySet<number> = new Set([TYPE.replyMessage, TYPE.eapMessage, TYPE.errorCause]);

const IN_CHALLENGE: ReadonlySet<number> = new Set([
  TYPE.replyMessage,
  TYPE.state,
  TYPE.vendorSpecific,
  TYPE.sessionTimeout,
  TYPE.idleTimeout,
  TYPE.prompt,
  TYPE.eapMessage,
]);

const REPLIES: ReadonlyMap<number, readonly number[]> = new Map([
  [CODE.accessRequest, [CODE.accessAccept, CODE.accessReject, CODE.accessChallenge]],
  [CODE.accountingRequest, [CODE.accountingResponse]],
  [CODE.statusServer, [CODE.accessAccept, CODE.accountingResponse]],
]);

/** Whether a reply of that code answers a request of that code (RFC 2865 §4, RFC 2866 §4, RFC 5997 §3). */
export function answers(requestCode: number, replyCode: number): boolean {
  return REPLIES.get(requestCode)?.includes(replyCode) ?? false;
}

/**
 * Whether an attribute may stand in a reply of that code. Message-Authenticator and Proxy-State are written by
 * `buildReply` itself and never asked for. In an Accept whatever is no request's attribute is configuration and allowed.
 *
 * @param requestCode an Accept that answers Status-Server carries Reply-Message at most (RFC 5997 §3)
 */
export function allowedInReply(
  requestCode: number,
  replyCode: number,
  { vendor, type }: Pick<ReplyAttribute, 'vendor' | 'type'>,
): boolean {
  if (vendor === undefined && (type === TYPE.messageAuthenticator || type === TYPE.proxyState)) return false;
  if (requestCode === CODE.statusServer) {
    return replyCode === CODE.accessAccept && vendor === undefined && type === TYPE.replyMessage;
  }
  const standard = vendor === undefined ? type : TYPE.vendorSpecific;
  switch (replyCode) {
    case CODE.accessAccept:
      return !REQUEST_ONLY.has(standard) && !NEVER_IN_ACCEPT.has(standard);
    case CODE.accessReject:
      return IN_REJECT.has(standard) || (vendor === MICROSOFT && type === MICROSOFT_TYPE.chapError);
    case CODE.accessChallenge:
      return IN_CHALLENGE.has(standard);
    default:
      return replyCode === CODE.accountingResponse && standard === TYPE.vendorSpecific;
  }
}
