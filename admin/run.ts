import type { Readable } from 'node:stream';
import { hashPassword } from '../functions/identity/credential.ts';
import { type LookBeside, nothingBeside } from './beside.ts';
import { check } from './check.ts';
import { CommandRefused } from './faults.ts';
import { askNewPassword } from './password.ts';

const USAGE = `radius-bridge's command line for administrators

  npm run check -- FILE      says whether a bridge.json is valid, and what it means for clients and users
  npm run password-hash      asks for a password (or reads it from its input) and prints its hash for bridge.json
  npm run check -- --help    prints this

Exit code 0: done, or valid. 2: not valid, or the command could not be carried out.`;

/** Where a command reads and writes. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  out(text: string): void;
  /** For questions and complaints. */
  err(text: string): void;
}

/**
 * Carries out one command.
 *
 * @param args what stands behind the program's name.
 * @param lookBeside finds what counts beside a bridge.json that is checked
 * @returns the exit code: 0 or 2. Rejects with what `lookBeside` rejects with.
 */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  lookBeside: LookBeside = nothingBeside,
): Promise<0 | 2> {
  try {
    return await carryOut(args, terminal, lookBeside);
  } catch (error) {
    if (!(error instanceof CommandRefused)) throw error;
    terminal.err(`${error.message} [${error.code}]\n`);
    if (error.code === 'usage-wrong') terminal.err(`\n${USAGE}\n`);
    return 2;
  }
}

async function carryOut(
  [verb, ...rest]: readonly string[],
  terminal: Terminal,
  lookBeside: LookBeside,
): Promise<0 | 2> {
  const [argument] = rest;
  if (verb === '--help' || verb === '-h' || argument === '--help') {
    terminal.out(`${USAGE}\n`);
    return 0;
  }
  if (verb === 'check' && argument !== undefined && rest.length === 1) {
    const { valid, lines } = await check(argument, lookBeside);
    const print = valid ? terminal.out : terminal.err;
    print(`${lines.join('\n')}\n`);
    return valid ? 0 : 2;
  }
  if (verb === 'password-hash' && rest.length === 0) {
    terminal.out(`${await hashPassword(await askNewPassword(terminal.input, terminal.err))}\n`);
    return 0;
  }
  throw new CommandRefused('usage-wrong', usageOf(verb));
}

function usageOf(verb: string | undefined): string {
  if (verb === 'check') return 'check takes exactly one file: npm run check -- FILE';
  if (verb === 'password-hash') return 'password-hash takes no argument: the password is asked for.';
  return verb === undefined ? 'Name a command.' : 'There is no such command.';
}
