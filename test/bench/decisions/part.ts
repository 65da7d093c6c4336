import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appEnvironment, plainEnvironment } from '../../../local/environment.ts';
import { startProgram, whenReady } from '../../../local/programs.ts';
import { startStandInProgram } from '../../../local/stand-in-programs.ts';
import { localTls, tlsCache } from '../../../local/tls.ts';
import { type Programs, withPrograms } from '../machine/programs.ts';
import type { BenchRun, Goal, Measured, Part } from '../part.ts';
import type { Decided, FromDecisions, ToDecisions } from './messages.ts';
import { AUTHORITY, makeScene } from './scene.ts';
import { codecTable, decisionTable, stepTable } from './tables.ts';

/** What is wanted of a decision without scrypt, in µs, and of the codec in it, in hundredths. */
const DECISION_LIMIT = 1_000;
const CODEC_LIMIT = 10;

/** Milliseconds; a run takes half a minute on an idle machine. */
const PATIENCE = 10 * 60_000;

export const decisions: Part = {
  name: 'decisions',
  summary: 'what a verified PAP decision costs the functions, and which step costs how much',
  measure,
};

async function measure(run: BenchRun): Promise<Measured> {
  const decided = await withPrograms(run, (programs) => decide(run, programs));
  return {
    tables: [decisionTable(decided), stepTable(decided), codecTable(decided)],
    goals: goals(decided),
  };
}

/** Starts the stand-ins of what the app asks, and the app beside them, and has it decide. */
async function decide(run: BenchRun, { own }: Programs): Promise<Decided> {
  const [{ scene, bridgeJson, secrets }, tls] = await Promise.all([
    makeScene(),
    localTls(tlsCache, Date.now()),
  ]);
  const configuration = join(run.directory, 'bridge.json');
  const caFile = join(run.directory, 'ca.pem');
  await Promise.all([writeFile(configuration, bridgeJson), writeFile(caFile, tls.ca)]);
  const standIns = await startStandInProgram({
    tls,
    secrets,
    env: plainEnvironment(process.env),
    started: own,
    read: () => undefined,
  });
  const program = startProgram<ToDecisions, FromDecisions>({
    name: 'decisions',
    file: new URL('./program.ts', import.meta.url),
    env: appEnvironment(process.env, {
      ...standIns,
      configuration,
      authority: AUTHORITY,
      caFile,
      store: 'memory',
    }),
  });
  own(program);
  program.hear((message) => message.type === 'progress' && run.progress(message.line));
  program.send({ type: 'measure', scene, quick: run.quick });
  return whenReady(program, PATIENCE, ({ message }) => (message?.type === 'measured' ? message : undefined));
}

function goals({ decision, shares, codec }: Decided): readonly Goal[] {
  const limit = { value: CODEC_LIMIT, unit: '%' } as const;
  return [
    {
      name: 'decision: CPU, no scrypt',
      measured: { value: decision.clear, unit: 'µs' },
      limit: { value: DECISION_LIMIT, unit: 'µs' },
      wanted: 'at most',
    },
    {
      name: 'decision: share of the codec, by the profile',
      measured: { value: shares.codec * 100, unit: '%' },
      limit,
      wanted: 'at most',
    },
    {
      name: 'decision: share of the codec, measured alone',
      measured: { value: (codec / decision.clear) * 100, unit: '%' },
      limit,
      wanted: 'at most',
    },
  ];
}
