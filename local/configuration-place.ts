import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StandInProgram } from './stand-in-programs.ts';

/** Where the functions of a local bridge find bridge.json. */
export interface ConfigurationPlace {
  /** What BRIDGE_CONFIG says. */
  readonly setting: string;
  /** Writes a new version. */
  write(bridgeJson: string): Promise<void>;
}

/** A file in the run directory. */
export function inFile(runDirectory: string): ConfigurationPlace {
  const file = join(runDirectory, 'bridge.json');
  return { setting: file, write: (bridgeJson) => writeFile(file, bridgeJson) };
}

/** A versioned blob, as in Azure. */
export function inBlob({ blobUrl, setBlob }: StandInProgram): ConfigurationPlace {
  return {
    setting: `${blobUrl}/config/bridge.json`,
    write: (bridgeJson) => setBlob('config', 'bridge.json', bridgeJson),
  };
}
