import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of others whose code is shipped, and the terms that it comes under. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** The licence field of its package.json, most often an SPDX expression. */
  readonly licence: string | undefined;
  /** Its licence and notice files, sorted by name, with line feeds. */
  readonly texts: ReadonlyArray<{ readonly file: string; readonly text: string }>;
  /** The programs that contain its code. */
  readonly programs: readonly string[];
}

/**
 * The packages whose code is in the programs, sorted by name and version; one that is installed in several places is
 * listed once.
 *
 * @param root the folder that the paths of the metafiles are relative to
 * @param programs their metafiles by the names that they are listed with
 * @throws what reading the packages' files throws
 */
export async function thirdParties(
  root: string,
  programs: Readonly<Record<string, Metafile>>,
): Promise<ThirdParty[]> {
  const parties = new Map<string, ThirdParty>();
  for (const [program, metafile] of Object.entries(programs)) {
    for (const folder of packageFolders(metafile)) {
      const manifest: { name: string; version: string; license?: unknown } = JSON.parse(
        await readFile(join(root, folder, 'package.json'), 'utf8'),
      );
      const { name, version, license } = manifest;
      const key = `${name} ${version}`;
      const known = parties.get(key);
      parties.set(key, {
        name,
        version,
        licence: typeof license === 'string' && license !== '' ? license : undefined,
        texts: known?.texts ?? (await readTexts(join(root, folder))),
        programs: [...new Set([...(known?.programs ?? []), program])],
      });
    }
  }
  return [...parties].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, party]) => party);
}

/** Only what left code in an output counts: much that a bundler reads is shaken off. */
function packageFolders(metafile: Metafile): string[] {
  const folders = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([source]) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source) ?? []);
  return [...new Set(folders)].sort();
}

async function readTexts(folder: string): Promise<Array<{ file: string; text: string }>> {
  const files = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && /^(licen[cs]e|notice)/i.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: tidy(await readFile(join(folder, file), 'utf8')) })),
  );
  return texts.filter(({ text }) => text !== '');
}

function tidy(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  // The first line's own indentation is layout.
  return lines.replace(/^\s*\n/, '').trimEnd();
}

/** Those that say nowhere under which licence they come; a notice alone grants nothing. */
export function withoutLicence(parties: readonly ThirdParty[]): string[] {
  return parties
    .filter(({ licence, texts }) => licence === undefined && !texts.some(({ file }) => /^licen/i.test(file)))
    .map(({ name, version }) => `${name} ${version}`);
}

/** The page that goes with the programs: each package with its terms, the same text for the same packages. */
export function thirdPartyText(parties: readonly ThirdParty[]): string {
  const sections = parties.map(({ name, version, licence, texts, programs }) =>
    [
      `${'='.repeat(80)}\n${name} ${version}`,
      `Licence: ${licence ?? 'as its text says'}`,
      `Contained in: ${programs.join(', ')}`,
      ...texts.map(({ file, text }) => `\n--- ${file}\n\n${text}`),
      ...(texts.length === 0 ? ['\nThe package comes without the text of its licence.'] : []),
    ].join('\n'),
  );
  return `${['Packages of others whose code is in these programs, and their terms.', ...sections].join('\n\n')}\n`;
}
