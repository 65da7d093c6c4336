import { expect, test } from 'vitest';
import { readJson } from '../../../functions/config/json.ts';

test('json-key-twice: a key that may be a secret is told by its place', () => {
  for (const [text, path] of [
    ['{"a": {"b8Q~secret": 1, "b8Q~secret": 2}}', 'a'],
    ['{"keyVault": {"my-secret": 1, "my-secret": 2}}', 'keyVault'],
  ] as const) {
    const reading = readJson(text);
    expect(reading).toMatchObject({ problem: { code: 'json-key-twice', path } });
    expect(JSON.stringify(reading)).not.toContain('secret');
  }
});
