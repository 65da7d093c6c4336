import type { BridgeLine } from './running-bridge.ts';
import type { PhoneMode } from './stand-ins/phone.ts';
import type { StoreKind } from './store.ts';

/** What a local bridge runs with; everything has a default. */
export interface BridgeOptions {
  /** A bridge.json; a bridge.secrets.json beside it is read too. Default: the embedded one. */
  readonly config?: string;
  /** Where the relay listens: one address of this machine, or `*` for all. Default: loopback. */
  readonly bind?: string;
  /** UDP port for sign-ins; 0 takes a free one. Default 1812. */
  readonly authPort?: number;
  /** UDP port for accounting; 0 takes a free one. Default 1813. */
  readonly acctPort?: number;
  /** TCP port of the console; default 0, a free one. */
  readonly consolePort?: number;
  /** What happens to MFA prompts by themselves; default `phone`: somebody answers them on the page. */
  readonly mfa?: PhoneMode;
  /** A file that gets one JSON line for each decision. */
  readonly decisions?: string;
  /** Where the functions keep what outlives a call. Default memory. */
  readonly store?: StoreKind;
  /** How many functions hosts stand behind the one address; several need a store that they share. Default 1. */
  readonly hosts?: number;
  /**
   * A folder that `npm run package` has made: its programs run instead of those that `npm run build` makes, and
   * bridge.json lies in a versioned blob, as in Azure.
   */
  readonly package?: string;
  /** Gets the record of each decision. */
  readonly decided?: (record: unknown) => void;
  /** Gets what else the programs tell while they run. */
  readonly tell?: (line: BridgeLine) => void;
}
