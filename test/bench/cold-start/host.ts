import { readFile } from 'node:fs/promises';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { registration, runHooks } from '../../../local/functions-host/core.ts';
import { createGate } from '../../../local/functions-host/gate.ts';
import { loadApp, readHostSettings } from '../../../local/functions-host/load.ts';
import { createFunctionsServer } from '../../../local/functions-host/server.ts';
import { listen } from '../../../local/listen.ts';
import { steadyNow } from '../machine/steady.ts';

/** What the bench says to this program: load an app, or end. */
export type ToColdHost = { readonly type: 'start'; readonly folder: string } | { readonly type: 'stop' };

/** What it hears. Times in milliseconds: how long the import took, and when it had ended, by `steadyNow`. */
export type FromColdHost =
  | { readonly type: 'ready'; readonly port: number; readonly imported: number; readonly importedAt: number }
  | { readonly type: 'logged'; readonly message: string }
  | { readonly type: 'failed'; readonly message: string };

function tell(message: FromColdHost): void {
  process.send?.(message);
}

async function start(folder: string): Promise<void> {
  const settings = readHostSettings(await readFile(`${folder}/host.json`, 'utf8'));
  const started = performance.now();
  const functions = await loadApp(`${folder}/package.json`);
  const ended = performance.now();
  const importedAt = steadyNow();
  await registration.model?.getCapabilities({});
  const app = { hookData: {}, log: ({ message }: { message: string }) => tell({ type: 'logged', message }) };
  await runHooks('appStart', { hookData: app.hookData, appHookData: app.hookData });
  const server = createFunctionsServer({
    app,
    functions,
    routePrefix: settings.routePrefix,
    gate: createGate({ concurrent: -1, outstanding: -1 }),
  });
  tell({
    type: 'ready',
    port: await listen(server, '127.0.0.1', 0),
    imported: ended - started,
    importedAt,
  });
}

process.on('message', (message: ToColdHost) => {
  if (message.type === 'stop') {
    // The cache of a process that is killed would stay as it was.
    if (getCompileCacheDir() !== undefined) flushCompileCache();
    process.exit(0);
  }
  start(message.folder).catch((error) => tell({ type: 'failed', message: String(error?.stack ?? error) }));
});
process.on('disconnect', () => process.exit(0));
