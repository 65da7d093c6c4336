import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram, whenReady } from '../../../local/programs.ts';
import { type Programs, withPrograms } from '../machine/programs.ts';
import { steadyNow } from '../machine/steady.ts';
import { median } from '../median.ts';
import type { BenchRun, Figure, Goal, Measured, Part, Row } from '../part.ts';
import { type AppFiles, bundled, deploy, unbundled } from './apps.ts';
import { type Azure, startAzure } from './azure.ts';
import type { FromColdHost, ToColdHost } from './host.ts';

/** Milliseconds of one instance's first moments. */
interface Start {
  readonly imported: number;
  /** From the end of the import to the first answer. The call comes as soon as the host listens. */
  readonly first: number;
  readonly second: number;
}

/** What instances find, and what ends with the run. */
interface Around {
  readonly azure: Azure;
  readonly programs: Programs;
}

interface Variant {
  readonly name: string;
  readonly app: AppFiles;
  readonly modules: boolean;
  /** Whether the instance before it, at the same path, has left its compile cache. */
  readonly cached: boolean;
}

const patience = 30_000;

export const coldStart: Part = {
  name: 'cold-start',
  summary: 'import to first answer of a new instance: the package, beside the same app without bundling',
  measure,
};

async function measure(run: BenchRun): Promise<Measured> {
  const [whole, parts] = await Promise.all([bundled(), unbundled()]);
  const variants: readonly Variant[] = [
    { name: 'the package, at a fresh path', app: whole, modules: false, cached: false },
    { name: 'unbundled, at a fresh path', app: parts, modules: true, cached: false },
    { name: 'the package, compile cache filled', app: whole, modules: false, cached: true },
  ];
  return withPrograms(run, async (programs) => {
    const azure = await startAzure(run, programs);
    return report(variants, await rounds(run, { azure, programs }, variants));
  });
}

async function rounds(run: BenchRun, around: Around, variants: readonly Variant[]): Promise<Start[][]> {
  const starts: Start[][] = variants.map(() => []);
  const count = run.quick ? 1 : 11;
  for (let round = 0; round < count; round++) {
    run.progress(`round ${round + 1} of ${count}`);
    for (const [index, variant] of variants.entries()) {
      run.signal.throwIfAborted();
      const folder = join(run.directory, `app-${round}-${index}`);
      await deploy(variant.app, folder, variant.modules);
      const env = { ...withoutNode(around.azure.env), WEBSITE_INSTANCE_ID: `bench-${round}-${index}` };
      if (!variant.cached) {
        starts[index]?.push(await startInstance(folder, env, around));
        continue;
      }
      const cache = `${folder}-cache`;
      const cached = { ...env, NODE_COMPILE_CACHE: cache };
      await startInstance(folder, cached, around);
      if ((await readdir(cache)).length === 0) throw new Error('An instance has left no compile cache.');
      starts[index]?.push(await startInstance(folder, cached, around));
    }
  }
  return starts;
}

/** Without settings of Node in the developer's own shell, a compile cache above all. */
function withoutNode(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith('NODE_') || name === 'NODE_EXTRA_CA_CERTS',
  );
  return Object.fromEntries(kept);
}

async function startInstance(
  folder: string,
  env: NodeJS.ProcessEnv,
  { azure, programs }: Around,
): Promise<Start> {
  const host = startProgram<ToColdHost, FromColdHost>({
    name: 'functions host',
    file: new URL('./host.ts', import.meta.url),
    env,
    stopMessage: { type: 'stop' },
  });
  programs.defer(() => host.kill());
  try {
    host.send({ type: 'start', folder });
    const { port, imported, importedAt } = await whenReady(host, patience, ({ message }) =>
      message?.type === 'ready' ? message : undefined,
    );
    await azure.signIn(port);
    // Not from the call on: what the app does of itself between import and call keeps the call waiting, too.
    const first = steadyNow() - importedAt;
    const second = await azure.signIn(port);
    return { imported, first, second };
  } finally {
    await host.stop(2_000);
  }
}

function report(variants: readonly Variant[], starts: ReadonlyArray<readonly Start[]>): Measured {
  const ms = (value: number): Figure => ({ value, unit: 'ms' });
  const of = (index: number, figure: (start: Start) => number) => median((starts[index] ?? []).map(figure));
  const whole = ({ imported, first }: Start) => imported + first;
  const rows: Row[] = variants.map(({ name }, index) => ({
    name,
    cells: [
      ms(of(index, ({ imported }) => imported)),
      ms(of(index, ({ first }) => first)),
      ms(of(index, whole)),
      ms(of(index, ({ second }) => second)),
      { value: of(1, whole) / of(index, whole), unit: '×' },
    ],
  }));
  const goals: Goal[] = [
    {
      name: 'cold start: import',
      measured: ms(of(0, ({ imported }) => imported)),
      limit: ms(200),
      wanted: 'at most',
    },
    {
      name: 'cold start: first answer after the import',
      measured: ms(of(0, ({ first }) => first)),
      limit: ms(300),
      wanted: 'at most',
    },
    {
      name: 'cold start: against unbundled',
      measured: { value: of(1, whole) / of(0, whole), unit: '×' },
      limit: { value: 3, unit: '×' },
      wanted: 'at least',
    },
  ];
  return {
    tables: [
      {
        title: 'Cold start: a new instance and its first sign-in (PAP, local directory, no MFA)',
        columns: [
          'instance',
          'import',
          'first answer',
          'import to first answer',
          'second answer',
          'unbundled ÷ this',
        ],
        rows,
        remarks: [
          'import: the entry and what it loads. first answer: from then on, with the call sent as soon as the host listens; it reads bridge.json from a blob and the shared secret from Key Vault, by tokens of a managed identity, and writes to tables. The stand-ins of these and Azurite share the machine.',
          "Without a compile cache, as a new instance in Azure starts; unbundled: the same sources in a file each, dependencies in their own files. All files were just written and lie in the system's memory, which flatters the many small ones.",
        ],
      },
    ],
    goals,
  };
}
