import type { RadiusClient } from '../clients/clients.ts';
import type { Directory, User } from '../identity/directory.ts';
import type { Prompts } from '../mfa/prompts.ts';
import type { MfaProvider } from '../mfa/provider.ts';
import type { Policies, TraceStep } from '../policy/model.ts';
import type { AuthenticationMethod } from '../radius/methods/method.ts';
import type { Packet } from '../radius/packet.ts';
import type { SharedSecret } from '../radius/secret.ts';
import type { MfaTrace, PasswordTrace } from '../records/decision.ts';
import type { Trace } from '../records/trace.ts';

/** One sign-in: a proven Access-Request and all that is needed to decide it. */
export interface SignIn {
  /** UUID; goes to every system that is asked. */
  readonly id: string;
  readonly packet: Packet;
  /** The secret that proved the packet, which also hides its password. */
  readonly secret: SharedSecret;
  readonly client: RadiusClient;
  readonly policies: Policies;
  /** By name. */
  readonly directories: ReadonlyMap<string, Directory>;
  /** Absent where the configuration has no "mfa"; no policy requires it then. */
  readonly mfa: Mfa | undefined;
  readonly prompts: Prompts;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds that the client still waits. */
  left(): number;
  /** Aborts when the client has stopped waiting or another instance has taken the packet over. */
  readonly signal: AbortSignal;
  readonly trace: Trace;
  /** What has been found out so far, for the record. */
  readonly found: Found;
}

/** How a second factor is asked for. */
export interface Mfa {
  readonly provider: MfaProvider;
  /** Milliseconds from begin after which a prompt without an outcome is over. */
  readonly promptWindow: number;
  /** No prompt is begun when its client waits for fewer milliseconds than these. */
  readonly minimumWait: number;
}

export interface Found {
  method?: AuthenticationMethod;
  connectionRequestPolicy?: string;
  networkPolicy?: string;
  user?: User;
  password?: PasswordTrace;
  mfa?: MfaTrace;
  /** What became of each policy, where the policies rejected the request. */
  policies?: readonly TraceStep[];
}
