import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ConfigurationSource } from './load.ts';

/** The document in a file, as the embedded default and tests have it. A file has no earlier versions. */
export function fileSource(path: string): ConfigurationSource {
  return {
    async read(known, signal) {
      const text = await readFile(path, { encoding: 'utf8', signal });
      const version = createHash('sha256').update(text).digest('hex');
      return version === known ? 'unchanged' : { version, text };
    },
    earlier: () => Promise.resolve([]),
  };
}
