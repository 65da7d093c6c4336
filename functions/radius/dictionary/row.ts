/** How an attribute's value is to be read, in the words of the dictionary files. */
export type AttributeKind =
  | 'string'
  | 'octets'
  | 'integer'
  | 'short'
  | 'date'
  | 'ipaddr'
  | 'ipv6addr'
  | 'ipv6prefix'
  | 'ifid';

/** Flags of a row: the value may begin with a tag (RFC 2868 §3.1); it is hidden by the first or second of the methods known. */
export const FLAG = { tagged: 1, encrypted1: 2, encrypted2: 4 } as const;

/**
 * One attribute of the generated table: the vendor's number (0 for the standard space), type, name, kind, flags, and
 * its named values as `Name=number` with a space between two. Plain text, because it is cheap to load and most of it is never asked for.
 */
export type DictionaryRow = readonly [
  vendor: number,
  type: number,
  name: string,
  kind: AttributeKind,
  flags?: number,
  values?: string,
];
