import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIGURATION_EVENTS } from '../functions/config/load.ts';
import { GRAPH_EVENTS } from '../functions/entra/graph/faults.ts';
import { TOKEN_EVENTS } from '../functions/entra/token.ts';
import { CERTIFICATE_EVENTS } from '../functions/keyvault/certificate.ts';
import { SECRET_EVENTS } from '../functions/keyvault/secrets.ts';
import { PROMPT_EVENTS } from '../functions/mfa/prompt.ts';
import { TELEMETRY_EVENTS } from '../functions/records/telemetry-queue.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/reference/telemetry.md'), 'utf8');
const documented = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);

/** Events with a table of their own, which codes.md lists. */
const tabled = [
  CERTIFICATE_EVENTS,
  CONFIGURATION_EVENTS,
  GRAPH_EVENTS,
  PROMPT_EVENTS,
  SECRET_EVENTS,
  TELEMETRY_EVENTS,
  TOKEN_EVENTS,
].flatMap((table) => Object.keys(table));

/** Names that the sources give to events, but for the words that kept.ts has for its own callers. */
const told = readdirSync(join(root, 'functions'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('kept.ts'))
  .flatMap((file) => [...readFileSync(join(root, 'functions', file), 'utf8').matchAll(/event: '([a-z-]+)'/g)])
  .map(([, name]) => name);

describe('docs/reference/telemetry.md', () => {
  test('has every event that stands in no table of codes, and no other', () => {
    const untabled = new Set(told.filter((name) => name !== undefined && !tabled.includes(name)));
    expect([...documented].sort()).toEqual([...untabled].sort());
  });
});
