/** The body of an answer that is no packet (RFC 9457), `application/problem+json`. */
export interface Problem {
  /** `urn:radius-bridge:problem:` and the code: by this the relay knows our answer from that of something between. */
  type: string;
  /** One sentence that an administrator understands. */
  title: string;
  status: number;
  /** A code in kebab case. */
  code: string;
  /** With 503: whether anything of the call may have happened. Without it, it may have. */
  begun?: boolean;
  /** The server's time in ms since the epoch, so that a relay can tell a wrong clock; with every 401. */
  serverTime?: number;
}

const TYPE = 'urn:radius-bridge:problem:';
const CODE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** No problem of ours comes near; what is longer is somebody else's. */
const MAX_OCTETS = 4096;

/** Makes a problem. */
export function problem(
  status: number,
  code: string,
  title: string,
  extra: { begun?: boolean; serverTime?: number } = {},
): Problem {
  return { type: `${TYPE}${code}`, title, status, code, ...extra };
}

function parse(body: Uint8Array): unknown {
  if (body.length > MAX_OCTETS) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/**
 * Reads a problem of ours; members that we do not know are left out (RFC 9457 §3.2).
 *
 * @returns undefined when it is none: no JSON, another type, a member of the wrong kind, above 4096 octets.
 */
export function readProblem(body: Uint8Array): Problem | undefined {
  const value = parse(body);
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, title, status, code, begun, serverTime } = value as Partial<Record<keyof Problem, unknown>>;
  if (typeof code !== 'string' || code.length > 64 || !CODE.test(code) || type !== `${TYPE}${code}`)
    return undefined;
  if (typeof title !== 'string' || typeof status !== 'number') return undefined;
  if (begun !== undefined && typeof begun !== 'boolean') return undefined;
  if (serverTime !== undefined && !(typeof serverTime === 'number' && Number.isSafeInteger(serverTime)))
    return undefined;
  return {
    type,
    title,
    status,
    code,
    ...(begun === undefined ? {} : { begun }),
    ...(serverTime === undefined ? {} : { serverTime }),
  };
}
