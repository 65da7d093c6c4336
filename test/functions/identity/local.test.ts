import { randomBytes, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LocalDirectoryEntry, UserEntry } from '../../../functions/config/schema.ts';
import { localDirectory } from '../../../functions/identity/directories/local.ts';
import type { PasswordVerdict, User, UserLookup } from '../../../functions/identity/directory.ts';
import { readName } from '../../../functions/identity/names.ts';
import { SecretMissing, VaultUnreachable } from '../../../functions/keyvault/faults.ts';

const TENANT = '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10';
const OBJECT = '3d9b1c52-7a40-4e86-9d27-5f0c8e6a1b34';

const { signal } = new AbortController();
const question = { id: '4f1f2c9e-54cb-4d54-8f5e-9f1d5bb1a0d1', signal };

/** A hash cheap enough for many checks in a test, and still one that the directory takes. */
function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  const text = (octets: Buffer): string => octets.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=10,r=8,p=1$${text(salt)}$${text(hash)}`;
}

function user(name: string, more: Partial<UserEntry> = {}): UserEntry {
  return { name, enabled: true, groups: [], ...more };
}

const secret = (keyVault: string) => ({ keyVault });
const entry: LocalDirectoryEntry = {
  name: 'staff',
  kind: 'local',
  domains: ['CONTOSO', 'contoso.example'],
  upnSuffixes: ['contoso.example'],
  users: [
    user('Alice', {
      upn: 'a.smith@contoso.example',
      displayName: 'Alice Smith',
      groups: ['VPN Users'],
      credential: { kind: 'scrypt', hash: cheapHash('correct horse') },
    }),
    user('bob', { enabled: false, credential: { kind: 'clear', secret: secret('user-bob') } }),
    user('carol', { credential: { kind: 'ntHash', secret: secret('user-carol') } }),
    user('dave', { upn: 'dave@own.example' }),
    user('erin', {
      credential: { kind: 'scrypt', hash: '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA' },
    }),
    user('frank', { credential: { kind: 'ntHash', secret: secret('not-a-hash') } }),
    user('grace', { credential: { kind: 'clear', secret: secret('missing') } }),
    user('heidi', { credential: { kind: 'clear', secret: secret('vault-down') } }),
    user('ivan', { upn: 'ivan@contoso.example', entra: { objectId: OBJECT } }),
    user('judy', { entra: { objectId: OBJECT, userPrincipalName: 'judy@own.example' } }),
    user('kim', {
      upn: 'kim@contoso.example',
      entra: { objectId: OBJECT, userPrincipalName: 'kim@cloud.example' },
    }),
    user('leo', { entra: { objectId: OBJECT } }),
    user('jörg', { credential: { kind: 'clear', secret: secret('octets') } }),
  ],
};

const stored: Record<string, Buffer> = {
  'user-bob': Buffer.from('pässword'),
  'user-carol': Buffer.from('44ebba8d5312b8d611474411f56989ae'), // RFC 2759 §9.2: clientPass
  'not-a-hash': Buffer.from('clientPass'),
  octets: Buffer.from('70e47373', 'hex'),
};
const directory = localDirectory(entry, {
  secrets: {
    read(name) {
      if (name === 'vault-down')
        return Promise.reject(new VaultUnreachable('vault-unreachable', 'ECONNREFUSED'));
      const octets = stored[name];
      return octets === undefined
        ? Promise.reject(new SecretMissing('secret-missing'))
        : Promise.resolve(octets);
    },
  },
  tenant: TENANT,
});

async function find(userName: string): Promise<UserLookup> {
  const name = readName(userName);
  if (name === undefined) throw new Error(`not a name: ${userName}`);
  return directory.find(name, question);
}

async function found(userName: string): Promise<User> {
  const lookup = await find(userName);
  if (lookup.kind !== 'found') throw new Error(`${userName}: ${lookup.kind}`);
  return lookup.user;
}

async function verify(userName: string, password: string | Buffer, until = signal): Promise<PasswordVerdict> {
  return directory.verifyPassword(await found(userName), Buffer.from(password), {
    ...question,
    signal: until,
  });
}

test('the password that counts is that of the user who was found, whatever another is called', async () => {
  // A configuration with these two is refused; a directory that got them all the same lets nobody in as the other.
  const twins = localDirectory(
    {
      ...entry,
      users: [
        user('κώστας', {
          upn: 'admin@own.example',
          credential: { kind: 'clear', secret: secret('user-bob') },
        }),
        user('κώστασ', { credential: { kind: 'clear', secret: secret('octets') } }),
      ],
    },
    { secrets: { read: (name) => Promise.resolve(stored[name] ?? Buffer.alloc(0)) }, tenant: undefined },
  );
  const name = readName('admin@own.example');
  if (name === undefined) throw new Error('no name');
  const admin = await twins.find(name, question);
  if (admin.kind !== 'found') throw new Error(admin.kind);
  const verdict = (password: Buffer) => twins.verifyPassword(admin.user, password, question);
  expect(await verdict(Buffer.from('pässword'))).toEqual({ kind: 'right' });
  expect(await verdict(Buffer.from('70e47373', 'hex'))).toEqual({ kind: 'wrong' });
});

describe('look-up', () => {
  test('gives the user with groups, and says that there is no Entra object', async () => {
    expect(await find('alice')).toEqual({
      kind: 'found',
      user: {
        directory: 'staff',
        id: 'alice',
        name: 'Alice',
        upn: 'a.smith@contoso.example',
        displayName: 'Alice Smith',
        enabled: true,
        entra: { none: 'local-user' },
        groups: ['VPN Users'],
      },
    });
  });

  test.each([
    ['CONTOSO\\ivan', 'ivan@contoso.example'],
    ['ivan@contoso.example', 'ivan@contoso.example'],
    ['judy', 'judy@own.example'],
    ['kim@contoso.example', 'kim@cloud.example'],
  ])('%s has an Entra object whose name is %s', async (name, upn) => {
    expect((await found(name)).entra).toEqual({ objectId: OBJECT, tenantId: TENANT, upn });
  });

  test('without a tenant or a name there is no Entra object', async () => {
    expect((await found('leo')).entra).toEqual({ none: 'local-user' });
    const homeless = localDirectory(entry, {
      secrets: { read: () => Promise.reject(new SecretMissing('secret-missing')) },
      tenant: undefined,
    });
    expect(await homeless.find({ kind: 'bare', account: 'judy', text: 'judy' }, question)).toMatchObject({
      user: { entra: { none: 'local-user' } },
    });
  });

  test.each([
    'ALICE',
    'CONTOSO\\alice',
    'Contoso.Example\\ALICE',
    'A.Smith@Contoso.example',
    'alice@contoso.example',
  ])('%s is the same user', async (name) => {
    expect((await found(name)).id).toBe('alice');
  });

  test("a user's own UPN lets no other name stand before its suffix", async () => {
    expect((await found('dave@own.example')).id).toBe('dave');
    expect(await find('alice@own.example')).toEqual({ kind: 'unknown-domain' });
  });

  test('a disabled user is found and said to be disabled', async () => {
    expect((await found('bob')).enabled).toBe(false);
  });

  test.each(['mallory', 'CONTOSO\\mallory', 'mallory@contoso.example', 'host/alice', 'alice$', '__proto__'])(
    '%s is an unknown user',
    async (name) => {
      expect(await find(name)).toEqual({ kind: 'unknown-user' });
    },
  );

  test.each(['FABRIKAM\\alice', '.\\alice', 'alice@fabrikam.example', 'alice@CONTOSO'])(
    '%s is of an unknown domain',
    async (name) => {
      expect(await find(name)).toEqual({ kind: 'unknown-domain' });
    },
  );

  test('whatever the name, an answer comes', async () => {
    for (const text of fc.sample(fc.string({ unit: 'binary', maxLength: 120 }), 100)) {
      const name = readName(text);
      if (name !== undefined) expect((await directory.find(name, question)).kind).toMatch(/^unknown-/);
    }
  });
});

describe('password', () => {
  test.each([
    ['scrypt', 'alice', 'correct horse', 'Correct horse'],
    ['clear', 'bob', 'pässword', 'password'],
    ['ntHash', 'carol', 'clientPass', 'clientpass'],
  ])('%s: right and wrong', async (_, name, right, wrong) => {
    expect(await verify(name, right)).toEqual({ kind: 'right' });
    expect(await verify(name, wrong)).toEqual({ kind: 'wrong' });
    expect(await verify(name, `${right} `)).toEqual({ kind: 'wrong' });
    expect(await verify(name, '')).toEqual({ kind: 'wrong' });
  });

  test('octets that are not UTF-8 are compared as octets, and have no NT hash', async () => {
    expect(await verify('jörg', Buffer.from('70e47373', 'hex'))).toEqual({ kind: 'right' });
    expect(await verify('jörg', Buffer.from('70f67373', 'hex'))).toEqual({ kind: 'wrong' });
    expect(await verify('alice', Buffer.from('70e47373', 'hex'))).toEqual({ kind: 'wrong' });
    expect(await verify('carol', Buffer.from('70e47373', 'hex'))).toEqual({ kind: 'wrong' });
  });

  test.each([
    ['dave', 'cannot-verify', 'no-credential'],
    ['erin', 'cannot-verify', 'credential-malformed'],
    ['frank', 'cannot-verify', 'nt-hash-malformed'],
    ['grace', 'cannot-verify', 'credential-secret-missing'],
    ['heidi', 'unavailable', 'credential-secret-unavailable'],
  ])('%s: %s, %s', async (name, kind, code) => {
    expect(await verify(name, 'clientPass')).toEqual({ kind, code });
  });

  test('verification-too-late: an ended time is not a wrong password, for whichever credential', async () => {
    const late = { kind: 'unavailable', code: 'verification-too-late' };
    expect(await verify('alice', 'wrong', AbortSignal.abort())).toEqual(late);
    expect(await verify('bob', 'wrong', AbortSignal.abort())).toEqual(late);
    expect(await verify('dave', 'wrong', AbortSignal.abort())).toEqual(late);
  });

  test('many checks at once all end', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, (_, n) => verify('alice', n % 2 === 0 ? 'correct horse' : 'x')),
    );
    expect(verdicts.filter(({ kind }) => kind === 'right')).toHaveLength(10);
  });
});

describe('time tells nothing', () => {
  const no = {
    secrets: { read: () => Promise.reject(new SecretMissing('secret-missing')) },
    tenant: undefined,
  };
  const hash = (ln: number) => `$scrypt$ln=${ln},r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  const withHash = (name: string, ln: number) =>
    user(name, { credential: { kind: 'scrypt', hash: hash(ln) } });

  /** Which scrypt parameters a "no" was spent on. */
  async function spentOn(users: UserEntry[], name: string): Promise<number[]> {
    const spent: number[] = [];
    const counting = localDirectory(
      { ...entry, users },
      {
        ...no,
        matchesHash: async (_, { ln }) => {
          spent.push(ln);
          return false;
        },
      },
    );
    const looked = await counting.find({ kind: 'bare', account: name, text: name }, question);
    if (looked.kind === 'found') await counting.verifyPassword(looked.user, Buffer.from('wrong'), question);
    else await counting.spendVerification(signal);
    return spent;
  }

  test.each([
    ['a wrong password', 'alice'],
    ['an unknown user', 'nobody'],
    ['a user without a credential', 'dave'],
    ['a user whose secret is missing', 'grace'],
    ['a user whose hash is unreadable', 'erin'],
  ])('%s costs one scrypt', async (_, name) => {
    expect(await spentOn([...entry.users.slice(1), withHash('Alice', 15)], name)).toEqual([15]);
  });

  test('an unknown user costs as much as the costliest hash', async () => {
    expect(await spentOn([withHash('a', 10), withHash('b', 16), withHash('c', 14)], 'nobody')).toEqual([16]);
  });

  test('a directory without scrypt hashes spends nothing', async () => {
    expect(await spentOn([user('dave')], 'nobody')).toEqual([]);
    expect(await spentOn([user('dave')], 'dave')).toEqual([]);
  });

  test('a right password costs nothing more', async () => {
    const spent: unknown[] = [];
    const counting = localDirectory(
      { ...entry, users: [withHash('alice', 15), ...entry.users.slice(1, 2)] },
      {
        secrets: { read: () => Promise.resolve(Buffer.from('right')) },
        tenant: undefined,
        matchesHash: async (password) => {
          spent.push(password);
          return true;
        },
      },
    );
    const looked = await counting.find({ kind: 'bare', account: 'bob', text: 'bob' }, question);
    if (looked.kind !== 'found') throw new Error(looked.kind);
    expect(await counting.verifyPassword(looked.user, Buffer.from('right'), question)).toEqual({
      kind: 'right',
    });
    expect(spent).toEqual([]);
  });
});
