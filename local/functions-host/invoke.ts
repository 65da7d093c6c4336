import { randomBytes, randomUUID } from 'node:crypto';
import type {
  CoreInvocationContext,
  FunctionCallback,
  FunctionMetadata,
  LogLevel,
  TypedData,
} from './core.ts';
import { registration, runHooks } from './core.ts';

/** A line that an app or the library logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly category: string;
  readonly message: string;
  readonly invocationId?: string;
  readonly functionName?: string;
}

/** A registered function with the binding that starts it. */
export interface Triggered {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** What lives as long as the app: hook data that all hooks share, and where log lines go. */
export interface App {
  readonly hookData: Record<string, unknown>;
  log(line: LogLine): void;
}

/**
 * Runs one function the way the language worker does: the library's own conversion in and out, hooks around.
 *
 * @returns the function's return value in the worker's words.
 * @throws what the handler or a hook throws, after it has been logged.
 */
export async function invoke(
  app: App,
  triggered: Triggered,
  trigger: { name: string; data: TypedData },
  trace: { parent: string | undefined; state: string },
): Promise<TypedData | null | undefined> {
  const { model } = registration;
  if (!model) throw new Error('No programming model is set.');
  const { metadata } = triggered;
  const invocationId = randomUUID();
  const log = (level: LogLevel, category: string, message: string) =>
    app.log({ level, category, message, invocationId, functionName: metadata.name });
  const core: CoreInvocationContext = {
    invocationId,
    metadata,
    request: {
      invocationId,
      inputData: [trigger],
      traceContext: { traceParent: continueTrace(trace.parent), traceState: trace.state },
    },
    state: undefined,
    log,
  };
  try {
    const invocation = model.getInvocationModel(core);
    const { context, inputs } = await invocation.getArguments();
    const shared = { hookData: {}, appHookData: app.hookData, invocationContext: context };
    const before = { ...shared, inputs, functionCallback: triggered.callback };
    core.state = 'preInvocationHooks';
    await runHooks('preInvocation', before);
    core.state = undefined;
    const after: { result: unknown; error: unknown } = { result: undefined, error: undefined };
    try {
      after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('A handler threw nothing.');
    }
    const seen = { ...shared, ...after, inputs: before.inputs };
    core.state = 'postInvocationHooks';
    await runHooks('postInvocation', seen);
    core.state = undefined;
    if (seen.error) throw seen.error;
    return (await invocation.getResponse(context, seen.result)).returnValue;
  } catch (error) {
    log('error', 'system', error instanceof Error ? (error.stack ?? error.message) : String(error));
    throw error;
  }
}

/** The host opens a span of its own under the caller's trace (W3C Trace Context §3.2), or a new trace. */
function continueTrace(parent: string | undefined): string {
  const found = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(parent ?? '');
  const valid = found && !/^0+$/.test(found[1] ?? '') && !/^0+$/.test(found[2] ?? '');
  const trace = valid ? found[1] : randomBytes(16).toString('hex');
  return `00-${trace}-${randomBytes(8).toString('hex')}-${valid ? found[3] : '00'}`;
}
