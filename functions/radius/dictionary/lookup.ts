import { type AttributeKind, type DictionaryRow, FLAG } from './row.ts';
import { TABLE, VENDORS } from './table.ts';

export type { AttributeKind } from './row.ts';

/** What the dictionary knows about an attribute. */
export interface DictionaryAttribute {
  readonly name: string;
  /** The vendor's number (RFC 2865 §5.26); undefined in the standard space. */
  readonly vendor: number | undefined;
  readonly type: number;
  readonly kind: AttributeKind;
  /** Whether a value may begin with a tag (RFC 2868 §3.1). */
  readonly tagged: boolean;
  /** How the value is hidden: 1 as User-Password (RFC 2865 §5.2), 2 as Tunnel-Password (RFC 2868 §3.5). */
  readonly encryption: 1 | 2 | undefined;
  /** Named values as the table writes them. */
  readonly values: string;
}

interface ValueNames {
  readonly byNumber: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
}

const numberKey = (vendor: number, type: number): number => vendor * 256 + type;

function entry([vendor, type, name, kind, flags = 0, values = '']: DictionaryRow): DictionaryAttribute {
  return {
    name,
    vendor: vendor === 0 ? undefined : vendor,
    type,
    kind,
    tagged: (flags & FLAG.tagged) !== 0,
    encryption: (flags & FLAG.encrypted1) !== 0 ? 1 : (flags & FLAG.encrypted2) !== 0 ? 2 : undefined,
    values,
  };
}

let byName: Map<string, DictionaryAttribute> | undefined;
let byNumber: Map<number, DictionaryAttribute> | undefined;

function load(): { byName: Map<string, DictionaryAttribute>; byNumber: Map<number, DictionaryAttribute> } {
  if (byName === undefined || byNumber === undefined) {
    byName = new Map();
    byNumber = new Map();
    for (const row of TABLE) {
      const attribute = entry(row);
      byName.set(attribute.name.toLowerCase(), attribute);
      byNumber.set(numberKey(row[0], row[1]), attribute);
    }
  }
  return { byName, byNumber };
}

/** The attribute of that name, in whatever case. */
export function attributeByName(name: string): DictionaryAttribute | undefined {
  return load().byName.get(name.toLowerCase());
}

/** The attribute of that type in a vendor's space, or in the standard space when `vendor` is undefined. */
export function attributeByNumber(vendor: number | undefined, type: number): DictionaryAttribute | undefined {
  return load().byNumber.get(numberKey(vendor ?? 0, type));
}

/** The vendor's name, if the dictionary has it. */
export function vendorName(vendor: number): string | undefined {
  return VENDORS[vendor];
}

const valueNames = new Map<DictionaryAttribute, ValueNames>();

function namesOf(attribute: DictionaryAttribute): ValueNames {
  const known = valueNames.get(attribute);
  if (known !== undefined) return known;
  const numbers = new Map<number, string>();
  const names = new Map<string, number>();
  for (const pair of attribute.values === '' ? [] : attribute.values.split(' ')) {
    const separator = pair.lastIndexOf('=');
    const name = pair.slice(0, separator);
    const number = Number(pair.slice(separator + 1));
    // A number may have two names (Tunnel-Medium-Type IP and IPv4): the first is shown, both are understood.
    if (!numbers.has(number)) numbers.set(number, name);
    names.set(name.toLowerCase(), number);
  }
  const made = { byNumber: numbers, byName: names };
  valueNames.set(attribute, made);
  return made;
}

/** The name of an enumerated value, for example `Framed-User` for Service-Type 2. */
export function valueName(attribute: DictionaryAttribute, value: number): string | undefined {
  return namesOf(attribute).byNumber.get(value);
}

/** The number of an enumerated value, its name in whatever case. */
export function valueNumber(attribute: DictionaryAttribute, name: string): number | undefined {
  return namesOf(attribute).byName.get(name.toLowerCase());
}
