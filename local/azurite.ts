import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AzuriteStart, FromAzurite, ToAzurite } from './azurite-messages.ts';
import type { Program, ProgramLine } from './programs.ts';
import { startProgram, whenReady } from './programs.ts';
import type { LocalTls } from './tls.ts';

/** One service of Azure Storage on this machine, with an account of the well-known name. */
export interface Azurite {
  readonly program: Program<ToAzurite, FromAzurite>;
  /** `https://127.0.0.1:port/devstoreaccount1` */
  readonly url: string;
  readonly port: number;
}

const startPatience = 30_000;

/**
 * Starts Microsoft's storage emulator (https://github.com/Azure/Azurite), which forgets everything when it ends. It
 * takes bearer tokens as Azure does, but looks only at their issuer, audience and dates.
 *
 * @param x.directory where the certificate is left for it, and where it may write
 * @param x.port TCP port on 127.0.0.1; without it a free one
 * @param x.started told of the program as soon as it runs, so that it can be ended whatever happens next
 * @throws StartRefused
 */
export async function startAzurite(x: {
  tls: LocalTls;
  service: AzuriteStart['service'];
  env: NodeJS.ProcessEnv;
  directory: string;
  port?: number;
  started(program: Program<ToAzurite, FromAzurite>): void;
  read(line: ProgramLine): void;
}): Promise<Azurite> {
  const { tls, service, directory, port: wanted = 0 } = x;
  const certFile = join(directory, `azurite-${service}.cert.pem`);
  const keyFile = join(directory, `azurite-${service}.key.pem`);
  await Promise.all([writeFile(certFile, tls.cert), writeFile(keyFile, tls.key, { mode: 0o600 })]);
  const program = startProgram<ToAzurite, FromAzurite>({
    name: 'Azurite',
    file: new URL('./azurite-program.ts', import.meta.url),
    env: withoutOwnSettings(x.env),
    stopMessage: { type: 'stop' },
  });
  x.started(program);
  program.read(x.read);
  program.send({ type: 'start', service, directory, port: wanted, certFile, keyFile });
  const port = await whenReady(program, startPatience, ({ message }) => message?.port);
  return { program, port, url: `https://127.0.0.1:${port}/devstoreaccount1` };
}

/** AZURITE_ACCOUNTS would give it other accounts, AZURITE_DB a database. */
function withoutOwnSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^AZURITE_/i.test(name)));
}
