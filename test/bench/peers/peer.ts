/** A RADIUS server of somebody else's, running on 127.0.0.1 as something to compare with. */
export interface Peer {
  /** As a row of a table shows it. */
  readonly name: string;
  /** UDP, for authentication. */
  readonly port: number;
  /** What it shares with clients. */
  readonly secret: string;
  /** Of the server itself, whose CPU time and memory count. */
  readonly pid: number;
  /** Process ids of what was started beside it for it alone. */
  readonly beside: readonly number[];
}

/** It cannot run on this machine. */
export interface NotHere {
  /** As a row of a table shows it. */
  readonly name: string;
  /** A sentence that says what is missing and how to get it. */
  readonly missing: string;
}

/** What peers and those who ask them share. */
export const peerSecret = 'a-secret-of-the-bench-32-octets-';
