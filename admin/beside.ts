import type { BridgeConfiguration } from '../functions/config/schema.ts';

/** A file that lies beside a bridge.json and counts where the two are used together. */
export interface Beside {
  /** What the file is called. */
  readonly file: string;
  /** The document as both files make it. Rejects with what is wrong with them in the caller's own words. */
  readonly together: (document: BridgeConfiguration) => Promise<BridgeConfiguration>;
}

/** Finds what lies beside the bridge.json at this path; undefined where nothing does. */
export type LookBeside = (file: string) => Promise<Beside | undefined>;

/** As in a deployment, where bridge.json is all there is. */
export const nothingBeside: LookBeside = () => Promise.resolve(undefined);
