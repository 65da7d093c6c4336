import type { Endpoint } from '../relay-call/source.ts';
import type { LocalClient, LocalConfiguration } from './configuration.ts';
import type { Decisions } from './decisions.ts';
import type { StartRefused } from './faults.ts';
import type { Item } from './stand-ins/ingestion.ts';
import type { OpenPrompt, PhoneAction, PhoneMode, PhoneState } from './stand-ins/phone.ts';
import type { Script } from './stand-ins/script.ts';
import type { StandInCounts, StandInName } from './stand-ins/stand-ins.ts';

/** A line that a program of the bridge told. `text` is mostly one JSON object. */
export interface BridgeLine {
  readonly program: string;
  readonly level: string;
  readonly text: string;
}

/** Where everything listens. */
export interface BridgeAddresses {
  readonly auth: readonly Endpoint[];
  readonly acct: readonly Endpoint[];
  /** The functions app as the relay calls it. */
  readonly functions: string;
  readonly keyVault: string;
  readonly managedIdentity: string;
  readonly entra: string;
  readonly mfaConnector: string;
  readonly graph: string;
  /** Where Application Insights takes telemetry. */
  readonly applicationInsights: string;
  /** Azurite's tables; absent while the store is in memory. */
  readonly store?: string;
  readonly console: string;
  /** The page with the phone on it. */
  readonly phone: string;
}

/** What was counted so far. */
export interface BridgeCounts {
  /** Calls that each stand-in answered, by kind. */
  readonly standIns: StandInCounts;
  /** The relay's counters. */
  readonly relay: unknown;
  readonly decisions: number;
  /** How often a phone rang, all users together. */
  readonly prompts: number;
}

/** The phone of every user, which this process only drives: it lies with the stand-ins. */
export interface PhoneControl {
  state(): Promise<PhoneState>;
  /** False when no such prompt is open any more. */
  answer(id: OpenPrompt['id'], action: PhoneAction): Promise<boolean>;
  /** What happens to prompts by themselves from now on; `ringFor` in milliseconds. In effect when it resolves. */
  set(mode: PhoneMode, ringFor?: number): Promise<void>;
}

/** A bridge that runs. */
export interface Bridge {
  readonly addresses: BridgeAddresses;
  readonly clients: readonly LocalClient[];
  readonly example: LocalConfiguration['example'];
  readonly exampleInEntra: LocalConfiguration['exampleInEntra'];
  readonly ringing: LocalConfiguration['ringing'];
  /** It runs with the embedded configuration, whose passwords and secrets everybody knows. */
  readonly embedded: boolean;
  /** What happens to prompts by themselves at the start; undefined where the configuration has nothing that prompts. */
  readonly mfa: PhoneMode | undefined;
  readonly runDirectory: string;
  readonly runFile: string;
  /** Process ids. */
  pids(): {
    readonly relay: number;
    readonly frontEnd: number;
    readonly functions: readonly number[];
    readonly standIns: number;
    /** Absent while the store is in memory. */
    readonly store?: number;
  };
  readonly decisions: Pick<Decisions, 'recent' | 'count'>;
  counts(): Promise<BridgeCounts>;
  readonly phone: PhoneControl;
  /** Ends the functions hosts as a crash would: calls in work are broken off, further ones meet a 503 page. */
  stopFunctions(): Promise<void>;
  /** Starts them again; they answer when this resolves. */
  startFunctions(): Promise<void>;
  /** Closes the port of Graph's stand-in: connections are refused. */
  stopGraph(): Promise<void>;
  startGraph(): Promise<void>;
  /** Refuses connections to the store, which loses nothing of what it holds. Rejects with StoreInMemory where it has no address. */
  stopStore(): Promise<void>;
  startStore(): Promise<void>;
  /** Writes a new version of bridge.json, whatever it holds; the functions find it when they next look. */
  configure(bridgeJson: string): Promise<void>;
  /** The loopback ports of the functions hosts, which the front end calls by plain HTTP/1.1. */
  instances(): readonly number[];
  /** What Application Insights' stand-in got last, the oldest first. */
  telemetry(): Promise<readonly Item[]>;
  /** Tells a stand-in how to behave from now on. */
  script(name: StandInName, script: Script): Promise<void>;
  /** Resolves when the bridge has ended: to undefined after `close`, else to why it ended by itself. */
  readonly ended: Promise<StartRefused | undefined>;
  /** Ends everything that was started and removes the run directory. */
  close(): Promise<void>;
}
