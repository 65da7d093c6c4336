import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ADMIN_FAULTS } from '../admin/faults.ts';
import { CLOUD_FAULTS } from '../edge-relay/cloud/faults.ts';
import { DROPS } from '../edge-relay/drops.ts';
import { RELAY_CONFIGURATION_FAULTS } from '../edge-relay/faults.ts';
import { KEYGEN_FAULTS } from '../edge-relay/key.ts';
import { LISTEN_FAULTS } from '../edge-relay/socket.ts';
import { CLIENT_SECRET_FAULTS } from '../functions/clients/shared-secrets.ts';
import { CONFIGURATION_EVENTS } from '../functions/config/load.ts';
import { CONFIGURATION_PROBLEMS } from '../functions/config/problems.ts';
import { SETTING_FAULTS } from '../functions/config/settings.ts';
import { TOKEN_FAULTS } from '../functions/entra/faults.ts';
import { GRAPH_EVENTS, GRAPH_FAULTS } from '../functions/entra/graph/faults.ts';
import { PASSWORD_CHECK_FAULTS, PASSWORD_REFUSALS } from '../functions/entra/password/codes.ts';
import { ENTRA_SETTING_FAULTS } from '../functions/entra/settings.ts';
import { TOKEN_EVENTS } from '../functions/entra/token.ts';
import { UNAVAILABLE } from '../functions/exchange/answer.ts';
import { EXCHANGE_DISCARDS } from '../functions/exchange/exchange.ts';
import { DIRECTORY_PROBLEMS } from '../functions/identity/compile.ts';
import { IDENTITY_FAULTS } from '../functions/identity/directory.ts';
import { CERTIFICATE_EVENTS } from '../functions/keyvault/certificate.ts';
import { VAULT_FAULTS } from '../functions/keyvault/faults.ts';
import { SECRET_EVENTS } from '../functions/keyvault/secrets.ts';
import { MFA_FAULTS, MFA_REJECTS } from '../functions/mfa/outcome.ts';
import { PROMPT_EVENTS } from '../functions/mfa/prompt.ts';
import { POLICY_REJECTS } from '../functions/policy/model.ts';
import { POLICY_PROBLEMS } from '../functions/policy/problems.ts';
import { PACKET_DISCARDS, PACKET_REJECTS } from '../functions/radius/refusals.ts';
import { REPLY_FAULTS } from '../functions/radius/reply.ts';
import { TELEMETRY_EVENTS } from '../functions/records/telemetry-queue.ts';
import { TELEMETRY_SETTING_FAULTS } from '../functions/records/telemetry-settings.ts';
import { RELAY_FAULTS } from '../functions/relays/keys.ts';
import { SIGN_IN_REASONS } from '../functions/signin/reasons.ts';
import { STORE_FAULTS } from '../functions/store/port.ts';
import { START_FAULTS } from '../local/faults.ts';
import { REPLY_REFUSALS } from '../local/sign-in/reply.ts';
import { PACKAGE_FAULTS } from '../package/contents.ts';
import { ANSWER_FAULTS, UNAVAILABLE_CODES } from '../relay-call/answer.ts';
import { FRAMING_FAULTS } from '../relay-call/framing.ts';
import { CALL_REFUSALS } from '../relay-call/refusals.ts';

const TABLES = {
  ADMIN_FAULTS,
  ANSWER_FAULTS,
  CALL_REFUSALS,
  CERTIFICATE_EVENTS,
  CLIENT_SECRET_FAULTS,
  CLOUD_FAULTS,
  CONFIGURATION_EVENTS,
  CONFIGURATION_PROBLEMS,
  DIRECTORY_PROBLEMS,
  DROPS,
  ENTRA_SETTING_FAULTS,
  EXCHANGE_DISCARDS,
  FRAMING_FAULTS,
  GRAPH_EVENTS,
  GRAPH_FAULTS,
  IDENTITY_FAULTS,
  KEYGEN_FAULTS,
  LISTEN_FAULTS,
  MFA_FAULTS,
  MFA_REJECTS,
  PACKAGE_FAULTS,
  PACKET_DISCARDS,
  PACKET_REJECTS,
  PASSWORD_CHECK_FAULTS,
  PASSWORD_REFUSALS,
  POLICY_PROBLEMS,
  POLICY_REJECTS,
  PROMPT_EVENTS,
  RELAY_CONFIGURATION_FAULTS,
  RELAY_FAULTS,
  REPLY_FAULTS,
  REPLY_REFUSALS,
  SECRET_EVENTS,
  SETTING_FAULTS,
  SIGN_IN_REASONS,
  START_FAULTS,
  STORE_FAULTS,
  TELEMETRY_EVENTS,
  TELEMETRY_SETTING_FAULTS,
  TOKEN_EVENTS,
  TOKEN_FAULTS,
  UNAVAILABLE,
  UNAVAILABLE_CODES,
  VAULT_FAULTS,
};

type Entry = string | { readonly nps: number; readonly sentence: string };

const root = join(import.meta.dirname, '..');

/** The rows of docs/reference/codes.md by table; a table stands under a heading that ends with its name in code. */
function documented(): Record<string, string[]> {
  const tables: Record<string, string[]> = {};
  let rows: string[] = [];
  for (const line of readFileSync(join(root, 'docs/reference/codes.md'), 'utf8').split('\n')) {
    const heading = /^## .*`([A-Z_]+)`$/.exec(line)?.[1];
    if (heading !== undefined) {
      rows = [];
      tables[heading] = rows;
    } else if (/^\| `/.test(line)) rows.push(line);
  }
  return tables;
}

function rowsOf(table: Readonly<Record<string, Entry>>): string[] {
  return Object.entries(table).map(([code, entry]) =>
    typeof entry === 'string'
      ? `| \`${code}\` | ${entry} |`
      : `| \`${code}\` | ${entry.nps} | ${entry.sentence} |`,
  );
}

describe('docs/reference/codes.md', () => {
  const docs = documented();
  test('has every table, and no other', () => {
    expect(Object.keys(docs).sort()).toEqual(Object.keys(TABLES).sort());
  });
  for (const [name, table] of Object.entries(TABLES)) {
    test(`${name}: every code with its sentence, and nothing that no longer exists`, () => {
      expect(docs[name]).toEqual(rowsOf(table));
    });
  }
});

describe('codes', () => {
  test('are in kebab case, their sentences end with a full stop', () => {
    for (const [name, table] of Object.entries(TABLES)) {
      for (const [code, entry] of Object.entries<Entry>(table)) {
        expect(code, name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(typeof entry === 'string' ? entry : entry.sentence, `${name} ${code}`).toMatch(
          /^[A-Z].*[.]$/s,
        );
      }
    }
  });

  test('no table of codes is missing here', () => {
    const inFolders = ['relay-call', 'edge-relay', 'functions', 'admin', 'local', 'package'].flatMap(
      (folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
          join(folder, file),
        ),
    );
    const files = [...inFolders, ...readdirSync(root)]
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, file), 'utf8'));
    const found = files.flatMap((text) =>
      [
        ...text.matchAll(
          /export const ([A-Z_]+) = \{\n(?: {2}\.\.\.[A-Z_]+,\n)? {2}'?[a-z-]+'?:\s+(?:'|"|\{ ?nps|\{\n {4}nps)/g,
        ),
      ].map((match) => match[1] ?? ''),
    );
    // Counters are no codes: docs/reference/relay-log.md lists them.
    expect(found.filter((name) => name !== 'COUNTED').sort()).toEqual(Object.keys(TABLES).sort());
  });
});
