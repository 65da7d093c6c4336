/**
 * An app registration of the customer's own, for password checks (entra.md 3.1). The certificates that are registered
 * for the MFA client are registered for it, too.
 */
export interface Application {
  /** A GUID. */
  readonly clientId: string;
  /** Whether an administrator has consented to `openid`. Default true. */
  readonly consented?: boolean;
  /** Default true. */
  readonly enabled?: boolean;
  /** Only who is assigned gets a token, and nobody is: AADSTS50105. Default false. */
  readonly assignmentRequired?: boolean;
  /** "Allow public client flows": it proves itself by nothing, and may not try to. Default false. */
  readonly publicClient?: boolean;
}
