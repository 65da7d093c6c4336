import { plainEnvironment } from '../../../../local/environment.ts';
import { startProgram, whenReady } from '../../../../local/programs.ts';
import type { LocalTls } from '../../../../local/tls.ts';
import type { Programs } from '../../machine/programs.ts';
import type { FromRadsec, ToRadsec } from './messages.ts';

const patience = 20_000;

/**
 * Starts a RADIUS server over TLS (RFC 6614) in a process of its own, which answers every Access-Request with an
 * Access-Accept and asks for no certificate.
 */
export async function startRadsecServer(x: {
  programs: Programs;
  tls: LocalTls;
  secret: string;
}): Promise<{ readonly port: number; readonly pid: number }> {
  const program = startProgram<ToRadsec, FromRadsec>({
    name: 'RADIUS server over TLS',
    file: new URL('./program.ts', import.meta.url),
    env: plainEnvironment(process.env),
    stopMessage: { type: 'stop' },
  });
  x.programs.own(program);
  program.send({ type: 'start', key: x.tls.key, cert: x.tls.cert, secret: x.secret });
  const port = await whenReady(program, patience, ({ message }) =>
    message?.type === 'ready' ? message.port : undefined,
  );
  return { port, pid: program.pid };
}
