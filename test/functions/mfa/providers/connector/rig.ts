import { onTestFinished } from 'vitest';
import { TokenUnavailable } from '../../../../../functions/entra/faults.ts';
import type { TokenSource } from '../../../../../functions/entra/token.ts';
import type { Watched } from '../../../../../functions/mfa/provider.ts';
import {
  type ConnectorParts,
  connectorProvider,
} from '../../../../../functions/mfa/providers/connector/provider.ts';
import { manualTime } from '../../../store/time.ts';
import { attemptOf } from './answers.ts';
import { type Answer, connectorServer } from './server.ts';

export const PATIENCE = 60_000;

/** Tokens in turn, and what became of them. */
export function tokens(
  ...given: (string | Error)[]
): TokenSource & { readonly discarded: string[]; asked(): number } {
  const discarded: string[] = [];
  let asked = 0;
  return {
    discarded,
    asked: () => asked,
    async get(signal) {
      signal.throwIfAborted();
      const token = given[asked] ?? new TokenUnavailable('entra-unreachable', '');
      asked += 1;
      if (typeof token !== 'string') throw token;
      return token;
    },
    discard: (token) => {
      discarded.push(token);
    },
  };
}

/** A provider in front of a server that answers so, with time that is moved by hand. */
export async function rigged(
  answers: readonly Answer[],
  x: Partial<ConnectorParts> & { readonly tls?: { readonly key: string; readonly cert: string } } = {},
) {
  const { tls, ...parts } = x;
  const server = await connectorServer(answers, tls);
  onTestFinished(() => server.close());
  const time = manualTime();
  const provider = connectorProvider({
    connectorUrl: server.url,
    token: tokens('token-1', 'token-2'),
    language: 'en-us',
    patience: PATIENCE,
    clock: time.clock,
    sleep: time.sleep,
    ...parts,
  });

  async function begin(attempt = attemptOf(), signal = new AbortController().signal) {
    const begun = await provider.begin(attempt, signal);
    if (begun.kind !== 'begun') throw new Error(`not begun: ${begun.code}`);
    return begun;
  }
  return {
    server,
    time,
    provider,
    begin,
    /** Begins, and how it ended. */
    ask: async (attempt = attemptOf()): Promise<Watched> => (await begin(attempt)).watch(),
  };
}
