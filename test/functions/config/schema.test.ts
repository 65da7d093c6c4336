import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../../functions/config/read.ts';
import { bridgeJsonSchema, PROFILE_NAMES } from '../../../functions/config/schema.ts';
import { SIGNATURES } from '../../../functions/config/schema-certificate.ts';
import { CLOUD_NAMES } from '../../../functions/config/schema-mfa.ts';
import {
  ACCESS_SERVER_TYPES,
  AUTHENTICATION_METHODS,
  MFA_RULES,
} from '../../../functions/config/schema-policy.ts';
import { CLOUDS } from '../../../functions/entra/clouds.ts';
import { compilePolicies } from '../../../functions/policy/compile.ts';
import { document, mfa, PUBLIC_KEY, TENANT } from './document.ts';

const page = readFileSync(new URL('../../../docs/reference/bridge-json.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map((match) => JSON.parse(match[1] ?? ''));

describe('docs/reference/bridge-json.md', () => {
  test('has examples', () => expect(examples.length).toBeGreaterThan(3));

  test.each(examples.map((example, index) => ({ index, example })))('example $index', ({ example }) => {
    const reading = readConfiguration(JSON.stringify({ ...examples[0], ...example }));
    expect(reading).toMatchObject({ ok: true });
    if (reading.ok) expect(compilePolicies(reading.document)).toMatchObject({ ok: true });
  });

  test('names every value', () => {
    const names = [
      ...PROFILE_NAMES,
      ...ACCESS_SERVER_TYPES,
      ...AUTHENTICATION_METHODS,
      ...CLOUD_NAMES,
      ...SIGNATURES,
      ...MFA_RULES,
    ];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('names every key of the schema', () => {
    const missing = keysOf(bridgeJsonSchema()).filter((key) => !page.includes(key));
    expect(missing).toEqual([]);
  });
});

function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}

describe('the JSON Schema', () => {
  const schema = JSON.parse(JSON.stringify(bridgeJsonSchema()));

  test('has no id of its own', () => expect(schema).not.toHaveProperty('$id'));

  test('lets keys with a default be left out', () => {
    expect(schema.required).toEqual(['relays', 'clients']);
    expect(schema.properties.clients.items.required).toEqual(['name', 'addresses', 'profile', 'secrets']);
  });

  test('refuses unknown keys everywhere', () => {
    const open: unknown[] = [];
    const visit = (part: unknown, key: string) => {
      if (typeof part !== 'object' || part === null) return;
      const isRecord = 'propertyNames' in part;
      if ('properties' in part && !isRecord && !('additionalProperties' in part)) open.push(key);
      for (const [name, value] of Object.entries(part)) visit(value, name);
    };
    visit(schema, '');
    expect(open).toEqual([]);
  });

  test('explains every key of clients, directories and policies', () => {
    const kinds: { properties: Record<string, unknown> }[] = schema.properties.directories.items.oneOf;
    expect(kinds).toHaveLength(2);
    for (const [key, value] of kinds.flatMap(({ properties }) => Object.entries(properties))) {
      expect({ [key]: value }).toHaveProperty([key, 'description']);
    }
    for (const [key, value] of Object.entries(schema.properties.mfa.properties)) {
      expect({ [key]: value }).toHaveProperty([key, 'description']);
    }
    for (const list of ['relays', 'clients', 'networkPolicies']) {
      for (const [key, value] of Object.entries(schema.properties[list].items.properties)) {
        if (key !== 'conditions') expect({ [key]: value }).toHaveProperty([key, 'description']);
      }
    }
  });
});

test('every cloud has addresses', () => {
  expect(Object.keys(CLOUDS)).toEqual(CLOUD_NAMES);
});

test('a document that was read is read again as the same', () => {
  const name = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abcÄ0-'.split('')) });
  const client = fc.record(
    {
      name,
      profile: fc.constantFrom(...PROFILE_NAMES),
      secrets: fc.array(fc.record({ keyVault: fc.stringMatching(/^[0-9A-Za-z-]{1,127}$/) }), {
        minLength: 1,
        maxLength: 2,
      }),
      messageAuthenticator: fc.constantFrom('required', 'optional'),
      patience: fc.integer({ min: 1, max: 600 }),
      allowWeakSecret: fc.boolean(),
      enabled: fc.boolean(),
    },
    { requiredKeys: ['name', 'profile', 'secrets'] },
  );
  const clients = fc
    .uniqueArray(client, { selector: (one) => one.name.toLowerCase(), maxLength: 5 })
    .map((list) => list.map((one, index) => ({ ...one, addresses: [`192.0.2.${index}`] })));
  const condition = fc.oneof(
    fc.record({ always: fc.constant(true) }),
    fc.record({ userGroup: fc.array(name, { minLength: 1, maxLength: 3 }) }),
    fc.record({
      nasPortType: fc.array(fc.oneof(fc.nat(21), fc.constant('Virtual')), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ accessServerType: fc.subarray([...ACCESS_SERVER_TYPES], { minLength: 1 }) }),
    fc.record({ dayAndTime: fc.constant({ monday: ['00:00-24:00'] }) }),
  );
  const withMfa = { tenant: TENANT, mfa: mfa() };
  const policy = fc.record(
    {
      name,
      enabled: fc.boolean(),
      accessServerType: fc.constantFrom(...ACCESS_SERVER_TYPES),
      conditions: fc.array(condition, { minLength: 1, maxLength: 4 }),
      permission: fc.constantFrom('grant', 'deny'),
      mfa: fc.constantFrom('required', 'none'),
      constraints: fc.record({
        authenticationMethods: fc.subarray([...AUTHENTICATION_METHODS], { minLength: 1 }),
      }),
    },
    { requiredKeys: ['name', 'conditions', 'permission', 'constraints'] },
  );
  const networkPolicies = fc.uniqueArray(policy, { selector: (one) => one.name.toLowerCase(), maxLength: 5 });
  fc.assert(
    fc.property(clients, networkPolicies, (someClients, somePolicies) => {
      const written = document({
        relays: [{ name: 'r', keyId: 'r', publicKey: PUBLIC_KEY }],
        clients: someClients,
        networkPolicies: somePolicies,
        ...withMfa,
      });
      const first = readConfiguration(JSON.stringify(written));
      expect(first).toMatchObject({ ok: true });
      if (!first.ok) return;
      expect(readConfiguration(JSON.stringify(first.document))).toEqual(first);
      expect(first.document).toMatchObject(JSON.parse(JSON.stringify(written)));
    }),
    { numRuns: 100 },
  );
});
