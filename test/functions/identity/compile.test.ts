import { describe, expect, test } from 'vitest';
import type { EntraDirectoryEntry, LocalDirectoryEntry } from '../../../functions/config/schema.ts';
import {
  checkDirectories,
  compileDirectories,
  type EntraDirectoryPlace,
} from '../../../functions/identity/compile.ts';
import { directoryByHand } from './directory-by-hand.ts';

const SALT_AND_HASH = 'AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

function directory(hash: string): LocalDirectoryEntry {
  const users: LocalDirectoryEntry['users'] = [
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

const TENANT = '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10';
const question = { id: '4f1f2c9e-54cb-4d54-8f5e-9f1d5bb1a0d1', signal: new AbortController().signal };
const noSecrets = { read: () => Promise.reject(new Error('no secret is needed')) };

function entra(passwordCheck?: EntraDirectoryEntry['passwordCheck']): EntraDirectoryEntry {
  const entry = { name: 'entra', kind: 'entra', domains: [], groups: [], cacheFor: 60 } as const;
  return { ...entry, domains: [], groups: [], ...(passwordCheck && { passwordCheck }) };
}

test('directories are found by their name', async () => {
  const compiled = compileDirectories(
    { directories: [directory('unread')], cloud: 'public' },
    { secrets: noSecrets, entraDirectory: () => expect.fail('there is no Entra directory') },
  );
  expect([...compiled.keys()]).toEqual(['local']);
  const name = { kind: 'bare', account: 'ALICE', text: 'ALICE' } as const;
  expect(await compiled.get('local')?.find(name, question)).toMatchObject({ kind: 'found' });
});

describe('an Entra directory', () => {
  const own = { keyVault: 'password-check' };
  const ofMfa = { keyVault: 'nps-mfa', version: '0123456789abcdef0123456789abcdef' };
  const connector = { kind: 'connector', signature: 'PS256', language: 'en-us' } as const;
  const mfa = {
    providers: [{ ...connector, certificate: ofMfa }],
    promptWindow: 75,
    minimumWait: 20,
  };
  const clientId = '00001111-aaaa-2222-bbbb-3333cccc4444';

  function placeOf(document: Partial<Parameters<typeof compileDirectories>[0]>): EntraDirectoryPlace[] {
    const places: EntraDirectoryPlace[] = [];
    compileDirectories(
      { directories: [entra()], tenant: TENANT, cloud: 'china', ...document },
      {
        secrets: noSecrets,
        entraDirectory(place) {
          places.push(place);
          return directoryByHand('entra').directory;
        },
      },
    );
    return places;
  }

  test('is made for the tenant and the cloud, without a certificate where none is named', () => {
    expect(placeOf({})).toEqual([
      { tenantId: TENANT, cloud: 'china', entry: entra(), certificate: undefined },
    ]);
  });

  test('checks passwords with the certificate of the MFA provider, or else with its own', () => {
    const without = { clientId, signature: 'PS256' } as const;
    expect(placeOf({ mfa, directories: [entra(without)] })[0]?.certificate).toEqual(ofMfa);
    const itself = { ...without, certificate: own };
    expect(placeOf({ mfa, directories: [entra(itself)] })[0]?.certificate).toEqual(own);
  });
});
