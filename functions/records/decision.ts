/** One step of a decision: what was looked at, what came of it, how long it took. */
export interface StepTrace {
  /** The step's name, as in docs/reference/decision-record.md. */
  readonly step: string;
  /** What came of it: a code or a name from the configuration, never text from the packet. */
  readonly result: string;
  /** Milliseconds this step took. */
  readonly took: number;
}

/** What became of one policy: it matched, or the first of its conditions that did not hold. */
export interface PolicyTrace {
  readonly policy: string;
  readonly outcome: string;
  /** The condition's place in the policy's `conditions`, from 0, and its key. */
  readonly condition?: number;
  readonly kind?: string;
}

/** What was asked of a second factor, and what came of it. */
export interface MfaTrace {
  /** The attempt's id: that of the decision whose packet began it, and the correlation id that the provider got. */
  readonly attempt: string;
  readonly provider: string;
  /** `joined`: another packet's prompt was open for the same person at the same place. */
  readonly prompt: 'begun' | 'joined';
  /** `approved`, or a code. */
  readonly result: string;
  /** The provider's own code where it is one that we know. */
  readonly detail?: string;
  /** What shows the approval: ids and times, never a token or a code. */
  readonly proof?: {
    readonly method: string;
    readonly userObjectId: string;
    /** ISO 8601 in UTC. */
    readonly at: string;
    readonly evidence: Readonly<Record<string, string>>;
  };
}

/** What a directory that is asked over the network said to the password. */
export interface PasswordTrace {
  /** The correlation id that it got: that of the decision that asked, which may be an earlier one's. */
  readonly question: string;
  /** The answer to an earlier question was used, or to one that was under way. */
  readonly reused: boolean;
  /** The service's own number, for example `AADSTS50126`. */
  readonly answer?: string;
}

/** How a request ended for the RADIUS client. */
export type Outcome = 'accept' | 'reject' | 'silence';

/**
 * Everything an administrator needs to see why a sign-in ended as it did. One record for each Access-Request whose
 * packet was proven; written to `Store` and, as one JSON line, to the log. It never holds a password, a secret or a
 * code.
 */
export interface DecisionRecord {
  /** UUID; the same in every system that this sign-in touched. */
  readonly id: string;
  /** When the call arrived, ISO 8601 in UTC. */
  readonly time: string;
  readonly relay: string;
  /** The RADIUS client's name in the configuration. */
  readonly client: string;
  /** The sender's address and port. */
  readonly from: string;
  /** The packet's Identifier, to find it in a capture. */
  readonly identifier: number;
  /** Whether the request carried a Message-Authenticator; one that did not match is discarded and has no record. */
  readonly messageAuthenticator: 'valid' | 'absent';
  /** The Key Vault name of the shared secret that proved the packet. */
  readonly secret: string;
  /** User-Name as received; absent when there was none or it was not UTF-8. */
  readonly userName?: string;
  readonly user?: { readonly directory: string; readonly id: string; readonly entraObjectId?: string };
  readonly calledStationId?: string;
  readonly callingStationId?: string;
  /** MS-Machine-Name: the name that the user's computer gives itself (RD Gateway). */
  readonly machine?: string;
  /** How the request authenticates. */
  readonly method?: string;
  readonly connectionRequestPolicy?: string;
  readonly networkPolicy?: string;
  readonly password?: PasswordTrace;
  readonly mfa?: MfaTrace;
  /** Where the policies rejected the request: what became of each, in the order in which they were tried. */
  readonly policies?: readonly PolicyTrace[];
  readonly outcome: Outcome;
  /** A code of `SIGN_IN_REASONS`. */
  readonly reason: string;
  /** The reason code that NPS would log (0 is success). */
  readonly reasonCode: number;
  /** The reason in a sentence that an administrator understands. */
  readonly sentence: string;
  /** A more exact code, from another table of docs/reference/codes.md, where there is one. */
  readonly detail?: string;
  readonly steps: readonly StepTrace[];
  /** Milliseconds from the call's arrival until the decision. */
  readonly duration: number;
  /** Milliseconds that the client would still have waited when the call arrived. */
  readonly deadline: number;
}

/** The name of the records' table in `Store`. */
export const DECISIONS = 'decisions';
