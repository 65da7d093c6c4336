import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import type { BridgeConsole } from '../sign-in/bridge-console.ts';
import { type ClientSurroundings, openFirst, type RadiusClient } from '../sign-in/client.ts';
import { type AccessRequest, encodeAccessRequest } from '../sign-in/request.ts';
import { attributesOf, sendsPassword } from '../sign-in/shapes.ts';
import { endpointText } from '../sign-in/show.ts';
import { ownAddresses, serverFor, type Target, targetAt } from '../sign-in/target.ts';
import type { PhoneMode } from '../stand-ins/phone.ts';

/** How long is waited, in milliseconds: for a reply, for a decision to be told of, until silence counts as such. */
const PATIENCE = { reply: 10_000, decision: 2_000, silence: 2_500 } as const;
const LOOK_EVERY = 20;

/** A sign-in that a row plays. */
export interface Part {
  /** The RADIUS client, by its name in the configuration. */
  readonly client: string;
  readonly user: string;
  readonly password?: string;
  /** An address to send from instead of the client's. */
  readonly from?: string;
  /** What happens to the packet on its way. */
  readonly tamper?: (octets: Buffer) => void;
  /** Whether silence is expected, which takes less patience than a reply that must not be missed. */
  readonly silence?: true;
}

/** What a row of the demo plays on. */
export interface Stage {
  /** Sends a sign-in once and says what came of it: `Access-Reject, wrong-password`, or `silence`. */
  signIn(part: Part): Promise<string>;
  /** Sends three requests of their own for one attempt, two at once and one after: as clients retry, with new identifiers. */
  retry(part: Part): Promise<string>;
  /** Sends the same datagram three times at once, and once more after the answer. */
  retransmit(part: Part): Promise<string>;
  /** What becomes of prompts by themselves from now on; `ringFor` in milliseconds. */
  setPhone(mode: PhoneMode, ringFor?: number): Promise<void>;
  stopFunctions(): Promise<void>;
  startFunctions(): Promise<void>;
  stopGraph(): Promise<void>;
  startGraph(): Promise<void>;
  /** What the bridge has used so far. */
  used(): Promise<Used>;
  /** Leaves the bridge as it was found. */
  leave(): Promise<void>;
}

export interface Used {
  /** How often a phone rang. */
  readonly prompts: number;
  /** Calls that the stand-in of Key Vault has answered, also those that it refused. */
  readonly vaultCalls: number;
  /** How often Entra was asked whether a password is right. */
  readonly passwordChecks: number;
  /** Calls that all stand-ins of Azure's services have answered, but for telemetry. */
  readonly cloudCalls: number;
}

/** This machine or this bridge does not have what the row needs. */
export class StageUnfit extends Error {}

/** Sets the stage at a bridge. */
export async function setStage(bridge: BridgeConsole, surroundings: ClientSurroundings): Promise<Stage> {
  const view = await bridge.view();
  const found = await bridge.phone.state();
  let functionsStopped = false;
  let graphStopped = false;
  let phoneSet = false;

  async function play<T>(part: Part, act: (scene: Scene) => Promise<T>): Promise<T> {
    const target = targetAt(view, part.client, ownAddresses());
    if (typeof target === 'string') throw new StageUnfit(target);
    const server = part.from === undefined ? target.server : serverFor(view.auth, part.from);
    const client = await openFirst(part.from === undefined ? target.from : [part.from], surroundings);
    if (client === undefined || server === undefined)
      throw new StageUnfit(`not from ${part.from ?? target.from.join()}`);
    try {
      const request = requestOf(part, target);
      part.tamper?.(request.octets);
      const duration = part.silence ? PATIENCE.silence : PATIENCE.reply;
      const send = () => client.send(request, server, { initial: 1, longest: 1, count: 0, duration });
      return await act({ client, request, server, send });
    } finally {
      await client.close();
    }
  }

  /** The functions tell of a decision at about the time of its reply. */
  async function reasonsOf({ client, request }: Scene): Promise<string[]> {
    const { clock } = surroundings;
    const until = clock.monotonic() + PATIENCE.decision;
    for (;;) {
      const records = await bridge.decisions();
      const reasons = records.flatMap((record) => reasonAbout(record, endpointText(client.local), request));
      if (reasons.length > 0 || clock.monotonic() > until) return reasons;
      await pause(surroundings, LOOK_EVERY);
    }
  }

  const signIn = (part: Part) =>
    play(part, async (scene) => {
      const exchange = await scene.send();
      if (exchange.kind === 'silence') return ['silence', ...exchange.refused].join(', ');
      return [exchange.reply.outcome, ...(await reasonsOf(scene))].join(', ');
    });

  return {
    signIn,

    async retry(part) {
      const outcomes = await Promise.all([signIn(part), signIn(part)]);
      outcomes.push(await signIn(part));
      const each = [...new Set(outcomes)];
      return each.length === 1 ? `${each[0]}, ${outcomes.length} times` : each.join(' or ');
    },

    retransmit: (part) =>
      play(part, async (scene) => {
        const answered = scene.send();
        await scene.client.throwAway(scene.request.octets, scene.server);
        await scene.client.throwAway(scene.request.octets, scene.server);
        const [first, again] = [await answered, await scene.send()];
        if (first.kind === 'silence' || again.kind === 'silence') return 'silence';
        const same = first.reply.octets.equals(again.reply.octets) ? 'the same reply again' : 'another reply';
        const { length } = await reasonsOf(scene);
        return `${first.reply.outcome}, ${length === 1 ? '1 decision' : `${length} decisions`}, ${same}`;
      }),

    async setPhone(mode, ringFor) {
      phoneSet = true;
      await bridge.phone.set(mode, ringFor);
    },

    async stopFunctions() {
      functionsStopped = true;
      await bridge.stopFunctions();
    },

    async startFunctions() {
      await bridge.startFunctions();
      functionsStopped = false;
    },

    async stopGraph() {
      graphStopped = true;
      await bridge.stopGraph();
    },

    async startGraph() {
      await bridge.startGraph();
      graphStopped = false;
    },

    async used() {
      const { standIns, prompts } = await bridge.counts();
      const { passwordRight, passwordWrong, passwordRefused } = standIns.entra;
      // Telemetry goes when it goes, whichever row is being played.
      const { ingestion: _, ...asked } = standIns;
      return {
        prompts,
        vaultCalls: total(standIns.keyVault),
        passwordChecks: passwordRight + passwordWrong + passwordRefused,
        cloudCalls: total(asked),
      };
    },

    async leave() {
      if (phoneSet) await bridge.phone.set(found.mode, found.ringFor);
      if (graphStopped) await bridge.startGraph();
      if (functionsStopped) await bridge.startFunctions();
    },
  };
}

interface Scene {
  readonly client: RadiusClient;
  readonly request: AccessRequest;
  readonly server: Target['server'];
  readonly send: () => ReturnType<RadiusClient['send']>;
}

function requestOf({ user, password }: Part, target: Target): AccessRequest {
  return encodeAccessRequest({
    identifier: randomInt(256),
    authenticator: randomBytes(16),
    secret: target.secret,
    attributes: attributesOf(target.shape, { userName: user, machine: 'DEMO-PC' }),
    ...(password !== undefined && sendsPassword(target.shape) ? { password } : {}),
  });
}

function reasonAbout(record: unknown, from: string, { identifier }: AccessRequest): string[] {
  if (typeof record !== 'object' || record === null) return [];
  const about =
    'from' in record && record.from === from && 'identifier' in record && record.identifier === identifier;
  return about && 'reason' in record ? [String(record.reason)] : [];
}

/** The sum of all numbers in a value. */
function total(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + total(inner), 0);
}

function pause(
  { after }: Pick<ClientSurroundings, 'after'> & { clock: Clock },
  milliseconds: number,
): Promise<void> {
  return new Promise((resolve) => void after(milliseconds, resolve));
}
