/**
 * Reads what an error of Azure's libraries carries, without trusting that it is one: it may hold the request and in that
 * a token, so that it is never kept, and only single words of it are told.
 */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** A code as services and Node write them; anything else stays out of messages and logs. */
export function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(value) ? value : undefined;
}
