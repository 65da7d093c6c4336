import { plainEnvironment } from '../../../../local/environment.ts';
import { startProgram, whenReady } from '../../../../local/programs.ts';
import type { Cores } from '../../machine/cores.ts';
import type { Programs } from '../../machine/programs.ts';
import type { Server } from '../server.ts';

const patience = 20_000;

/** Starts what sends every datagram back: the least that a relay in Node costs. */
export async function startEcho(programs: Programs, cores: Cores): Promise<Server> {
  const name = 'UDP in and out in Node, nothing else';
  const program = startProgram<never, { readonly type: 'ready'; readonly port: number }>({
    name,
    file: new URL('./program.ts', import.meta.url),
    env: plainEnvironment(process.env),
  });
  programs.own(program);
  const port = await whenReady(program, patience, ({ message }) => message?.port);
  await cores.pin(program.pid, 'tested');
  return { name, port, secret: '', pid: program.pid, beside: [], expects: 'echo' };
}
