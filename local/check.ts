import { calledFrom } from './called-from.ts';
import { checkCommand } from './check-command.ts';

const folder = calledFrom('check', process.env);
if (folder !== undefined) process.chdir(folder);
process.exitCode = await checkCommand(process.argv.slice(2), {
  input: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
