import type { AccessServerType, AuthenticationMethod, MfaRule } from '../config/schema-policy.ts';
import { ACCESS_SERVER_TYPES } from '../config/schema-policy.ts';
import type { ReplyAttribute } from '../radius/reply-attribute.ts';

/**
 * What conditions are about, before the user is known. Getters may read lazily: they are asked when a
 * condition first needs them, and what they gave is kept for that evaluation.
 */
export interface RequestFacts {
  /** The RADIUS client's name in the configuration. */
  readonly client: string;
  /** See `accessServerTypeOf`. */
  readonly accessServerType: number;
  /** User-Name as text, as received: conditions come before anything reads or changes it. None or one. */
  readonly userName: readonly string[];
  /** NAS-Port-Type. */
  readonly nasPortType: number | undefined;
  /** Every Called-Station-Id of the request as text; none when there is none. */
  readonly calledStationId: readonly string[];
  /** Every Calling-Station-Id of the request as text. */
  readonly callingStationId: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The same once the user is known. */
export interface SignInFacts extends RequestFacts {
  /** The names of all groups that the user is in. Letter case does not count. */
  readonly groups: readonly string[];
  readonly method: AuthenticationMethod;
}

/** A compiled entry of `connectionRequestPolicies`. */
export interface ConnectionRequestPolicy {
  readonly name: string;
  readonly authentication:
    | { readonly kind: 'directory'; readonly directory: string }
    | { readonly kind: 'accept-without-validating' };
  /** Attributes of the Access-Accept, in the order in which they are written. */
  readonly attributes: readonly ReplyAttribute[];
}

/** A compiled entry of `networkPolicies`. */
export interface NetworkPolicy {
  readonly name: string;
  readonly accessServerType: AccessServerType;
  readonly permission: 'grant' | 'deny';
  readonly authenticationMethods: readonly AuthenticationMethod[];
  /** `required`: who is granted access has proved themselves by a second factor, too. */
  readonly mfa: MfaRule;
  readonly attributes: readonly ReplyAttribute[];
}

/** Why policies reject a request. */
export const POLICY_REJECTS = {
  'no-connection-request-policy': 'The request did not match any connection request policy.',
  'no-network-policy': 'The request did not match any network policy.',
  'network-policy-denies': 'The network policy that matched denies access.',
  'method-not-allowed':
    'The network policy that matched does not allow the authentication method of the request.',
} as const;
export type PolicyReject = keyof typeof POLICY_REJECTS;

/** The reason codes that NPS gives in these cases (nps-policy.md §7). */
export const POLICY_REASONS: Readonly<Record<PolicyReject, number>> = {
  'no-connection-request-policy': 49,
  'no-network-policy': 48,
  'network-policy-denies': 65,
  'method-not-allowed': 66,
};

/** What the network policies say. A rejection names the policy that matched, if any did. */
export type NetworkDecision =
  | { readonly kind: 'granted'; readonly policy: NetworkPolicy }
  | {
      readonly kind: 'rejected';
      readonly code: Exclude<PolicyReject, 'no-connection-request-policy'>;
      readonly policy?: NetworkPolicy;
    };

/** What became of one policy: for explanations, in the order in which policies are tried. */
export type TraceStep =
  | { readonly policy: string; readonly outcome: 'matched' }
  | {
      readonly policy: string;
      readonly outcome: 'failed';
      /** The first condition that did not hold: its place in `conditions`, and its key. */
      readonly condition: number;
      readonly kind: string;
    }
  | { readonly policy: string; readonly outcome: 'other-access-server-type' };

/** The policies of one configuration, compiled. Nothing here waits or throws. */
export interface Policies {
  /** The first connection request policy whose conditions all hold. */
  connectionRequest(facts: RequestFacts): ConnectionRequestPolicy | undefined;
  /**
   * The first network policy whose conditions all hold decides: by its permission, then by its constraints. Policies
   * for the request's own type of access server are tried before those for every type.
   */
  network(facts: SignInFacts): NetworkDecision;
  /** The same evaluation once more, step by step, up to the policy that matched. */
  explainConnectionRequest(facts: RequestFacts): readonly TraceStep[];
  explainNetwork(facts: SignInFacts): readonly TraceStep[];
}

/**
 * The type of access server of a request.
 *
 * @param received MS-Network-Access-Server-Type, where the request has it.
 * @param preset what the client's profile says otherwise.
 */
export function accessServerTypeOf(received: number | undefined, preset: AccessServerType): number {
  return received ?? ACCESS_SERVER_TYPES.indexOf(preset);
}
