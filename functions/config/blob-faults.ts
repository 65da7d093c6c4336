import { property, word } from '../azure/sdk-error.ts';

/** What an error of the SDK tells, without what it carries: the request, and in that the token. */
export interface BlobSaid {
  /** HTTP. Undefined where there was no answer. */
  readonly status: number | undefined;
  /**
   * The service's code (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes), Node's for a
   * broken connection, the status where an answer has no code, or the kind of error.
   */
  readonly fault: string;
}

export function said(error: unknown): BlobSaid {
  const statusCode = property(error, 'statusCode');
  const status = typeof statusCode === 'number' ? statusCode : undefined;
  const ofStatus = status === undefined ? undefined : `status-${status}`;
  return {
    status,
    fault: word(property(error, 'code')) ?? ofStatus ?? word(property(error, 'name')) ?? 'unknown',
  };
}

/** The blob could not be read. `code` is what {@link BlobSaid} calls its fault; there is no cause, nor any URL. */
export class ConfigurationUnreadable extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`The blob with the configuration could not be read: ${code}`);
    this.name = 'ConfigurationUnreadable';
    this.code = code;
  }
}
