import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { startAzurite } from '../../../local/azurite.ts';
import { localConfiguration } from '../../../local/configuration.ts';
import { configurationFiles } from '../../../local/configuration-files.ts';
import { inBlob } from '../../../local/configuration-place.ts';
import { appEnvironment, plainEnvironment } from '../../../local/environment.ts';
import { lifetime } from '../../../local/lifetime.ts';
import { readReply } from '../../../local/sign-in/reply.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { startStandInProgram } from '../../../local/stand-in-programs.ts';
import { localTls, tlsCache } from '../../../local/tls.ts';
import { CALL_PATH } from '../../../relay-call/media.ts';
import { signCall } from '../../../relay-call/signature.ts';

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
  close(): Promise<void>;
}

const authority = 'bridge.example';

/** Starts the stand-ins and Azurite, and puts the embedded default's bridge.json into the blob. */
export async function startAzure(directory: string): Promise<Azure> {
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
  const life = lifetime(true);
  const program = { tls, env: plainEnvironment(process.env), started: life.own, read: () => undefined };
  try {
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
    const key = { keyid: configuration.relay.keyId, privateKey: keys.privateKey };
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
        const headers = signCall({
          key,
          authority,
          path: CALL_PATH,
          body: sent.octets,
          source: {
            from: { address: client.addresses[0] ?? '', port: 49_152 },
            to: { address: '127.0.0.1', port: 1812 },
            serves: 'auth',
          },
          deadline: 45_000,
          created: Math.floor(Date.now() / 1000),
          nonce: randomBytes(16),
        });
        const started = performance.now();
        const answer = await post(port, headers, sent.octets);
        const elapsed = performance.now() - started;
        const reply = answer.status === 200 ? readReply(sent, answer.body) : String(answer.body);
        if (typeof reply === 'string' || reply.outcome !== 'Access-Accept') {
          throw new Error(
            `no Access-Accept but ${answer.status} ${typeof reply === 'string' ? reply : reply.outcome}`,
          );
        }
        return elapsed;
      },
      close: life.close,
    };
  } catch (error) {
    await life.close();
    throw error;
  }
}

function post(
  port: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<{ status: number | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: CALL_PATH,
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
