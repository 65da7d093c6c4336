import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextFile } from './configuration.ts';
import { StartRefused } from './faults.ts';

/**
 * Reads a bridge.json and the bridge.secrets.json beside it, which may be missing.
 *
 * @param config path of the bridge.json; the embedded one when undefined
 * @throws StartRefused `configuration-unreadable`
 */
export async function configurationFiles(
  config: string | undefined,
): Promise<{ bridge: TextFile; secrets: TextFile | undefined }> {
  const file =
    config === undefined ? fileURLToPath(new URL('./default/bridge.json', import.meta.url)) : resolve(config);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartRefused('configuration-unreadable', `${file}: ${error.code ?? 'unknown error'}.`);
  });
  const beside = join(dirname(file), 'bridge.secrets.json');
  const secrets = await readFile(beside, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StartRefused('configuration-unreadable', `${beside}: ${error.code ?? 'unknown error'}.`);
  });
  return {
    bridge: { file: basename(file), text },
    secrets: secrets === undefined ? undefined : { file: basename(beside), text: secrets },
  };
}
