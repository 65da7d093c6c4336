import { app, type HttpHandler, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { MAX_PACKET } from '../../relay-call/framing.ts';
import { type BridgeOrFault, refusalFacts } from '../bridge.ts';
import { type CallAnswer, refused, unavailable } from '../exchange/answer.ts';
import type { LimitedLog } from '../records/log.ts';
import type { Telemetry } from '../records/telemetry.ts';
import { invocationLogs } from './invocation.ts';

/** `POST /api/radius`: one RADIUS packet, signed by a relay. The signature is the only key this door has. */
export function registerRadius(bridge: BridgeOrFault, telemetry: Telemetry, limited: LimitedLog): void {
  app.http('radius', {
    methods: ['POST'],
    authLevel: 'anonymous',
    route: 'radius',
    handler: radiusHandler(bridge, telemetry, limited),
  });
}

/**
 * What happens at that door. Never throws.
 *
 * @param limited for what is wrong with the settings: strangers can call, too, and it need not be told for each
 */
export function radiusHandler(bridge: BridgeOrFault, telemetry: Telemetry, limited: LimitedLog): HttpHandler {
  return async (request, context) => {
    const logs = invocationLogs(context, telemetry);
    try {
      return toResponse(await answer(request, logs, limited, bridge));
    } catch (error) {
      // Whatever it was: no packet is answered, and neither the request nor a library's message is told.
      logs.error({ event: 'unexpected-fault', fault: nameOf(error), at: placeOf(error) });
      return toResponse(unavailable('unexpected-fault', true, 5));
    }
  };
}

async function answer(
  request: HttpRequest,
  { log, error }: ReturnType<typeof invocationLogs>,
  limited: LimitedLog,
  bridge: BridgeOrFault,
): Promise<CallAnswer> {
  if (bridge instanceof Error) {
    limited(error, bridge.code, { event: 'settings-refused', ...refusalFacts(bridge) });
    return unavailable('settings-refused', false, 30);
  }
  // A declared length is looked at before the body is read into memory.
  if (Number(request.headers.get('content-length') ?? 0) > MAX_PACKET) {
    return refused('body-too-large', Date.now());
  }
  const url = new URL(request.url);
  return await bridge.exchange(
    {
      method: request.method,
      path: url.pathname,
      query: url.search,
      header: (name) => request.headers.get(name) ?? undefined,
      body: new Uint8Array(await request.arrayBuffer()),
    },
    log,
  );
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}

/** The topmost line of the stack that names a place in code; never the message. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return /\n\s+at [^\n]*/.exec(error.stack ?? '')?.[0].trim() ?? '';
}

function toResponse({ status, headers, body }: CallAnswer): HttpResponseInit {
  return body === undefined ? { status, headers } : { status, headers, body };
}
