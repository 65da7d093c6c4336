import { checkCommand } from './check-command.ts';

process.exitCode = await checkCommand(process.argv.slice(2), {
  input: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
