import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { StartRefused } from './faults.ts';

const root = new URL('../', import.meta.url);

/** What `npm run build` makes of the two programs, and what the functions host reads of the app. */
export const BUILT = {
  relay: new URL('dist/edge-relay.mjs', root),
  functions: new URL('dist/functions/index.js', root),
  packageFile: fileURLToPath(new URL('package.json', root)),
  hostFile: fileURLToPath(new URL('host.json', root)),
} as const;

/**
 * Looks whether there is something to run.
 *
 * @throws StartRefused `not-built`
 */
export async function checkBuilt(): Promise<void> {
  for (const file of [BUILT.relay, BUILT.functions]) {
    await access(file).catch(() => {
      throw new StartRefused('not-built', `Run npm run build first: ${fileURLToPath(file)} is missing.`);
    });
  }
}
