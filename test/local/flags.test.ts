import { describe, expect, test } from 'vitest';
import { exitCodeOf, START_FAULTS, StartRefused } from '../../local/faults.ts';
import { HELP, readFlags } from '../../local/flags.ts';

test('without flags everything has its default', () => {
  expect(readFlags([])).toEqual({ json: false, help: false, options: {} });
});

test('every flag is understood', () => {
  const argv =
    '--config a.json --bind ::1 --auth-port 0 --acct-port 1813 --console-port 8080 --mfa ring --store azurite --hosts 3 --package dist/package --decisions d --json -h';
  expect(readFlags(argv.split(' '))).toEqual({
    json: true,
    help: true,
    options: {
      config: 'a.json',
      bind: '::1',
      authPort: 0,
      acctPort: 1813,
      consolePort: 8080,
      mfa: 'ring',
      store: 'azurite',
      hosts: 3,
      package: 'dist/package',
      decisions: 'd',
    },
  });
  for (const flag of argv.split(' ').filter((word) => word.startsWith('--'))) expect(HELP).toContain(flag);
});

test('both ports may be any free one', () => {
  expect(readFlags(['--auth-port', '0', '--acct-port', '0']).options).toEqual({ authPort: 0, acctPort: 0 });
});

test('a prompt does by itself one of four things', () => {
  for (const mode of ['approve', 'deny', 'ring', 'phone']) {
    expect(readFlags(['--mfa', mode]).options).toEqual({ mfa: mode });
    expect(HELP).toContain(mode);
  }
});

describe('refused with exit code 2', () => {
  test.each([
    ['flag-wrong', ['--colour']],
    ['flag-wrong', ['extra']],
    ['flag-wrong', ['--config']],
    ['flag-wrong', ['--config', '']],
    ['flag-wrong', ['--json=yes']],
    ['flag-wrong', ['--auth-port', '0', '--auth-port', '5']],
    ['flag-wrong', ['--auth-port', '65536']],
    ['flag-wrong', ['--auth-port', '-1']],
    ['flag-wrong', ['--acct-port', '18x']],
    ['flag-wrong', ['--console-port', '']],
    ['flag-wrong', ['--auth-port', '1812', '--acct-port', '1812']],
    ['flag-wrong', ['--bind', 'localhost']],
    ['flag-wrong', ['--mfa', 'fraud']],
    ['flag-wrong', ['--mfa', 'Approve']],
    ['flag-wrong', ['--mfa', '']],
    ['flag-wrong', ['--store', 'Azurite']],
    ['flag-wrong', ['--store', '']],
    ['flag-wrong', ['--hosts', '0']],
    ['flag-wrong', ['--hosts', '10']],
    ['flag-wrong', ['--hosts', '2.0']],
    ['flag-wrong', ['--hosts', '']],
  ])('%s: %j', (code, argv) => {
    expect(() => readFlags(argv)).toThrow(expect.objectContaining({ code }));
  });
});

test.each([
  [['--colour'], '--colour is not a flag; --help lists them.'],
  [['extra'], '"extra" is not a flag. Flags stand behind --: npm start -- --hosts 2'],
  [['--config'], '--config needs a value.'],
  [['--json=yes'], '--json takes no value.'],
  [['--auth-port', '0', '--auth-port', '5'], '--auth-port is given twice.'],
  [['--auth-port', '-1'], '--auth-port "-1": expected a port from 0 to 65535.'],
  [['--mfa', 'no'], '--mfa "no": expected approve, deny, ring, phone.'],
  [['--mfa'], '--mfa needs a value.'],
  [['--store', 'redis'], '--store "redis": expected memory or azurite.'],
  [['--hosts', '-1'], '--hosts "-1": expected a number from 1 to 9.'],
  [['--decisions', ''], '--decisions: expected the name of a file or folder.'],
  [['--package', ''], '--package: expected the name of a file or folder.'],
])('%j is told in a sentence', (argv, sentence) => {
  expect(() => readFlags(argv)).toThrow(sentence);
});

test('what the user wrote ends with 2, what the machine did with 1', () => {
  const ofMachine = ['not-built', 'port-taken', 'address-not-here', 'program-failed', 'program-ended'];
  for (const code of Object.keys(START_FAULTS) as Array<keyof typeof START_FAULTS>) {
    expect([code, exitCodeOf(code)]).toEqual([code, ofMachine.includes(code) ? 1 : 2]);
    expect(new StartRefused(code, 'Detail.').message).toBe(`${START_FAULTS[code]} Detail.`);
  }
});
