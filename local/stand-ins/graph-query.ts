import { badRequest, type GraphRefusal, unsupportedQuery } from './graph-answers.ts';
import type { Call } from './listener.ts';

/** The OData options of one call. */
export interface QueryOptions {
  get(name: string): string | undefined;
  /** As the URL had them, for a link to the next page. */
  readonly all: readonly (readonly [name: string, value: string])[];
}

/**
 * The options of a call, each of which must be one of `allowed` and stand there once. The real service ignores
 * parameters without `$`; here they are refused, as they can only be a mistake.
 *
 * @throws GraphRefusal 400
 */
export function optionsOf(call: Call, allowed: readonly string[]): QueryOptions {
  const all = [...call.query];
  for (const [name] of all) {
    if (call.query.getAll(name).length > 1) {
      throw badRequest(
        `Query option '${name}' was specified more than once, but it must be specified at most once.`,
      );
    }
    if (!allowed.includes(name)) throw badRequest(`The query parameter '${name}' is not supported.`);
  }
  return { all, get: (name) => call.query.get(name) ?? undefined };
}

/**
 * Whether the call has both of the advanced query parameters. `$count` alone is ignored, as by the real service.
 *
 * @throws GraphRefusal 400 when `$count` is no boolean
 */
export function isAdvanced(call: Call, options: QueryOptions): boolean {
  const count = options.get('$count');
  if (count !== undefined && count !== 'true' && count !== 'false') {
    throw badRequest(
      `Invalid value '${count}' for $count query option found. Valid values are 'true' and 'false'.`,
    );
  }
  return count === 'true' && call.header('consistencylevel')?.toLowerCase() === 'eventual';
}

/** The refusal of what only advanced queries may ask. */
export function needsAdvanced(what: string): GraphRefusal {
  return unsupportedQuery(
    `${what} is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header.`,
  );
}

/**
 * The properties that are asked for, undefined when the call leaves that to the service.
 *
 * @param known every property of the type
 * @throws GraphRefusal 400
 */
export function selected(
  options: QueryOptions,
  type: string,
  known: readonly string[],
): readonly string[] | undefined {
  const names = options
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    const reason =
      name === '' ? 'Term is empty.' : `Could not find a property named '${name}' on type '${type}'.`;
    throw badRequest(`Parsing OData Select and Expand failed: ${reason}`);
  }
  return names;
}

/** @throws GraphRefusal 400 when `$top` is not from 1 to 999 */
export function topOf(options: QueryOptions): number | undefined {
  const top = options.get('$top');
  if (top === undefined) return undefined;
  if (!/^\d+$/.test(top)) throw badRequest(`Invalid value '${top}' for $top query option found.`);
  if (Number(top) >= 1 && Number(top) <= 999) return Number(top);
  throw unsupportedQuery(`Invalid page size specified: '${top}'. Must be between 1 and 999 inclusive.`);
}

/**
 * The parameters of an action: a JSON object of exactly these members.
 *
 * @throws GraphRefusal 400
 */
export function actionParameters(
  call: Call,
  action: string,
  names: readonly string[],
): Record<string, unknown> {
  const type = call.header('content-type');
  if (type === undefined) {
    throw badRequest('Write requests (excluding DELETE) must contain the Content-Type header declaration.');
  }
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw badRequest('Entity only allows writes with a JSON Content-Type header.');
  }
  const parameters = readObject(call.body);
  if (parameters === undefined) throw badRequest('Unable to read JSON request payload.');
  for (const name of Object.keys(parameters)) {
    if (names.includes(name)) continue;
    throw badRequest(`The parameter '${name}' is not a valid parameter for the operation '${action}'.`);
  }
  return parameters;
}

function readObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? { ...read } : undefined;
  } catch {
    return undefined;
  }
}
