import { expect, test } from 'vitest';
import type { DirectoryEntry } from '../../../functions/config/schema.ts';
import { checkDirectories, compileDirectories } from '../../../functions/identity/compile.ts';

const SALT_AND_HASH = 'AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

function directory(hash: string): DirectoryEntry {
  const users: DirectoryEntry['users'] = [
    { name: 'nobody', enabled: true, groups: [] },
    { name: 'alice', enabled: true, groups: [], credential: { kind: 'scrypt', hash } },
  ];
  return { name: 'local', kind: 'local', domains: [], upnSuffixes: [], users };
}

test('a usable hash is no problem', () => {
  expect(checkDirectories([directory(`$scrypt$ln=15,r=8,p=1$${SALT_AND_HASH}`)])).toEqual([]);
});

test('scrypt-hash-unusable: the place is named, the hash is not repeated', () => {
  const problems = checkDirectories([
    directory(`$scrypt$ln=15,r=8,p=1$${SALT_AND_HASH}`),
    directory(`$scrypt$ln=30,r=8,p=1$${SALT_AND_HASH}`),
  ]);
  expect(problems).toEqual([
    {
      path: 'directories[1].users[1].credential.hash',
      code: 'scrypt-hash-unusable',
      found: 'a string',
      expected: expect.stringContaining('ln 10 to 17'),
    },
  ]);
});

test('directories are found by their name', async () => {
  const compiled = compileDirectories([directory('unread')], {
    secrets: { read: () => Promise.reject(new Error('no secret is needed')) },
    tenant: undefined,
  });
  expect([...compiled.keys()]).toEqual(['local']);
  const lookup = await compiled
    .get('local')
    ?.find({ kind: 'bare', account: 'ALICE', text: 'ALICE' }, new AbortController().signal);
  expect(lookup?.kind).toBe('found');
});
