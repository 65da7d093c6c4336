import type { Load, Outcome } from './senders/messages.ts';
import type { Senders } from './senders/start.ts';

/** Something on 127.0.0.1 that answers RADIUS clients. */
export interface Server {
  readonly name: string;
  readonly port: number;
  readonly secret: string;
  readonly pid: number;
  /** Process ids of what was started beside it for it alone. */
  readonly beside: readonly number[];
  readonly expects: Load['expects'];
}

/** What our relay's clients share with the null backend; the relay never learns it. */
export const SECRET = 'a secret of 26 octets here';

/** What all clients together wait for at most, each with a socket of its own. */
export const OUTSTANDING = 64;

/** In ms; nothing that works takes as long. */
export const PATIENCE = 20_000;

/**
 * @throws Error unless every request was accepted, once
 */
export function allAccepted(name: string, outcome: Outcome): Outcome {
  const { sent, accepted, rejected, lost, twice, wrong } = outcome;
  if (accepted === sent && twice === 0 && wrong === 0) return outcome;
  throw new Error(
    `${name}: of ${sent} requests ${accepted} were accepted, ${rejected} rejected, ${lost} lost; ${twice} answers came twice, ${wrong} were wrong`,
  );
}

/** What senders need to know of a server. */
export const targetOf = ({ port, secret, expects }: Server): Pick<Load, 'port' | 'secret' | 'expects'> => ({
  port,
  secret,
  expects,
});

/** So many requests; a new one goes out when one of `outstanding` is answered. */
export async function closedLoop(
  senders: Senders,
  server: Server,
  count: number,
  outstanding = OUTSTANDING,
): Promise<Outcome> {
  const outcome = await senders.send({
    ...targetOf(server),
    count,
    sockets: OUTSTANDING,
    pace: { outstanding },
    patience: PATIENCE,
    atFault: 'end',
  });
  return allAccepted(server.name, outcome);
}
