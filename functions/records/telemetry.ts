import type { LogEvent } from './log.ts';

/** Where the app's events go besides its log. */
export interface Telemetry {
  /**
   * Takes an event. It never throws and never waits; what cannot be sent is lost, and the log says how much.
   *
   * @param traceParent of the invocation that it belongs to (W3C Trace Context), so that it joins the request
   */
  tell(event: LogEvent, traceParent?: string): void;
  /** Sends what has been taken so far; resolves when it has gone or cannot go. Never rejects. */
  flush(): Promise<void>;
}

/** For an app without Application Insights. */
export const noTelemetry: Telemetry = { tell() {}, flush: () => Promise.resolve() };
