/** One item of telemetry as it came, its shape checked (https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete). */
export interface Item {
  readonly ver?: number;
  readonly name: string;
  /** ISO 8601. */
  readonly time: string;
  readonly iKey: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: Readonly<Record<string, unknown>> & {
      readonly ver: 2;
      readonly properties?: Readonly<Record<string, string>>;
      readonly measurements?: Readonly<Record<string, number>>;
    };
  };
}

/** The member that every item of a type must have, and how long it may be. */
const types = new Map<string, { readonly member: string; readonly longest: number }>([
  ['EventData', { member: 'name', longest: 512 }],
  ['MessageData', { member: 'message', longest: 32_768 }],
  ['RequestData', { member: 'id', longest: 512 }],
  ['RemoteDependencyData', { member: 'name', longest: 1024 }],
]);

/** In UTF-8, of the item's JSON. */
const longestItem = 65_536;
const longestName = 150;
const longestValue = 8192;

/**
 * What is wrong with an item; undefined where it is as the service wants it. The real service cuts what is too long
 * and drops what it does not know; here nothing is forgiven, so that tests see it.
 */
export function itemFault(item: unknown, instrumentationKey: string): string | undefined {
  if (!isRecord(item)) return 'Not an object';
  if (Buffer.byteLength(JSON.stringify(item)) > longestItem) return 'Telemetry item exceeds 64 KB';
  const { name, time, iKey, tags = {}, data } = item;
  if (typeof name !== 'string' || name === '' || name.length > 1024) return "103: Field 'name' is required";
  if (
    typeof time !== 'string' ||
    !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) ||
    Number.isNaN(Date.parse(time))
  ) {
    return "103: Field 'time' is not a valid date";
  }
  if (iKey !== instrumentationKey) return 'Invalid instrumentation key';
  if (!isRecord(tags) || Object.values(tags).some((value) => typeof value !== 'string')) {
    return "Field 'tags' must hold text";
  }
  return isRecord(data) ? dataFault(data) : "109: Field 'data' is required";
}

function dataFault({ baseType, baseData }: Readonly<Record<string, unknown>>): string | undefined {
  const type = typeof baseType === 'string' ? types.get(baseType) : undefined;
  if (type === undefined) return "109: Field 'baseType' is not a known type";
  if (!isRecord(baseData) || baseData['ver'] !== 2) return "109: Field 'ver' must be 2";
  const needed = baseData[type.member];
  if (typeof needed !== 'string' || needed === '' || needed.length > type.longest) {
    return `103: Field '${type.member}' on type '${baseType}' is required or too long`;
  }
  const { properties = {}, measurements = {} } = baseData;
  if (!isRecord(properties) || !isRecord(measurements)) return 'Not an object';
  for (const [key, value] of Object.entries(properties)) {
    if (!isKey(key)) return "Field 'properties' has a key that is too long";
    if (typeof value !== 'string' || value.length > longestValue) {
      return `Field 'properties.${key}' is not text or too long`;
    }
  }
  for (const [key, value] of Object.entries(measurements)) {
    if (!isKey(key) || typeof value !== 'number') return `Field 'measurements.${key}' is not a number`;
  }
  return undefined;
}

function isKey(key: string): boolean {
  return key !== '' && key.length <= longestName;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
