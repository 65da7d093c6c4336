import { setTimeout } from 'node:timers/promises';
import type { BeginResponse, Extras } from './connector-response.ts';
import { writeBeginResponse } from './connector-response.ts';
import type { Answer, RawAnswer } from './listener.ts';

/**
 * What the connector does with calls that its real counterpart would take: `times` of them, then it is itself again;
 * without it, until told otherwise. It answers at once, or with `rings` when the phone has been answered.
 */
export type ConnectorScript = {
  readonly times?: number;
  readonly rings?: true;
} & (
  | {
      /** Its own answer but for these members: the approval, or with `rings` what came of it. */
      readonly answer: 'xml';
      readonly set?: Partial<BeginResponse>;
      readonly extras?: Extras;
      /** Octet by octet, so many milliseconds between two. */
      readonly drip?: number;
    }
  | { readonly answer: 'body'; readonly contentType: string; readonly body: string }
  | {
      readonly answer: 'status';
      readonly status: 401 | 403 | 429 | 500 | 503;
      /** Seconds. */
      readonly retryAfter?: number;
    }
  /** The connection breaks before an answer. */
  | { readonly answer: 'dropped' }
  /** The connection breaks in the middle of it. */
  | { readonly answer: 'broken' }
);

/** Answers a call by a script; `response` is what the connector would have said itself. */
export function playConnectorScript(script: ConnectorScript, response: BeginResponse): Answer {
  switch (script.answer) {
    case 'xml': {
      const text = writeBeginResponse({ ...response, ...script.set }, script.extras);
      return xmlAnswer(script.drip === undefined ? text : dripping(Buffer.from(text), script.drip));
    }
    case 'body':
      return { status: 200, contentType: script.contentType, octets: script.body };
    case 'status':
      return statusAnswer(script.status, '', script.retryAfter);
    case 'dropped':
      return 'reset';
    case 'broken':
      return xmlAnswer(breaking(Buffer.from(writeBeginResponse(response))));
  }
}

/** An answer of the service itself: 200 for every outcome. */
export function xmlAnswer(octets: string | AsyncIterable<Uint8Array>): RawAnswer {
  return { status: 200, contentType: 'application/xml; charset=utf-8', octets };
}

/** What the service says where it takes no request; `retryAfter` in seconds. */
export function statusAnswer(status: number, text = '', retryAfter?: number): RawAnswer {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return { status, headers, contentType: 'text/plain; charset=utf-8', octets: text };
}

async function* dripping(octets: Buffer, every: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < octets.length; at += 1) {
    if (at > 0) await setTimeout(every);
    yield octets.subarray(at, at + 1);
  }
}

async function* breaking(octets: Buffer): AsyncGenerator<Buffer> {
  yield octets.subarray(0, octets.length / 2);
  throw new Error('As the script says.');
}
