import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askHidden } from '../../../local/sign-in/ask.ts';

async function ask(
  ...chunks: string[]
): Promise<{ answer: string | undefined; shown: string; modes: boolean[] }> {
  const modes: boolean[] = [];
  let shown = '';
  const input = Object.assign(new PassThrough(), {
    setRawMode(mode: boolean) {
      modes.push(mode);
      return input;
    },
  });
  const answer = askHidden('Password: ', input, {
    write(text) {
      shown += text;
    },
  });
  for (const chunk of chunks) input.write(chunk);
  return { answer: await answer, shown, modes };
}

test('what is typed is not shown, and the terminal is as before afterwards', async () => {
  expect(await ask('corr', 'ect hörse\r')).toEqual({
    answer: 'correct hörse',
    shown: 'Password: \n',
    modes: [true, false],
  });
});

test.each([
  ['backspace', ['abc\u007f\bd\n'], 'ad'],
  ['what follows the end of the line is left alone', ['one\ntwo\n'], 'one'],
  ['control characters are no password', ['a\u0001b\tc\r'], 'abc'],
  ['nothing', ['\r'], ''],
  ['end of input after a text', ['abc\u0004'], 'abc'],
  ['end of input', ['\u0004'], undefined],
  ['interrupt', ['abc\u0003'], undefined],
])('%s', async (_, chunks, answer) => {
  expect((await ask(...chunks)).answer).toBe(answer);
});
