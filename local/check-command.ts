import { run, type Terminal } from '../admin/run.ts';
import { besideBridgeJson } from './check-beside.ts';
import { exitCodeOf, StartRefused } from './faults.ts';
import { refusalWords } from './words.ts';

/**
 * `npm run check`: what would keep `npm start` from starting with a bridge.json and the bridge.secrets.json beside it,
 * in the same words, or else what they mean.
 *
 * @param args what stands behind `check`
 * @returns the exit code
 */
export async function checkCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(['check', ...args], terminal, besideBridgeJson);
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    terminal.err(`${refusalWords(error)}\n`);
    if (error.problems.length > 0) terminal.err(`\n${UNREACHED}\n`);
    return exitCodeOf(error.code);
  }
}

const UNREACHED = 'What else the two files mean together is looked at once these are mended.';
