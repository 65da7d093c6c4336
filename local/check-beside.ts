import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { LookBeside } from '../admin/beside.ts';
import { readConfiguration } from '../functions/config/read.ts';
import { localConfiguration } from './configuration.ts';
import { configurationFiles } from './configuration-files.ts';

/**
 * The bridge.secrets.json beside a bridge.json, read and judged as at a start.
 *
 * @throws StartRefused, also when the two are put together
 */
export const besideBridgeJson: LookBeside = async (config) => {
  const { bridge, secrets } = await configurationFiles(config);
  if (secrets === undefined) return undefined;
  return {
    file: secrets.file,
    async together(document) {
      const { publicKey } = generateKeyPairSync('ed25519');
      const { bridgeJson } = await localConfiguration({
        bridge,
        secrets,
        publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        attemptKey: randomBytes(32).toString('base64'),
      });
      const started = readConfiguration(bridgeJson);
      // What localConfiguration makes has been checked.
      if (!started.ok) throw new RangeError('The two files make no configuration');
      // The relay that a start puts in is none of what is checked.
      return { ...document, directories: started.document.directories };
    },
  };
};
