import type { TokenCredential } from '@azure/identity';
import { type Delivery, deliveryOf, faultOf, type IngestionAnswer, undelivered } from './delivery.ts';
import type { FlatEvent } from './flatten.ts';
import type { TelemetryRole } from './telemetry-settings.ts';
import type { TraceParent } from './trace-parent.ts';

/** An event as it waits to be sent. */
export interface WaitingEvent extends FlatEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly parent: TraceParent | undefined;
}

export interface Sender {
  /** Sends a batch, one at a time: the next when this one has resolved. Never rejects. */
  send(batch: readonly WaitingEvent[]): Promise<Delivery>;
}

export interface SenderParts {
  readonly connectionString: string;
  /** Shows who the app is, where the service wants a token. */
  readonly credential: TokenCredential | undefined;
  readonly role: TelemetryRole;
  /** The app's version. */
  readonly version: string;
  /** For the service's answer, in milliseconds. Default 10 s. */
  readonly patience?: number;
}

type Policy = NonNullable<
  NonNullable<ProviderOptions['azureMonitorExporterOptions']>['additionalPolicies']
>[number]['policy'];
type ProviderOptions = ConstructorParameters<typeof import('./sdk.ts').TelemetryClientProvider>[0];
type Resource = NonNullable<ProviderOptions['resource']>;

/** What came of the request that a batch became. */
interface Outcome {
  answer?: IngestionAnswer;
  fault?: string;
}

/**
 * Sends events by the SDK of Application Insights. Nothing of its own initiative is left on: it collects nothing, writes
 * nothing to disk, and does not try again, which `telemetry-queue.ts` decides; its words about what failed go nowhere,
 * since they hold addresses.
 *
 * @throws where the SDK cannot be loaded, or does not take its settings
 */
export async function createSender(parts: SenderParts): Promise<Sender> {
  const { TelemetryClientProvider } = await import('./sdk.ts');
  // Telemetry about the SDK itself, to its makers; it has no other switch.
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] = 'true';
  let outcome: Outcome = {};
  let parent: TraceParent | undefined;

  const { credential, patience = 10_000 } = parts;
  const watchedCredential: TokenCredential | undefined = credential && {
    async getToken(...asked) {
      const mine = outcome;
      try {
        return await credential.getToken(...asked);
      } catch (error) {
        mine.fault = faultOf(error);
        throw error;
      }
    },
  };
  const watch: Policy = {
    name: 'watch',
    async sendRequest(request, next) {
      // A request that comes back after its batch was given up speaks for no other batch.
      const mine = outcome;
      // The SDK's own timer would keep the process alive after a request that has failed.
      request.abortSignal = AbortSignal.timeout(patience);
      try {
        const response = await next(request);
        const retryAfter = response.headers.get('retry-after');
        mine.answer = { status: response.status, body: response.bodyAsText ?? '', retryAfter };
        return response;
      } catch (error) {
        mine.fault = faultOf(error);
        throw error;
      }
    },
  };
  const provider = new TelemetryClientProvider({
    azureMonitorExporterOptions: {
      connectionString: parts.connectionString,
      ...(watchedCredential && { credential: watchedCredential }),
      disableOfflineStorage: true,
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [{ policy: watch, position: 'perCall' }],
    },
    tracesPerSecond: 0,
    resource: resourceOf(parts),
    logRecordProcessors: [
      {
        // The events of one batch come from many invocations, and none of them is the present one.
        onEmit(record) {
          if (parent !== undefined) record.spanContext = { ...parent, traceFlags: 1 };
        },
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const logger = provider.getLogger('radius-bridge');

  return {
    async send(batch) {
      const mine: Outcome = {};
      outcome = mine;
      for (const event of batch) {
        parent = event.parent;
        logger.emit({
          timestamp: event.time,
          attributes: { ...event.properties, 'microsoft.custom_event.name': event.name },
          body: { measurements: event.measurements },
        });
      }
      await provider.flush();
      if (mine.answer !== undefined) return deliveryOf(mine.answer, batch.length);
      return undelivered(batch.length, mine.fault ?? 'timeout');
    },
  };
}

/** Without an instance of its own, the SDK would tell the machine's name. */
function resourceOf({ role, version }: SenderParts): Resource {
  const resource: Resource = {
    attributes: {
      'service.name': role.name,
      'service.instance.id': role.instance,
      'service.version': version,
    },
    merge: () => resource,
    getRawAttributes: () => [],
  };
  return resource;
}
