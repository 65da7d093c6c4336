import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { badRequest } from './graph-answers.ts';
import type { QueryOptions } from './graph-query.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Whether it is the first one, which alone tells how many items there are. */
  readonly first: boolean;
  /** Where the next one is; none after the last. */
  readonly nextLink?: string;
}

/** Cuts collections into pages. */
export interface Pages {
  /**
   * One page. `size` is what the caller wants, `path` that of the call below the service's URL, percent-encoded.
   *
   * @throws GraphRefusal 400 when the call's `$skiptoken` was not given out for this very question
   */
  page<T>(x: {
    readonly items: readonly T[];
    readonly size: number | undefined;
    readonly path: string;
    readonly options: QueryOptions;
  }): Page<T>;
}

/** What the real service gives when nobody says how many. */
const usual = 100;

/**
 * @param url the service's, without a slash at the end
 * @param largest no page is larger, whatever a caller wants
 */
export function pagesOf(url: () => string, largest = 999): Pages {
  const key = randomBytes(32);

  function tokenFor(question: string, start: number): string {
    const mark = createHmac('sha256', key).update(`${start} ${question}`).digest('base64url');
    return `${start}-${mark}`;
  }

  function startOf(question: string, token: string | undefined): number {
    if (token === undefined) return 0;
    const start = Number(/^\d+(?=-)/.exec(token)?.[0]);
    const [given, right] = [Buffer.from(token), Buffer.from(tokenFor(question, start))];
    if (given.length === right.length && timingSafeEqual(given, right)) return start;
    throw badRequest('The specified $skiptoken is invalid.');
  }

  return {
    page({ items, size = usual, path, options }) {
      const kept = options.all.filter(([name]) => name !== '$skiptoken');
      const query = kept.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      const question = [path, ...query].join(' ');
      const start = startOf(question, options.get('$skiptoken'));
      const end = start + Math.min(size, largest);
      const next = [...query, `$skiptoken=${tokenFor(question, end)}`].join('&');
      return {
        items: items.slice(start, end),
        first: start === 0,
        ...(end < items.length && { nextLink: `${url()}/${path}?${next}` }),
      };
    },
  };
}
