import { gunzipSync } from 'node:zlib';
import { type Item, itemFault } from './ingestion-items.ts';
import type { Answer, Call, JsonAnswer } from './listener.ts';
import type { Stage } from './script.ts';
import { MONITOR_AUDIENCE, type TokenIssuer } from './tokens.ts';

export type { Item } from './ingestion-items.ts';

/** So far: items by what became of them; and calls that were refused as a whole. */
export type IngestionCounts = Record<
  'accepted' /* items */ | 'rejected' /* items */ | 'invalid' | 'unauthorized' | 'scripted',
  number
>;

/** What the service says besides what every stand-in can; `times` calls, without it until told otherwise. */
export type IngestionScript =
  /** The day's quota is used up: 402, or 439 as older ones say. `retryAfter` in whole seconds. */
  | {
      readonly state: 'quota';
      readonly status: 402 | 439;
      readonly retryAfter?: number;
      readonly times?: number;
    }
  /** 206: the items at these places are rejected with this status. */
  | {
      readonly state: 'partial';
      readonly status: 400 | 429 | 500;
      readonly of: readonly number[];
      readonly times?: number;
    };

interface ItemError {
  readonly index: number;
  readonly statusCode: number;
  readonly message: string;
}

/** Of a call's body, packed and unpacked, in octets. */
export const LONGEST_TRACK = 4 * 1024 * 1024;

const itemsKept = 1000;

/**
 * Application Insights' ingestion (`POST /v2.1/track` and `/v2/track`): authentication, scripts, path, method, type,
 * encoding, body, and each item for itself.
 */
export function ingestion(x: {
  readonly issuer: TokenIssuer;
  readonly stage: Stage;
  /** A GUID; what every item must name. */
  readonly instrumentationKey: string;
  /** Local authentication is off: whoever sends needs a token of Entra. */
  readonly authenticated: boolean;
}): {
  answer(call: Call): Promise<Answer>;
  counts(): IngestionCounts;
  /** The last 1000 that were accepted, the newest at the end. */
  items(): readonly Item[];
  /** Undefined: it is itself again. */
  script(next: IngestionScript | undefined): void;
} {
  const counts: IngestionCounts = { accepted: 0, rejected: 0, invalid: 0, unauthorized: 0, scripted: 0 };
  const items: Item[] = [];
  let script: IngestionScript | undefined;
  let left = 0;

  function refuse(
    kind: 'invalid' | 'unauthorized' | 'scripted',
    status: number,
    message: string,
    retryAfter?: number,
  ): JsonAnswer {
    counts[kind] += 1;
    return {
      status,
      ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
      body: { itemsReceived: 0, itemsAccepted: 0, errors: [{ index: 0, statusCode: status, message }] },
    };
  }

  function authenticated(call: Call): boolean {
    const token = /^Bearer (\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
    return token !== undefined && x.issuer.check(token, MONITOR_AUDIENCE) === undefined;
  }

  function nextScript(): IngestionScript | undefined {
    if (left <= 0) return undefined;
    left -= 1;
    return script;
  }

  function take(received: readonly unknown[], scripted: IngestionScript | undefined): JsonAnswer {
    const errors: ItemError[] = [];
    for (const [index, item] of received.entries()) {
      const fault = itemFault(item, x.instrumentationKey);
      if (fault !== undefined) errors.push({ index, statusCode: 400, message: fault });
      else if (scripted?.state === 'partial' && scripted.of.includes(index)) {
        errors.push({ index, statusCode: scripted.status, message: 'Scripted.' });
      } else items.push(item as Item);
    }
    items.splice(0, items.length - itemsKept);
    const itemsAccepted = received.length - errors.length;
    counts.accepted += itemsAccepted;
    counts.rejected += errors.length;
    const body = { itemsReceived: received.length, itemsAccepted, errors };
    if (errors.length === 0) return { status: 200, body };
    return { status: itemsAccepted === 0 && scripted === undefined ? 400 : 206, body };
  }

  return {
    counts: () => ({ ...counts }),
    items: () => [...items],
    script(next) {
      script = next;
      left = next?.times ?? Number.POSITIVE_INFINITY;
    },
    async answer(call) {
      if (x.authenticated && !authenticated(call)) {
        return refuse('unauthorized', 401, 'Unauthorized - please provide the valid authorization token');
      }
      const fault = await x.stage.play();
      if (fault === 'reset') {
        counts.scripted += 1;
        return 'reset';
      }
      if (fault !== undefined) return refuse('scripted', fault.status, 'Scripted.', fault.retryAfter);
      const scripted = nextScript();
      if (scripted?.state === 'quota') {
        return refuse('scripted', scripted.status, 'Monthly quota exceeded', scripted.retryAfter);
      }
      if (!['v2.1/track', 'v2/track'].includes(call.path.join('/'))) {
        return refuse('invalid', 404, 'No such path.');
      }
      if (call.method !== 'POST') return refuse('invalid', 405, 'POST only.');
      const text = unpack(call);
      if (text === undefined) return refuse('invalid', 415, 'No known content encoding, or not packed so.');
      const received = itemsOf(call.header('content-type') ?? '', text);
      if (typeof received === 'string') return refuse('invalid', 400, received);
      return take(received, scripted);
    },
  };
}

function unpack({ header, body }: Call): string | undefined {
  const encoding = header('content-encoding');
  if (encoding === undefined) return body.toString('utf8');
  if (encoding !== 'gzip') return undefined;
  try {
    return gunzipSync(body, { maxOutputLength: LONGEST_TRACK }).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The items of a body, or what is wrong with it. */
function itemsOf(contentType: string, text: string): readonly unknown[] | string {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  try {
    if (type === 'application/x-json-stream') {
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      return lines.length === 0 ? 'No items.' : lines.map((line): unknown => JSON.parse(line));
    }
    if (type !== 'application/json') return 'No known content type.';
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return [parsed];
    return parsed.length === 0 ? 'No items.' : parsed;
  } catch {
    return 'Not JSON.';
  }
}
