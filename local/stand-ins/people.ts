/** Somebody of the stand-ins' tenant. */
export interface Person {
  /** The cloud UPN. */
  readonly upn: string;
  readonly objectId: string;
  /** What the person has registered: the Authenticator's push (default), a code only, or nothing. */
  readonly method?: 'push' | 'code' | 'none';
}
