import { describe, expect, test } from 'vitest';
import { readArguments } from '../../../local/sign-in/arguments.ts';

const read = (words: string[], environment = {}) => readArguments(words, environment);

test('a user is enough', () => {
  expect(read(['alice'])).toEqual({
    kind: 'sign-in',
    arguments: {
      userName: 'alice',
      password: undefined,
      client: undefined,
      machine: 'PC-1',
      timeout: 60_000,
      server: undefined,
    },
  });
});

test('all that can be said', () => {
  const words = ['CONTOSO\\alice', '--password', 'p w', '--client', 'rd-gateway', '--machine', 'PC7'];
  expect(read([...words, '--timeout', '1.5', '--server', '[::1]:1812', '--secret', 's'])).toEqual({
    kind: 'sign-in',
    arguments: {
      userName: 'CONTOSO\\alice',
      password: 'p w',
      client: 'rd-gateway',
      machine: 'PC7',
      timeout: 1500,
      server: { address: '::1', port: 1812, secret: 's' },
    },
  });
});

test('the environment holds what a list of processes would show; a flag goes before it', () => {
  const environment = { BRIDGE_PASSWORD: 'from there', BRIDGE_SECRET: 'also' };
  expect(read(['alice', '--server', 'localhost:1812'], environment)).toMatchObject({
    arguments: { password: 'from there', server: { address: '127.0.0.1', port: 1812, secret: 'also' } },
  });
  expect(read(['alice', '--password', ''], environment)).toMatchObject({ arguments: { password: '' } });
});

test('help', () => {
  expect(read(['--help'])).toEqual({ kind: 'help' });
});

describe('wrong use', () => {
  test.each([
    ['no user', []],
    ['two users', ['alice', 'bob']],
    ['too long a name', ['ü'.repeat(127)]],
    ['unknown flag', ['alice', '--pasword', 'x']],
    ['no time', ['alice', '--timeout', '0']],
    ['too much time', ['alice', '--timeout', '601']],
    ['time in words', ['alice', '--timeout', 'long']],
    ['no machine', ['alice', '--machine', '']],
    ['secret without server', ['alice', '--secret', 's']],
    ['server without secret', ['alice', '--server', '127.0.0.1:1812']],
    ['server without port', ['alice', '--server', '127.0.0.1', '--secret', 's']],
    ['server by name', ['alice', '--server', 'radius.example:1812', '--secret', 's']],
    ['IPv6 without brackets', ['alice', '--server', '::1:1812', '--secret', 's']],
    ['port 0', ['alice', '--server', '127.0.0.1:0', '--secret', 's']],
    ['port 65536', ['alice', '--server', '127.0.0.1:65536', '--secret', 's']],
    ['unknown kind of client', ['alice', '--server', '127.0.0.1:1812', '--secret', 's', '--client', 'x']],
  ])('%s', (_, words) => {
    expect(read(words)).toEqual({ kind: 'wrong', reason: expect.stringMatching(/./) });
  });
});
