import type { Clock } from '../../../relay-call/clock.ts';
import { abortable } from '../../azure/abortable.ts';
import { type Brake, createBrake } from './brake.ts';
import { GraphUnavailable } from './faults.ts';
import type { GraphQuestion } from './graph.ts';
import { readAnswer } from './json.ts';

/** One request; Graph only ever reads for it. */
export interface GraphRequest {
  /** Below `https://host/v1.0`, with everything in it escaped. */
  readonly url: string;
  /** JSON. With it the request is a POST. */
  readonly body?: object;
  /** An advanced query, which the eventually consistent index answers. */
  readonly advanced?: boolean;
}

/** What came of it that its asker must judge. */
export type GraphAnswer =
  | { readonly kind: 'answered'; readonly json: unknown }
  /** `missing`: Graph itself says that there is no such thing. */
  | { readonly kind: 'refused'; readonly status: 400 | 404; readonly missing: boolean };

/** Asks once, or once more where that may help. Throws GraphUnavailable and the signal's reason. */
export type GraphCall = (request: GraphRequest, question: GraphQuestion) => Promise<GraphAnswer>;

export interface GraphCallParts {
  /** A bearer token for Graph. What it throws is told as `graph-token-unavailable`. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  /** Milliseconds for one request with its token and its last octet. Default 5,000. */
  readonly patience?: number;
  readonly fetch?: typeof globalThis.fetch;
}

/** How one attempt ended. */
type Attempt =
  | { readonly kind: 'over'; readonly answer: GraphAnswer }
  | { readonly kind: 'failed'; readonly fault: GraphUnavailable; readonly again: boolean };

const defaultPatience = 5_000;
/** The detail of what had no answer in time. */
const LATE = 'ETIMEDOUT';
/** A connection that stood and broke; a kept one may be closed just as a request goes out. */
const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Calls to one Graph, which share what it says about being asked too often. */
export function graphCall(x: GraphCallParts): GraphCall {
  const { patience = defaultPatience, fetch = globalThis.fetch } = x;
  const brake = createBrake(x.clock);

  return async (request, { id, signal }) => {
    signal.throwIfAborted();
    brake.check();
    const over = AbortSignal.any([AbortSignal.timeout(patience), signal]);
    try {
      const init = initOf(request, await bearer(x.token, over), id, over);
      const send = () => {
        // Others may have been told to stay away since.
        brake.check();
        return attempt(() => fetch(request.url, init), brake, request.body === undefined);
      };
      let ended = await send();
      if (ended.kind === 'failed' && ended.again && !over.aborted) ended = await send();
      if (ended.kind === 'over') return ended.answer;
      throw over.aborted ? new GraphUnavailable('graph-unreachable', LATE) : ended.fault;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };
}

async function bearer(token: () => Promise<string>, over: AbortSignal): Promise<string> {
  try {
    const given = await abortable(token(), over);
    if (/^[\x21-\x7e]+$/.test(given)) return given;
  } catch (error) {
    // Other errors of an identity carry its request.
    if (error instanceof GraphUnavailable) throw error;
  }
  throw new GraphUnavailable('graph-token-unavailable', over.aborted ? LATE : '');
}

function initOf({ body, advanced }: GraphRequest, token: string, id: string, signal: AbortSignal) {
  return {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'client-request-id': id,
      // A person waits (https://learn.microsoft.com/graph/throttling-limits, identity and access).
      'x-ms-throttle-priority': 'high',
      ...(advanced && { ConsistencyLevel: 'eventual' }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    credentials: 'omit',
    // Not followed: the token is for this host alone.
    redirect: 'manual',
    signal,
  } satisfies RequestInit;
}

async function attempt(send: () => Promise<Response>, brake: Brake, isGet: boolean): Promise<Attempt> {
  try {
    const response = await send();
    const { status } = response;
    if (status === 200)
      return { kind: 'over', answer: { kind: 'answered', json: await readAnswer(response) } };
    if (status === 404) {
      const missing = isResourceNotFound(await readAnswer(response));
      return { kind: 'over', answer: { kind: 'refused', status, missing } };
    }
    response.body?.cancel().catch(() => undefined);
    if (status === 400) return { kind: 'over', answer: { kind: 'refused', status, missing: false } };
    const throttled = brake.heed(status, response.headers.get('retry-after'));
    const fault = throttled ?? faultOf(status);
    return { kind: 'failed', fault, again: isGet && fault.code === 'graph-failing' };
  } catch (error) {
    // What fetch throws is not kept: it may hold the request.
    const code = networkCode(error);
    return {
      kind: 'failed',
      fault: new GraphUnavailable('graph-unreachable', code),
      again: BROKEN.has(code),
    };
  }
}

function faultOf(status: number): GraphUnavailable {
  const detail = `HTTP ${status}`;
  if (status === 401) return new GraphUnavailable('graph-unauthorized', detail);
  if (status === 403) return new GraphUnavailable('graph-forbidden', detail);
  if (status >= 500) return new GraphUnavailable('graph-failing', detail);
  return new GraphUnavailable(status >= 400 ? 'graph-refused' : 'graph-answer-unusable', detail);
}

/** https://learn.microsoft.com/graph/errors; another 404 may be anybody's between us and Graph. */
function isResourceNotFound(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('error' in json)) return false;
  const { error } = json;
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && /^(?:Request_)?ResourceNotFound$/i.test(error.code);
}

/** Node's or undici's code, the first where there was one attempt for each address. May be empty. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code: unknown = first instanceof Error && 'code' in first ? first.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : '';
}
