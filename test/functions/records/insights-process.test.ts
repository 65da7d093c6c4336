import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalTls } from '../../../local/tls.ts';
import { loopbackTls, running } from '../../local/stand-ins/running.ts';

// The SDK is real, so it takes its time to load.
const timeout = 30_000;
const root = new URL('../../../', import.meta.url);

/** Sends one event to the connection string it is given, and tells what does not go as a line of its output. */
const program = `
import { insights } from '${new URL('functions/records/insights.ts', root)}';
import { systemClock } from '${new URL('relay-call/clock.ts', root)}';
const telemetry = insights({
  connectionString: process.argv[1],
  credential: undefined,
  role: { name: 'contoso-radius', instance: 'one' },
  version: '1.2.3',
  clock: systemClock,
  log: (event) => console.log(JSON.stringify(event)),
  after: (milliseconds, run) => setTimeout(run, milliseconds).unref(),
});
telemetry.tell({ event: 'e', own: 'field' });
await telemetry.flush();
`;

let tls: LocalTls;
let folder: string;
let standIns: Awaited<ReturnType<typeof running>>;

beforeAll(async () => {
  tls = await loopbackTls();
  folder = await mkdtemp(join(tmpdir(), 'insights-'));
  await writeFile(join(folder, 'ca.pem'), tls.ca);
  standIns = await running(tls, { telemetryAuthenticated: false });
});
afterAll(async () => {
  await standIns.close();
  await rm(folder, { recursive: true });
});

/** Runs the program in an empty folder; resolves when it has ended by itself. */
async function run(connectionString: string, environment: NodeJS.ProcessEnv = {}) {
  const own = await mkdtemp(join(folder, 'run-'));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program, connectionString],
    {
      cwd: own,
      env: {
        TMPDIR: own,
        TEMP: own,
        HOME: own,
        NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
        SECRET_OF_MINE: 'tell-nobody',
        ...environment,
      },
    },
  );
  return { stdout, stderr, written: await readdir(own) };
}

describe('a process that tells something', { timeout }, () => {
  test('tells nothing of itself or its machine, writes nothing, says nothing, and ends', async () => {
    expect(await run(standIns.connectionString)).toEqual({ stdout: '', stderr: '', written: [] });
    const text = JSON.stringify(standIns.ingestion.items());
    expect(text).toContain('"own":"field"');
    for (const secret of ['tell-nobody', hostname(), userInfo().homedir, 'systemClock', folder]) {
      expect(text).not.toContain(secret);
    }
    // No metrics, no traces, no telemetry of the SDK's own.
    expect(standIns.counts().ingestion).toMatchObject({ accepted: 1, rejected: 0, invalid: 0 });
  });

  test('is not led elsewhere by the SDK’s own variables', async () => {
    const before = standIns.counts().ingestion.accepted;
    const content = { samplingRatio: 0, enableAutoCollectExceptions: true, connectionString: 'x' };
    const environment = {
      APPLICATIONINSIGHTS_CONFIGURATION_CONTENT: JSON.stringify(content),
      APPLICATION_INSIGHTS_NO_STATSBEAT: '',
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_SERVICE_NAME: 'another',
      OTEL_LOG_LEVEL: 'verbose',
    };
    expect(await run(standIns.connectionString, environment)).toEqual({
      stdout: '',
      stderr: '',
      written: [],
    });
    expect(standIns.counts().ingestion.accepted).toBe(before + 1);
    expect(standIns.ingestion.items().at(-1)?.tags).toMatchObject({ 'ai.cloud.role': 'contoso-radius' });
  });

  test('ends though nobody listens, and says so without an address', async () => {
    await standIns.script('ingestion', { state: 'refusing' });
    const { stdout, stderr, written } = await run(standIns.connectionString);
    await standIns.script('ingestion', { state: 'well' });
    expect(stdout).toBe('{"event":"telemetry-unavailable","detail":"ECONNREFUSED","waiting":1}\n');
    expect([stderr, written]).toEqual(['', []]);
  });
});
