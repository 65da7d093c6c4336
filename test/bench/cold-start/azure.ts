import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAzurite } from '../../../local/azurite.ts';
import { localConfiguration } from '../../../local/configuration.ts';
import { configurationFiles } from '../../../local/configuration-files.ts';
import { inBlob } from '../../../local/configuration-place.ts';
import { appEnvironment, plainEnvironment } from '../../../local/environment.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { startStandInProgram } from '../../../local/stand-in-programs.ts';
import { localTls, tlsCache } from '../../../local/tls.ts';
import { callFunctions, functionsCall } from '../functions-call.ts';
import type { Programs } from '../machine/programs.ts';
import type { BenchRun } from '../part.ts';

/** What an instance finds in Azure: vault, identity, tables, the blob with bridge.json; and a relay that calls it. */
export interface Azure {
  /** The app's settings. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Lets the embedded default's first person sign in by PAP at one instance.
   *
   * @returns milliseconds until the whole answer had come
   * @throws Error for anything but an Access-Accept that both proofs hold for
   */
  signIn(port: number): Promise<number>;
}

const authority = 'bridge.example';

/** Starts the stand-ins and Azurite, and puts the embedded default's bridge.json into the blob. */
export async function startAzure({ directory, signal }: BenchRun, programs: Programs): Promise<Azure> {
  const keys = generateKeyPairSync('ed25519');
  const configuration = await localConfiguration({
    ...(await configurationFiles(undefined)),
    publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    attemptKey: randomBytes(32).toString('base64'),
  });
  const { tenant, example } = configuration;
  const client = configuration.clients[0];
  if (client === undefined || example === undefined)
    throw new Error('The embedded default has nobody to sign in.');
  const tls = await localTls(tlsCache, Date.now());
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, tls.ca);
  await mkdir(join(directory, 'store'));
  const program = { tls, env: plainEnvironment(process.env), started: programs.own, read: () => undefined };
  const [standIns, azurite] = await Promise.all([
    startStandInProgram({
      ...program,
      secrets: configuration.secrets,
      ...(tenant.id === undefined ? {} : { tenant: tenant.id }),
      cloud: tenant.cloud,
      certificates: tenant.certificates,
      people: tenant.people,
      groups: tenant.groups,
      applications: tenant.applications,
      phone: { mode: 'approve' },
    }),
    startAzurite({ ...program, service: 'table', directory: join(directory, 'store') }),
  ]);
  const place = inBlob(standIns);
  await place.write(configuration.bridgeJson);
  const signing = { key: { keyid: configuration.relay.keyId, privateKey: keys.privateKey }, authority };
  const secret = Buffer.from(client.secret);
  let identifier = 0;
  return {
    env: appEnvironment(process.env, {
      ...standIns,
      configuration: place.setting,
      authority,
      caFile,
      store: azurite.url,
    }),
    async signIn(port) {
      identifier = (identifier + 1) % 256;
      const sent = encodeAccessRequest({
        identifier,
        authenticator: randomBytes(16),
        secret,
        password: example.password,
        attributes: [
          { name: 'User-Name', value: example.user },
          { name: 'NAS-Identifier', value: 'bench' },
        ],
      });
      const from = { address: client.addresses[0] ?? '', port: 49_152 };
      const call = functionsCall(sent, from, signing);
      const started = performance.now();
      if ((await callFunctions(call, { port, signal })) !== 'accepted')
        throw new Error('The host had no room.');
      return performance.now() - started;
    },
  };
}
