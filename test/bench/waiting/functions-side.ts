import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { builtPrograms } from '../../../local/built.ts';
import { localConfiguration } from '../../../local/configuration.ts';
import { appEnvironment, plainEnvironment } from '../../../local/environment.ts';
import { PLATFORM_LIMITS } from '../../../local/front-end/server.ts';
import { functionsOf } from '../../../local/functions.ts';
import { startStandInProgram } from '../../../local/stand-in-programs.ts';
import type { OpenPrompt } from '../../../local/stand-ins/phone.ts';
import { localTls, tlsCache } from '../../../local/tls.ts';
import type { SignedIn } from '../functions-call.ts';
import type { Cores } from '../machine/cores.ts';
import type { Programs } from '../machine/programs.ts';
import type { BenchRun } from '../part.ts';
import { configurationFor } from './people.ts';
import { prepare } from './sign-in.ts';

/** One functions host. */
export interface Host {
  readonly pid: number;
  /** Signs calls, which is the relay's work, and gives what sends them. */
  prepare(people: readonly number[]): () => ReadonlyArray<Promise<SignedIn>>;
  stop(): Promise<void>;
}

/** All that the functions call, and hosts to run them. */
export interface FunctionsSide {
  /** A host that knows nothing yet, with its memory as its only store. `hostFile` is a host.json. */
  startHost(hostFile: string): Promise<Host>;
  /** The phones that ring. */
  prompts(): Promise<readonly OpenPrompt[]>;
  approve(prompts: readonly OpenPrompt[]): Promise<void>;
}

const authority = 'bridge.example';

/**
 * Starts the stand-ins, with a phone that rings until it is told otherwise.
 *
 * @param x.people how many may sign in: 0 to `people` - 1
 * @throws StartRefused `not-built`
 */
export async function startFunctionsSide(x: {
  run: BenchRun;
  programs: Programs;
  cores: Cores;
  people: number;
}): Promise<FunctionsSide> {
  const { run, programs, cores } = x;
  const built = await builtPrograms(undefined);
  const keys = generateKeyPairSync('ed25519');
  const { bridgeJson, tenant, secrets, relay } = await localConfiguration({
    ...configurationFor(x.people),
    publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    attemptKey: randomBytes(32).toString('base64'),
  });
  const configuration = join(run.directory, 'bridge.json');
  const caFile = join(run.directory, 'ca.pem');
  const tls = await localTls(tlsCache, Date.now());
  await Promise.all([writeFile(configuration, bridgeJson), writeFile(caFile, tls.ca)]);
  const { id, ...known } = tenant;
  const standIns = await startStandInProgram({
    tls,
    secrets,
    ...known,
    ...(id === undefined ? {} : { tenant: id }),
    phone: { mode: 'phone' },
    env: plainEnvironment(process.env),
    started: programs.own,
    read: () => undefined,
  });
  await cores.pin(standIns.program.pid, 'others');
  const signing = { key: { keyid: relay.keyId, privateKey: keys.privateKey }, authority };

  return {
    prompts: async () => (await standIns.phone.state()).prompts,
    async approve(prompts) {
      const answered = await Promise.all(prompts.map(({ id }) => standIns.phone.answer(id, 'approve')));
      if (answered.includes(false)) throw new Error('A phone had stopped ringing before it was answered.');
    },
    async startHost(hostFile) {
      const died = new AbortController();
      const functions = functionsOf({
        hosts: 1,
        packageFile: built.packageFile,
        hostFile,
        env: appEnvironment(process.env, { ...standIns, configuration, authority, caFile, store: 'memory' }),
        log: () => undefined,
        read: () => undefined,
        listening: async () => undefined,
        ended: (host, how) => died.abort(new Error(`${host}: ${how}`)),
      });
      programs.defer(functions.stop);
      await functions.start();
      const [pid] = functions.pids;
      const [port] = functions.ports;
      if (pid === undefined || port === undefined) throw new Error('No functions host has started.');
      await cores.pin(pid, 'tested');
      // As the front end keeps them.
      const agent = new Agent({ keepAlive: true, maxFreeSockets: PLATFORM_LIMITS.concurrency });
      const signal = AbortSignal.any([run.signal, died.signal]);
      return {
        pid,
        prepare: (people) => prepare(people, { port, agent, signing, signal }),
        async stop() {
          agent.destroy();
          await functions.stop();
        },
      };
    },
  };
}
