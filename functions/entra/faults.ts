/** Why Entra gave no token, in an administrator's words. */
export const TOKEN_FAULTS = {
  'entra-unreachable': 'Entra does not answer.',
  'entra-failing': 'Entra answers with an error of its own.',
  'entra-throttled': 'Entra refuses more requests for tokens for now.',
  'client-loop': 'Entra takes our requests for tokens for a loop, and refuses them for now.',
  'signing-unavailable': 'The key vault cannot sign our request for a token just now.',
  'certificate-unusable': 'The certificate that signs our requests for tokens cannot be used.',
  'certificate-not-registered':
    'Entra does not know the certificate that signed our request; register it for the Azure Multi-Factor Auth Client.',
  'certificate-refused': 'Entra does not accept the certificate or the signature of our request.',
  'clock-wrong': 'Entra finds our request outside its time; the clock of this app is wrong.',
  'client-missing': 'The tenant has no service principal for the Azure Multi-Factor Auth Client.',
  'client-disabled': 'The service principal of the Azure Multi-Factor Auth Client is disabled in the tenant.',
  'resource-missing': 'The tenant has no service principal for the Azure Multi-Factor Auth Connector.',
  'resource-disabled':
    'The service principal of the Azure Multi-Factor Auth Connector is disabled in the tenant.',
  'tenant-unknown': 'Entra knows no tenant with this id in this cloud.',
  'scope-refused':
    'Entra does not know the resource that we ask a token for; the cloud may be the wrong one.',
  'token-refused':
    'Entra refuses a token for a reason that the bridge does not know; the detail is its number.',
  'token-unusable':
    'What Entra answered holds no token that can be used; the clock of this app may be wrong.',
  'token-fault': 'The bridge met a fault of its own while it asked for a token; the detail is its name.',
} as const;
export type TokenFault = keyof typeof TOKEN_FAULTS;

/** These pass by themselves; all others stay until an administrator acts. */
const TEMPORARY: ReadonlySet<TokenFault> = new Set([
  'entra-unreachable',
  'entra-failing',
  'entra-throttled',
  'client-loop',
  'signing-unavailable',
]);

/** There is no token to be had now. */
export class TokenUnavailable extends Error {
  readonly code: TokenFault;
  /** `AADSTS` and digits, an HTTP status, or the code of the key vault's fault. May be empty. */
  readonly detail: string;
  /** It may pass by itself. */
  readonly temporary: boolean;
  /** Milliseconds for which Entra wants to be left alone; 0 where it has not said so. */
  readonly retryAfter: number;
  constructor(code: TokenFault, detail: string, retryAfter = 0) {
    super(TOKEN_FAULTS[code]);
    this.name = 'TokenUnavailable';
    this.code = code;
    this.detail = detail;
    this.temporary = TEMPORARY.has(code);
    this.retryAfter = retryAfter;
  }
}

/**
 * By the digits of AADSTS (https://learn.microsoft.com/entra/identity-platform/reference-error-codes). Microsoft may
 * change them, so a number that is not here is told as it is.
 */
const byNumber: ReadonlyMap<string | undefined, TokenFault> = new Map<string, TokenFault>([
  ['700027', 'certificate-not-registered'],
  ['50012', 'certificate-refused'],
  ['700024', 'clock-wrong'],
  ['700016', 'client-missing'],
  ['7000112', 'client-disabled'],
  ['500011', 'resource-missing'],
  ['500014', 'resource-disabled'],
  ['90002', 'tenant-unknown'],
  ['50059', 'tenant-unknown'],
  ['50128', 'tenant-unknown'],
  ['70011', 'scope-refused'],
  ['28002', 'scope-refused'],
  ['90033', 'entra-failing'],
  ['50033', 'entra-failing'],
  ['90006', 'entra-failing'],
  ['90024', 'entra-failing'],
  ['50196', 'client-loop'],
  ['90055', 'entra-throttled'],
]);

/** An answer of Entra's that brought no token. */
export interface Refusal {
  /** HTTP. */
  readonly status: number;
  /** The digits of AADSTS, where there are some. */
  readonly number: string | undefined;
  /** Milliseconds; 0 where it does not say. */
  readonly retryAfter: number;
}

/** What such an answer means. */
export function refused({ status, number, retryAfter }: Refusal): TokenUnavailable {
  const detail = number === undefined ? `HTTP ${status}` : `AADSTS${number}`;
  return new TokenUnavailable(byNumber.get(number) ?? byStatus(status), detail, retryAfter);
}

function byStatus(status: number): TokenFault {
  if (status === 429) return 'entra-throttled';
  if (status >= 500) return 'entra-failing';
  return status >= 400 ? 'token-refused' : 'token-unusable';
}
