import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type AttributeKind, type DictionaryRow, FLAG } from './row.ts';

/*
 * Build-time only: turns dictionary files into table.ts. Run it with `npx node functions/radius/dictionary/generate.ts`
 * after changing a dictionary file; a test holds the committed table current.
 */

const HERE = import.meta.dirname;
const TABLE_FILE = join(HERE, 'table.ts');
const KINDS: readonly AttributeKind[] = [
  'string',
  'octets',
  'integer',
  'short',
  'date',
  'ipaddr',
  'ipv6addr',
  'ipv6prefix',
  'ifid',
];
const FLAGS = new Map<string, number>([
  ['has_tag', FLAG.tagged],
  ['encrypt=1', FLAG.encrypted1],
  ['encrypt=2', FLAG.encrypted2],
]);

interface Attribute {
  readonly vendor: number;
  readonly type: number;
  readonly name: string;
  readonly kind: AttributeKind;
  readonly flags: number;
  readonly values: string[];
}

interface Dictionary {
  readonly vendors: Map<string, number>;
  readonly attributes: Attribute[];
}

/** The RFC dictionaries of the `radius` package first, so that ours may only add to them. */
function dictionaryFiles(): string[] {
  const shipped = join(
    dirname(createRequire(import.meta.url).resolve('radius/package.json')),
    'dictionaries',
  );
  return [shipped, HERE, join(HERE, 'vendors')].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.startsWith('dictionary.'))
      .sort()
      .map((file) => join(folder, file)),
  );
}

function flagsOf(words: string | undefined, where: string): number {
  let flags = 0;
  for (const word of words === undefined ? [] : words.split(',')) {
    const flag = FLAGS.get(word);
    if (flag === undefined) throw new Error(`${where}: unknown flag ${word}`);
    flags |= flag;
  }
  return flags;
}

/** Reads the lines `VENDOR`, `BEGIN-VENDOR`, `END-VENDOR`, `ATTRIBUTE` and `VALUE`; anything else is an error. */
function readDictionary(dictionary: Dictionary, file: string): void {
  let vendor = 0;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const where = `${file}:${index + 1}`;
    const [keyword, name = '', second = '', third = '', fourth] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (keyword === '') continue;
    if (keyword === 'VENDOR') dictionary.vendors.set(name, Number(second));
    else if (keyword === 'BEGIN-VENDOR') {
      const number = dictionary.vendors.get(name);
      if (number === undefined) throw new Error(`${where}: unknown vendor ${name}`);
      vendor = number;
    } else if (keyword === 'END-VENDOR') vendor = 0;
    else if (keyword === 'ATTRIBUTE')
      addAttribute(dictionary, vendor, name, Number(second), third, fourth, where);
    else if (keyword === 'VALUE') addValue(dictionary, vendor, name, second, third, where);
    else throw new Error(`${where}: unknown keyword ${keyword}`);
  }
}

function addAttribute(
  dictionary: Dictionary,
  vendor: number,
  name: string,
  type: number,
  kindText: string,
  flagText: string | undefined,
  where: string,
): void {
  const kind = KINDS.find((known) => known === kindText);
  if (kind === undefined) throw new Error(`${where}: unknown kind ${kindText}`);
  if (!(type >= 1 && type <= 255)) throw new Error(`${where}: no attribute has the type ${type}`);
  const twin = dictionary.attributes.find(
    (other) =>
      other.name.toLowerCase() === name.toLowerCase() || (other.vendor === vendor && other.type === type),
  );
  if (twin !== undefined) throw new Error(`${where}: ${name} is described twice`);
  dictionary.attributes.push({ vendor, type, name, kind, flags: flagsOf(flagText, where), values: [] });
}

function addValue(
  dictionary: Dictionary,
  vendor: number,
  attributeName: string,
  name: string,
  number: string,
  where: string,
): void {
  const attribute = dictionary.attributes.find(
    (known) => known.vendor === vendor && known.name === attributeName,
  );
  if (attribute === undefined) throw new Error(`${where}: a value of the unknown attribute ${attributeName}`);
  const pair = `${name}=${Number(number)}`;
  if (!attribute.values.includes(pair)) attribute.values.push(pair);
}

function rowOf({ vendor, type, name, kind, flags, values }: Attribute): DictionaryRow {
  if (values.length > 0) return [vendor, type, name, kind, flags, values.join(' ')];
  return flags === 0 ? [vendor, type, name, kind] : [vendor, type, name, kind, flags];
}

/** The text of table.ts, made from the dictionary files as they are now. */
export function generateTable(): string {
  const dictionary: Dictionary = { vendors: new Map(), attributes: [] };
  for (const file of dictionaryFiles()) readDictionary(dictionary, file);
  const rows = dictionary.attributes
    .sort((a, b) => a.vendor - b.vendor || a.type - b.type)
    .map((attribute) => `  ${JSON.stringify(rowOf(attribute))},\n`);
  const vendors = [...dictionary.vendors].map(([name, number]) => `  ${number}: ${JSON.stringify(name)},\n`);
  return `// Generated by generate.ts from dictionary files; edit those, not this.
import type { DictionaryRow } from './row.ts';

export const VENDORS: Readonly<Record<number, string>> = {
${vendors.join('')}};

export const TABLE: readonly DictionaryRow[] = [
${rows.join('')}];
`;
}

if (import.meta.main) {
  const table = generateTable();
  if (table !== readFileSync(TABLE_FILE, { encoding: 'utf8', flag: 'a+' })) writeFileSync(TABLE_FILE, table);
}
