import { CLOUDS } from '../../../functions/entra/clouds.ts';
import { graph } from '../../../local/stand-ins/graph.ts';
import type { Group } from '../../../local/stand-ins/groups.ts';
import { type Listener, listener } from '../../../local/stand-ins/listener.ts';
import type { Person } from '../../../local/stand-ins/people.ts';
import { stage } from '../../../local/stand-ins/script.ts';
import { tokenIssuer } from '../../../local/stand-ins/tokens.ts';
import { systemClock } from '../../../relay-call/clock.ts';

const GRAPH_AUDIENCE: string = CLOUDS.public.graphResource;

/** A GUID that ends with this number. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export interface GraphReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What stands behind `Bearer`, by default a good token. */
  readonly token?: string;
}

export const ADVANCED = { consistencylevel: 'eventual' };

/** The stand-in behind a listener of its own. */
export async function servingGraph(x: {
  readonly people?: readonly Person[];
  readonly groups?: readonly Group[];
  readonly allowed?: 'allowed' | 'no-users' | 'no-groups';
  readonly pageSize?: number;
}) {
  const { people = [], groups = [], ...rest } = x;
  const issuer = tokenIssuer(systemClock);
  const script = stage();
  const url = () => `${door.url()}/v1.0`;
  const served = graph({
    issuer,
    audience: GRAPH_AUDIENCE,
    people,
    groups,
    stage: script,
    clock: systemClock,
    url,
    ...rest,
  });
  const door: Listener = listener({ host: '127.0.0.1', port: 0, answer: served.answer });
  await door.accept();

  function token(audience = GRAPH_AUDIENCE, lifetime = 60): string {
    return issuer.issue({ audience, appId: 'app', lifetime }).token;
  }

  /** `path` is below `/v1.0`, percent-encoded; a whole URL is taken, too. */
  async function ask(path: string, asking: Asking = {}): Promise<GraphReply> {
    const { token: bearer = token(), headers = {}, ...others } = asking;
    const response = await fetch(path.startsWith('http') ? path : `${url()}${path}`, {
      ...others,
      headers: { authorization: `Bearer ${bearer}`, ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  return { ...served, ask, token, url, script, close: () => door.refuse() };
}

export type ServedGraph = Awaited<ReturnType<typeof servingGraph>>;

/** A POST of JSON. */
export function posting(body: unknown): Asking {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** The `error` of an answer: status and code. */
export function errorOf(reply: GraphReply): readonly unknown[] {
  const { error } = reply.body as { error?: { code?: unknown } };
  return [reply.status, error?.code];
}

/** The members of `value`, picked. */
export function valuesOf(reply: GraphReply, member: string): readonly unknown[] {
  const { value } = reply.body as { value: readonly Record<string, unknown>[] };
  return value.map((one) => one[member]);
}
