/** A user as Microsoft Graph tells (https://learn.microsoft.com/graph/api/resources/user). */
export interface GraphUser {
  /** Object id: a GUID in lower case. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly accountEnabled: boolean;
  readonly displayName?: string;
  readonly onPremisesSamAccountName?: string;
  /** The DNS name of the domain. */
  readonly onPremisesDomainName?: string;
  readonly onPremisesUserPrincipalName?: string;
}

/** On whose behalf Graph is asked. */
export interface GraphQuestion {
  /** UUID; goes out as `client-request-id`. */
  readonly id: string;
  /** Its reason is thrown. */
  readonly signal: AbortSignal;
}

/**
 * The look-ups that sign-ins need. Names are any text, hostile text too; they reach Graph only escaped. Whether what
 * was found is what was meant is for the caller to compare.
 *
 * Every method throws {@link GraphUnavailable} (faults.ts) and the signal's reason.
 */
export interface Graph {
  /** The user with this user principal name in the cloud. */
  userByPrincipalName(upn: string, question: GraphQuestion): Promise<GraphUser | undefined>;
  /** Users with this user principal name in their Active Directory. */
  usersByOnPremisesPrincipalName(upn: string, question: GraphQuestion): Promise<readonly GraphUser[]>;
  /** Users with this sAMAccountName, in whatever domain. The index behind it is eventually consistent. */
  usersBySamAccountName(name: string, question: GraphQuestion): Promise<readonly GraphUser[]>;
  /**
   * Which of these groups the user is in, directly or through other groups. Ids are GUIDs in lower case, any number.
   * A group that Graph itself calls missing is left out, for up to ten seconds after it was asked for that group;
   * nothing else is ever left out, and what Graph refuses without such a group is `graph-refused`. `gone`: there is no
   * such user any more.
   */
  memberOf(
    userId: string,
    groupIds: readonly string[],
    question: GraphQuestion,
  ): Promise<ReadonlySet<string> | 'gone'>;
}
