import type { JsonAnswer } from './listener.ts';

/** Calls so far, by how they ended. */
export type KeyVaultCounts = Record<
  | 'challenged' /* without a token */
  | 'unauthorized' /* with a bad one */
  | 'read' /* a secret */
  | 'certificateRead'
  | 'keyRead'
  | 'signed'
  | 'missing'
  | 'disabled'
  | 'outdated' /* a key outside its dates */
  | 'wrong' /* version, path, method or body */
  | 'scripted',
  number
>;

/** An answer, and how it is counted. */
export interface Counted {
  readonly kind: keyof KeyVaultCounts;
  readonly answer: JsonAnswer;
}

/** A call within a collection of the vault, authenticated. */
export interface ObjectCall {
  readonly method: string;
  readonly name: string;
  readonly version: string | undefined;
  /** What is to be done with the object; undefined is to read it. */
  readonly operation: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Secrets, certificates or keys. */
export type Collection = (call: ObjectCall) => Counted;

/** An error as Key Vault words it (entra.md 5.5). */
export function refusal(status: number, code: string, message: string, inner?: string): JsonAnswer {
  return { status, body: { error: { code, message, ...(inner && { innererror: { code: inner } }) } } };
}

export function counted(kind: keyof KeyVaultCounts, answer: JsonAnswer): Counted {
  return { kind, answer };
}

export function notFound(): Counted {
  return counted('wrong', refusal(404, 'NotFound', 'The path names no collection, object or operation.'));
}

export function methodNotAllowed(allow: string, message: string): Counted {
  return counted('wrong', { ...refusal(405, 'MethodNotAllowed', message), headers: { allow } });
}

/** The attributes that all objects of the vault have; dates in milliseconds since the epoch. */
export function attributesOf(x: {
  readonly enabled?: boolean;
  readonly notBefore?: number;
  readonly expires?: number;
  readonly created: number;
}): object {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    enabled: x.enabled ?? true,
    ...(x.notBefore !== undefined && { nbf: seconds(x.notBefore) }),
    ...(x.expires !== undefined && { exp: seconds(x.expires) }),
    created: seconds(x.created),
    updated: seconds(x.created),
    recoveryLevel: 'Recoverable',
    recoverableDays: 90,
  };
}
