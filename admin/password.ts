import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { CommandRefused } from './faults.ts';

/** RFC 2865 §5.2: what User-Password can carry. */
const LONGEST_PASSWORD = 128;

/**
 * Asks for a new password: at a terminal twice and without echo, otherwise all of the input is the password, less one
 * line end. Throws {@link CommandRefused}.
 *
 * @param input the terminal, or what is piped in.
 * @param ask prints a question; never gets the answer.
 */
export async function askNewPassword(
  input: Readable & { readonly isTTY?: boolean },
  ask: (question: string) => void,
): Promise<string> {
  const password = input.isTTY ? await askTwice(input, ask) : await readAll(input);
  if (password === '') throw new CommandRefused('password-missing');
  const octets = Buffer.byteLength(password);
  if (octets > LONGEST_PASSWORD) throw new CommandRefused('password-too-long', `This one has ${octets}.`);
  return password;
}

async function askTwice(input: Readable, ask: (question: string) => void): Promise<string> {
  // A terminal whose echo goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output, terminal: true });
  // Lines typed or pasted ahead wait here; Ctrl-C and the end of input end it.
  const typed = lines[Symbol.asyncIterator]();
  const answer = async (question: string): Promise<string> => {
    ask(question);
    const { value, done } = await typed.next();
    ask('\n');
    if (done) throw new CommandRefused('password-missing');
    return value;
  };
  try {
    const first = await answer('Password: ');
    const second = await answer('Once more: ');
    if (first !== second) throw new CommandRefused('passwords-differ');
    return first;
  } finally {
    lines.close();
  }
}

async function readAll(input: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
