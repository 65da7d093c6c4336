/** A group of the stand-ins' tenant. */
export interface Group {
  /** A GUID. */
  readonly objectId: string;
  readonly displayName: string;
  /** Default true. */
  readonly securityEnabled?: boolean;
  /** Object ids of people and of groups. */
  readonly members: readonly string[];
}
