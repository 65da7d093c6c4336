import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { systemClock } from '../../relay-call/clock.ts';
import { listen } from '../listen.ts';
import { registration, runHooks, setSystemLog } from './core.ts';
import { createGate } from './gate.ts';
import type { App } from './invoke.ts';
import { loadApp, readHostSettings } from './load.ts';
import type { FromFunctionsHost, ToFunctionsHost } from './messages.ts';
import { createFunctionsServer } from './server.ts';
import type { Timers } from './timers.ts';
import { startTimers } from './timers.ts';

const app: App = {
  hookData: {},
  log: (line) => tell({ type: 'log', line }),
};
let running: { server: Server; timers: Timers } | undefined;

function tell(message: FromFunctionsHost, then?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
  else then?.();
}

async function start(packageFile: string, hostFile: string): Promise<void> {
  setSystemLog((level, category, message) => app.log({ level, category, message }));
  const settings = readHostSettings(await readFile(hostFile, 'utf8'));
  const functions = await loadApp(packageFile);
  await registration.model?.getCapabilities({});
  await runHooks('appStart', { hookData: app.hookData, appHookData: app.hookData });
  const server = createFunctionsServer({
    app,
    functions,
    routePrefix: settings.routePrefix,
    gate: createGate({
      concurrent: settings.maxConcurrentRequests,
      outstanding: settings.maxOutstandingRequests,
    }),
  });
  const timers = startTimers({
    app,
    functions,
    settings: process.env,
    clock: systemClock,
    after: (delay, then) => {
      const timer = setTimeout(then, delay);
      return () => clearTimeout(timer);
    },
  });
  running = { server, timers };
  const port = await listen(server, '127.0.0.1', 0);
  tell({ type: 'ready', port, functions: functions.map(({ metadata }) => metadata.name) });
}

async function stop(): Promise<void> {
  running?.timers.stop();
  running?.server.close();
  await runHooks('appTerminate', { hookData: app.hookData, appHookData: app.hookData });
  process.exit(0);
}

async function fire(functionName: string): Promise<void> {
  try {
    if (!running) throw new Error('The app has not started.');
    await running.timers.fire(functionName);
    tell({ type: 'fired', functionName });
  } catch (error) {
    tell({ type: 'fired', functionName, error: String(error) });
  }
}

async function hear(message: ToFunctionsHost): Promise<void> {
  if (message.type === 'start') {
    await start(message.packageFile, message.hostFile).catch((error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      tell({ type: 'failed', message: text }, () => process.exit(1));
    });
  } else if (message.type === 'fire') await fire(message.functionName);
  else await stop().catch(() => process.exit(1));
}

process.on('message', (message: ToFunctionsHost) => {
  void hear(message);
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
