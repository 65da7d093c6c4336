import { registerHooks } from 'node:module';

/**
 * What the `@azure/functions` library asks of the module `@azure/functions-core`, which the language worker
 * of Azure provides: only what the library's own source calls (its folder `src`, version 4.16).
 */
export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
}

/** One trigger, input or output of a function, in the worker's own words. */
export interface Binding {
  readonly type: string;
  readonly direction: 'in' | 'out';
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
  readonly schedule?: string;
  readonly runOnStartup?: boolean;
}

/** A value as it travels between host and worker: one of its fields is set. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
}

/** A request (method, url, params) or a response (statusCode) as it travels between host and worker. */
export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: TypedData | null;
  readonly statusCode?: string;
}

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** What the library needs for one invocation. `state` tells it that hooks may still log. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: {
    readonly invocationId: string;
    readonly inputData: ReadonlyArray<{ readonly name: string; readonly data: TypedData }>;
    readonly traceContext: { readonly traceParent: string; readonly traceState: string };
  };
  state: 'preInvocationHooks' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

export type FunctionCallback = (...inputs: unknown[]) => unknown;

/** The library's own conversion between the host's words and what a handler sees. */
export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<{ returnValue?: TypedData | null }>;
}

/** The library, seen from the worker. */
export interface ProgrammingModel {
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

/** The library hands these to the app; disposing one takes the hook back. */
export interface Registered {
  dispose(): void;
}

export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log';
export type HookCallback = (context: Record<string, unknown>) => unknown;

/** What an app has registered with the library. */
export interface Registration {
  model: ProgrammingModel | undefined;
  readonly functions: Array<{ readonly metadata: FunctionMetadata; readonly callback: FunctionCallback }>;
  readonly hooks: Map<string, HookCallback[]>;
}

/** The one registration of this process: the library is told of it through module state, as in the worker. */
export const registration: Registration = { model: undefined, functions: [], hooks: new Map() };

/** Called by the library before the first function registers. */
export function setProgrammingModel(model: ProgrammingModel): void {
  registration.model = model;
}

/**
 * Called by the library for each `app.http`, `app.timer` and so on.
 *
 * @throws Error when the name is taken, as the worker does.
 */
export function registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Registered {
  const name = metadata.name.toLowerCase();
  if (registration.functions.some((known) => known.metadata.name.toLowerCase() === name)) {
    throw new Error(`A function named '${metadata.name}' is registered twice.`);
  }
  registration.functions.push({ metadata, callback });
  return { dispose: () => undefined };
}

/** Called by the library for each `app.hook.*`. */
export function registerHook(name: string, callback: HookCallback): Registered {
  const hooks = registration.hooks.get(name) ?? [];
  hooks.push(callback);
  registration.hooks.set(name, hooks);
  return {
    dispose: () =>
      registration.hooks.set(
        name,
        (registration.hooks.get(name) ?? []).filter((known) => known !== callback),
      ),
  };
}

/** Runs the hooks of one kind in the order of their registration. */
export async function runHooks(name: HookName, context: Record<string, unknown>): Promise<void> {
  for (const hook of registration.hooks.get(name) ?? []) await hook(context);
}

let systemLog: (level: LogLevel, category: string, message: string) => void = () => undefined;

/** Says where lines go that the library logs outside of an invocation. */
export function setSystemLog(sink: typeof systemLog): void {
  systemLog = sink;
}

/** Called by the library for lines of its own. */
export function log(level: LogLevel, category: string, message: string): void {
  systemLog(level, category, message);
}

/**
 * Makes this very module the answer to `require('@azure/functions-core')`, which exists nowhere on disk: the
 * library looks for it lazily and registers nothing when it is missing.
 */
export function provideCore(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@azure/functions-core'
        ? { url: import.meta.url, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
  });
}
