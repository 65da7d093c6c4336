import { plainEnvironment } from '../../../../local/environment.ts';
import type { Program } from '../../../../local/programs.ts';
import { startProgram, whenReady } from '../../../../local/programs.ts';
import type { LocalTls } from '../../../../local/tls.ts';
import type { FromRadsec, ToRadsec } from './messages.ts';

const patience = 20_000;

/**
 * Starts a RADIUS server over TLS (RFC 6614) in a process of its own, which answers every Access-Request with an
 * Access-Accept and asks for no certificate.
 */
export async function startRadsecServer(x: {
  tls: LocalTls;
  secret: string;
  /** Told of the program as soon as it runs, so that it can be ended whatever happens next. */
  started(program: Program<ToRadsec, FromRadsec>): void;
}): Promise<{ readonly port: number }> {
  const program = startProgram<ToRadsec, FromRadsec>({
    name: 'RADIUS server over TLS',
    file: new URL('./program.ts', import.meta.url),
    env: plainEnvironment(process.env),
    stopMessage: { type: 'stop' },
  });
  x.started(program);
  program.send({ type: 'start', key: x.tls.key, cert: x.tls.cert, secret: x.secret });
  const port = await whenReady(program, patience, ({ message }) =>
    message?.type === 'ready' ? message.port : undefined,
  );
  return { port };
}
