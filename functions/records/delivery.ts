/** What became of a batch of events. */
export interface Delivery {
  /** Places in the batch of what may be sent again. */
  readonly again: readonly number[];
  /** How many were refused for good. */
  readonly refused: number;
  /** Why something did not go: a status, or a code of the network or of who gives the token. */
  readonly detail?: string;
  /** Milliseconds for which the service wants to be left alone. */
  readonly pause?: number;
}

/** What the service answered. */
export interface IngestionAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** Whatever a service says, it is asked again within a quarter of an hour. */
const LONGEST_PAUSE = 900_000;

/**
 * Statuses after which the same may be taken later: a role is given only after the app is there, and the day's quota
 * begins anew (439, 402), as the rest does that is temporary by its nature.
 */
const temporary = new Set([401, 402, 403, 408, 429, 439, 500, 502, 503, 504]);

/**
 * Reads the answer to a batch (https://learn.microsoft.com/azure/azure-monitor/app/telemetry-channels says which are
 * tried again).
 *
 * @param count how many events were sent
 */
export function deliveryOf(answer: IngestionAnswer, count: number): Delivery {
  const { status } = answer;
  if (status === 200) return { again: [], refused: 0 };
  if (status === 206) return partOf(answer, count);
  const detail = String(status);
  if (!temporary.has(status)) return { again: [], refused: count, detail };
  const pause = pauseOf(answer.retryAfter);
  return { ...undelivered(count, detail), ...(pause > 0 && { pause }) };
}

/** Nothing of a batch has gone, as far as anybody knows. */
export function undelivered(count: number, detail: string): Delivery {
  return { again: Array.from({ length: count }, (_, index) => index), refused: 0, detail };
}

function partOf({ body }: IngestionAnswer, count: number): Delivery {
  const errors = errorsOf(body).filter(({ index }) => Number.isInteger(index) && index >= 0 && index < count);
  const again = new Set<number>();
  const refused = new Set<number>();
  for (const { index, statusCode } of errors) (temporary.has(statusCode) ? again : refused).add(index);
  const [first] = errors;
  return {
    again: [...again].sort((one, other) => one - other),
    refused: refused.size,
    ...(first && { detail: `206 ${first.statusCode}` }),
  };
}

/** An answer that cannot be read says that a part was taken; the rest is then lost, and that is all there is to know. */
function errorsOf(body: string): Array<{ index: number; statusCode: number }> {
  try {
    const parsed: unknown = JSON.parse(body);
    const { errors } = parsed as { errors?: unknown };
    if (!Array.isArray(errors)) return [];
    return errors.map((error: { index?: unknown; statusCode?: unknown } | null) => ({
      index: typeof error?.index === 'number' ? error.index : -1,
      statusCode: typeof error?.statusCode === 'number' ? error.statusCode : 0,
    }));
  } catch {
    return [];
  }
}

/** Seconds, as the service says it; a date is not waited for. */
function pauseOf(retryAfter: string | undefined): number {
  return /^\d{1,9}$/.test(retryAfter ?? '') ? Math.min(LONGEST_PAUSE, Number(retryAfter) * 1000) : 0;
}

/** What a failure is called where no answer came: a code, never a message, which may hold an address. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timeout';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(code) ? code : 'unknown';
}
