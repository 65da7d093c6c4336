/** Somebody of the stand-ins' tenant. */
export interface Person {
  /** The cloud UPN. */
  readonly upn: string;
  /** A GUID. */
  readonly objectId: string;
  readonly displayName?: string;
  /** Default true. */
  readonly enabled?: boolean;
  /** Default member. A guest belongs to another tenant, so that this one has nothing to check a password with. */
  readonly userType?: 'Member' | 'Guest';
  /** An IETF language tag, for example `de-DE`. */
  readonly preferredLanguage?: string;
  /** What the password grant compares. Without one, Entra keeps none: AADSTS50056. */
  readonly password?: string;
  /** Where the person has been synchronised from. */
  readonly onPremises?: OnPremises;
  /** What the password grant refuses with once the password was right: a number of AADSTS, for example 50076. */
  readonly demands?: number;
  /** What the password grant refuses with, whatever the password: a number of AADSTS, for example 50053. */
  readonly answers?: number;
  /** What the person has registered: the Authenticator's push (default), a code only, or nothing. */
  readonly method?: 'push' | 'code' | 'none';
}

/** Somebody in Active Directory. */
export interface OnPremises {
  readonly samAccountName: string;
  /** The DNS name of the domain. */
  readonly domainName: string;
  readonly userPrincipalName?: string;
}
