import * as z from 'zod';

type Schema = z.core.$ZodType;

/**
 * The keys that the object at a path may have, in the schema's order, `$schema` left out. Where the schema has several
 * alternatives, those of the one that the object says it is (`kind`), else those of all.
 *
 * @param root what was checked against the schema
 */
export function knownKeys(schema: Schema, root: unknown, path: readonly PropertyKey[]): string[] {
  let value = root;
  let alternatives = objectsOrLists(schema, value);
  for (const key of path) {
    const inner = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    alternatives = alternatives.flatMap((one) => objectsOrLists(below(one, key), inner));
    value = inner;
  }
  const keys = alternatives.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
  return [...new Set(keys)].filter((key) => key !== '$schema');
}

function below(schema: Schema, key: PropertyKey): Schema | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

/** What is left of a schema without what wraps it, and without alternatives. */
function objectsOrLists(schema: Schema | undefined, value: unknown): Schema[] {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodExactOptional
  ) {
    inner = inner.unwrap();
  }
  if (inner === undefined) return [];
  if (!(inner instanceof z.ZodUnion)) return [inner];
  const options = inner.options.flatMap((option) => objectsOrLists(option, value));
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return options;
  const { discriminator } = inner.def;
  const named = typeof value === 'object' && value !== null ? Reflect.get(value, discriminator) : undefined;
  return options.filter(
    (option) => option instanceof z.ZodObject && z.safeParse(option.shape[discriminator], named).success,
  );
}
