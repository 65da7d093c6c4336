/** A person as Entra knows them: ids that stay, and the name that its services ask for. */
export interface EntraUser {
  readonly objectId: string;
  readonly tenantId: string;
  /** The cloud UPN. */
  readonly upn: string;
}

/**
 * One attempt to prove, by a second factor, who is signing in. It is a durable record and no part of an invocation: it
 * holds what a person would be shown, a deadline, and by its place in `Store` room for an outcome that comes late.
 */
export interface Attempt {
  /** UUID: the id of the decision whose packet began it, and the correlation id that the provider is given. */
  readonly id: string;
  readonly user: EntraUser;
  /** The RADIUS client's name. */
  readonly client: string;
  /** MS-Machine-Name, as the user's computer calls itself. */
  readonly machine?: string;
  /** Calling-Station-Id. */
  readonly station?: string;
  /** The name of the provider that was asked. */
  readonly provider: string;
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** Milliseconds since the epoch at which its window ends, if no outcome has ended it before. */
  readonly deadline: number;
}
