import type { ClientAssertionCredential, ClientAssertionCredentialOptions } from '@azure/identity';
import type { Clock } from '../../relay-call/clock.ts';
import { abortable } from '../azure/abortable.ts';
import { CertificateUnusable, VaultUnreachable } from '../keyvault/faults.ts';
import { numbersOf } from './aadsts.ts';
import { type Refusal, refused, TokenUnavailable } from './faults.ts';
import { readRetryAfter } from './retry-after.ts';
import { checkAuthority } from './settings.ts';

/** Whose token for what is asked for, and where. */
export interface TokenRequest {
  /** GUID. */
  readonly tenantId: string;
  readonly clientId: string;
  /** The audience of the token, `https://host/path`. */
  readonly resource: string;
  /** `https://host`. */
  readonly authorityHost: string;
  /**
   * Has security implications: lets any host ask for an assertion. Only for a stand-in; refused for a host of
   * Microsoft's.
   */
  readonly disableInstanceDiscovery: boolean;
  /** Proves who the client is. May throw VaultUnreachable and CertificateUnusable. */
  readonly assertion: (tokenEndpoint: string) => Promise<string>;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds for one token with everything that it needs. Default 10,000. */
  readonly patience?: number;
  /** The SDK's own: by default three retries, after Retry-After where Entra says so. */
  readonly retryOptions?: NonNullable<ClientAssertionCredentialOptions['retryOptions']>;
}

interface GivenToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

type Policies = NonNullable<ClientAssertionCredentialOptions['additionalPolicies']>;
/** How the last call ended: an answer, or the code of a broken connection. Undefined while there is neither. */
type Heard = (Refusal & { readonly code?: undefined }) | { readonly code: string } | undefined;

const defaultPatience = 10_000;

/**
 * Asks the token endpoint (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow), once
 * for each call: what the SDK keeps is not used, for it would give a token again that has been refused.
 *
 * The SDK tells neither status nor Retry-After, and numbers of errors only inside sentences; so a policy in its
 * pipeline listens to the answers themselves.
 *
 * @returns what asks once; it throws TokenUnavailable
 * @throws EntraSettingsRefused at once, before anything is sent
 */
export function tokenRequests(x: TokenRequest): () => Promise<GivenToken> {
  const authorityHost = checkAuthority(x.authorityHost, x.disableInstanceDiscovery);
  const { tenantId, clientId, patience = defaultPatience } = x;

  return async () => {
    const { ClientAssertionCredential } = await import('./sdk.ts');
    const hopeless = new AbortController();
    const over = AbortSignal.any([AbortSignal.timeout(patience), hopeless.signal]);
    const signing = watched(x.assertion);
    let heard: Heard;
    const credential: ClientAssertionCredential = new ClientAssertionCredential(
      tenantId,
      clientId,
      // The SDK's types do not promise the argument.
      (asked?: unknown) =>
        signing.assertion(endpointOf(asked) ?? `${authorityHost}/${tenantId}/oauth2/v2.0/token`),
      {
        authorityHost,
        disableInstanceDiscovery: x.disableInstanceDiscovery,
        ...(x.retryOptions && { retryOptions: x.retryOptions }),
        additionalPolicies: [
          endingWith(over),
          listening(
            (now) => {
              heard = now;
              // The SDK would wait until nobody waits any more.
              if (now?.code === undefined && (now?.retryAfter ?? 0) >= patience) hopeless.abort();
            },
            () => x.clock.now(),
          ),
        ],
      },
    );
    try {
      const given = await abortable(credential.getToken(`${x.resource}/.default`), over);
      return { token: given.token, expires: given.expiresOnTimestamp };
    } catch {
      throw signing.fault(over.aborted) ?? faultOf(heard);
    }
  };
}

/** The SDK's error is not kept as a cause: it carries the request, and that the assertion. */
function faultOf(heard: Heard): unknown {
  if (heard === undefined) return new TokenUnavailable('entra-unreachable', '');
  return heard.code === undefined ? refused(heard) : new TokenUnavailable('entra-unreachable', heard.code);
}

/** Keeps what went wrong while signing: the SDK would make an error of its own of it. */
function watched(assertion: TokenRequest['assertion']) {
  let state: 'idle' | 'busy' | { readonly failed: unknown } = 'idle';
  return {
    async assertion(tokenEndpoint: string): Promise<string> {
      state = 'busy';
      try {
        const jwt = await assertion(tokenEndpoint);
        state = 'idle';
        return jwt;
      } catch (error) {
        state = { failed: error };
        throw error;
      }
    },
    fault(late: boolean): unknown {
      if (state === 'idle') return undefined;
      if (state === 'busy') {
        return late ? new TokenUnavailable('signing-unavailable', 'vault-unreachable') : undefined;
      }
      const { failed } = state;
      if (failed instanceof VaultUnreachable) return new TokenUnavailable('signing-unavailable', failed.code);
      if (failed instanceof CertificateUnusable) {
        return new TokenUnavailable('certificate-unusable', failed.code);
      }
      return failed;
    },
  };
}

function endpointOf(asked: unknown): string | undefined {
  if (typeof asked !== 'object' || asked === null || !('tokenEndpoint' in asked)) return undefined;
  return typeof asked.tokenEndpoint === 'string' ? asked.tokenEndpoint : undefined;
}

/** MSAL hands no signal down; this ends its calls and the waits between them. */
function endingWith(signal: AbortSignal): Policies[number] {
  return {
    position: 'perCall',
    policy: {
      name: 'endingWith',
      sendRequest(request, next) {
        const theirs = request.abortSignal;
        // Theirs is the abort-controller package's interface, which the platform's own class fulfils.
        request.abortSignal = theirs instanceof AbortSignal ? AbortSignal.any([theirs, signal]) : signal;
        return next(request);
      },
    },
  };
}

function listening(hear: (heard: Heard) => void, now: () => number): Policies[number] {
  return {
    position: 'perRetry',
    policy: {
      name: 'listening',
      async sendRequest(request, next) {
        hear(undefined);
        try {
          const response = await next(request);
          hear({
            status: response.status,
            number: numbersOf(parsed(response.bodyAsText ?? ''))[0],
            retryAfter: readRetryAfter(response.headers.get('retry-after') ?? null, now()) ?? 0,
          });
          return response;
        } catch (error) {
          const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
          hear({ code: typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : '' });
          throw error;
        }
      },
    },
  };
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
