/** The keys that end or change a line being typed (ASCII). */
const KEYS = {
  end: '\r',
  newline: '\n',
  endOfInput: '\u0004',
  interrupt: '\u0003',
  delete: '\u007f',
  backspace: '\b',
};

/** The part of a terminal's input that is needed here (`process.stdin`, when it is a terminal). */
export interface TerminalInput {
  on(event: 'data', listener: (chunk: string | Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: string | Buffer) => void): unknown;
  setRawMode(mode: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  resume(): unknown;
  pause(): unknown;
}

/**
 * Asks for a line at a terminal without showing what is typed.
 *
 * @returns undefined when the person gives up (Ctrl-C, or Ctrl-D on an empty line)
 */
export function askHidden(
  question: string,
  input: TerminalInput,
  output: { write(text: string): unknown },
): Promise<string | undefined> {
  output.write(question);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (answer: string | undefined): void => {
      input.off('data', read);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      resolve(answer);
    };
    const read = (chunk: string | Buffer): void => {
      for (const key of String(chunk)) {
        const ends = endOf(key, typed);
        if (ends !== undefined) {
          finish(ends.answer);
          break;
        }
        if (key === KEYS.delete || key === KEYS.backspace) typed = typed.slice(0, -1);
        else if (key >= ' ') typed.push(key);
      }
    };
    input.on('data', read);
  });
}

function endOf(key: string, typed: readonly string[]): { answer: string | undefined } | undefined {
  if (key === KEYS.end || key === KEYS.newline) return { answer: typed.join('') };
  if (key === KEYS.interrupt) return { answer: undefined };
  if (key === KEYS.endOfInput) return { answer: typed.length === 0 ? undefined : typed.join('') };
  return undefined;
}
