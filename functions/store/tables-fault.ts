import { property, word } from '../azure/sdk-error.ts';

/** What the table service definitely says instead of doing what it was asked to. */
export type Refusal = 'table-missing' | 'row-missing' | 'row-exists' | 'row-changed';

/** An error of the SDK or of the credential, without what it carries: the request, and in that the token. */
export interface TableFault {
  readonly refusal?: Refusal;
  /** Status and code as the service or the network gave them; a credential's error by its name. */
  readonly detail: string;
  /** Whether the same again may go well in a moment. */
  readonly passing: boolean;
  /** Milliseconds that the service asks to be left alone for. */
  readonly after?: number;
}

/** Codes: https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes. */
const missing: Readonly<Record<string, Refusal>> = {
  TableNotFound: 'table-missing',
  ResourceNotFound: 'row-missing',
  EntityNotFound: 'row-missing',
};

/** Reads what an error tells. A 404 or 409 without a code of the table service is no answer of its. */
export function tableFault(error: unknown): TableFault {
  const name = word(property(error, 'name'));
  const statusCode = property(error, 'statusCode');
  const status = typeof statusCode === 'number' ? statusCode : undefined;
  const details = property(error, 'details');
  const code =
    word(property(details, 'errorCode')) ??
    word(property(property(details, 'odataError'), 'code')) ??
    word(property(error, 'code'));
  const ofService = name === 'RestError';
  const detail = [ofService ? undefined : name, status, code].filter((part) => part !== undefined).join(' ');
  const refusal = ofService ? refusalOf(status, code) : undefined;
  if (refusal !== undefined) return { refusal, detail, passing: false };
  const after = retryAfter(error);
  return {
    detail,
    passing: ofService && (status === undefined || isPassing(status)),
    ...(after !== undefined && { after }),
  };
}

function refusalOf(status: number | undefined, code: string | undefined): Refusal | undefined {
  if (status === 412) return 'row-changed';
  if (status === 409 && code === 'EntityAlreadyExists') return 'row-exists';
  return status === 404 && code !== undefined ? missing[code] : undefined;
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

function retryAfter(error: unknown): number | undefined {
  const headers = property(property(error, 'response'), 'headers');
  const get = property(headers, 'get');
  const text: unknown = typeof get === 'function' ? get.call(headers, 'retry-after') : undefined;
  return typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}
