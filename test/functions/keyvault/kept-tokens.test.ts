import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import { describe, expect, test } from 'vitest';
import { keptTokens } from '../../../functions/keyvault/kept-tokens.ts';
import { tableStore } from '../../../functions/store/tables.ts';
import { loopbackTls } from '../../local/stand-ins/running.ts';
import { storageCredential } from '../store/storage-credential.ts';
import { tableServer } from '../store/table-server.ts';
import { manualTime } from '../store/time.ts';

const SCOPE = 'https://storage.azure.com/.default';
const minute = 60_000;

/** A credential whose answers are given by hand, and what keeps its tokens. */
function rig(lifetime = 60 * minute) {
  const time = manualTime();
  const asked: Array<{ scopes: string | string[]; options: GetTokenOptions | undefined }> = [];
  const state = {
    answer: async (): Promise<AccessToken | null> => ({
      token: `token-${asked.length}`,
      expiresOnTimestamp: time.clock.now() + lifetime,
    }),
  };
  const credential: TokenCredential = {
    getToken(scopes, options) {
      asked.push({ scopes, options });
      return state.answer();
    },
  };
  const kept = keptTokens(credential, { clock: time.clock, patience: 20 });
  const token = async (scopes: string | string[] = SCOPE, options?: GetTokenOptions) =>
    (await kept.getToken(scopes, options))?.token;
  return { time, asked, state, kept, token };
}

/** Lets a replacement behind everybody's back come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a token', () => {
  test('is asked for once, however many want it, and kept', async () => {
    const { asked, token } = rig();
    expect(await Promise.all([token(), token(), token()])).toEqual(['token-1', 'token-1', 'token-1']);
    expect(await token()).toBe('token-1');
    expect(asked).toMatchObject([{ scopes: SCOPE }]);
  });

  test('is another one for other scopes', async () => {
    const { token } = rig();
    expect(await token()).toBe('token-1');
    expect(await token(['https://vault.azure.net/.default'])).toBe('token-2');
    expect(await token([SCOPE])).toBe('token-1');
  });

  test('is replaced behind the back of whoever asks, five minutes before its end', async () => {
    const { time, asked, token } = rig();
    await token();
    await time.advance(55 * minute - 1);
    expect(await token()).toBe('token-1');
    expect(asked).toHaveLength(1);
    await time.advance(1);
    expect(await token()).toBe('token-1');
    await settled();
    expect(await token()).toBe('token-2');
  });

  test('is replaced when its issuer says so', async () => {
    const { time, state, asked, token } = rig();
    const expiresOnTimestamp = time.clock.now() + 60 * minute;
    state.answer = async () => ({
      token: 'half',
      expiresOnTimestamp,
      refreshAfterTimestamp: time.clock.now() + 30 * minute,
    });
    await token();
    await time.advance(30 * minute);
    expect(await token()).toBe('half');
    expect(asked).toHaveLength(2);
  });

  test('that cannot be replaced serves on to its end, and nobody is asked at every call', async () => {
    const { time, state, asked, token } = rig();
    await token();
    await time.advance(56 * minute);
    state.answer = () => Promise.reject(new Error('identity is away'));
    for (let call = 0; call < 10; call += 1) {
      expect(await token()).toBe('token-1');
      await settled();
    }
    expect(asked).toHaveLength(2);
    await time.advance(30_000);
    expect(await token()).toBe('token-1');
    expect(asked).toHaveLength(3);
    await time.advance(4 * minute);
    await expect(token()).rejects.toThrow('identity is away');
  });

  test('a request that is never answered ends, and the next one begins anew', async () => {
    const { state, token } = rig();
    const { answer } = state;
    state.answer = () => new Promise(() => undefined);
    await expect(token()).rejects.toMatchObject({ name: 'TimeoutError' });
    state.answer = answer;
    expect(await token()).toBe('token-2');
  });

  test('is asked for anew when a service wants other claims', async () => {
    const { asked, token } = rig();
    await token();
    expect(await token(SCOPE, { claims: '{}' })).toBe('token-2');
    expect(asked[1]?.options).toEqual({ claims: '{}' });
    expect(await token()).toBe('token-2');
  });

  test('that was asked for before the service wanted other claims does not take the place of the newer one', async () => {
    const { state, token } = rig();
    const { answer } = state;
    const old = Promise.withResolvers<AccessToken>();
    state.answer = () => old.promise;
    const waiting = token();
    state.answer = answer;
    expect(await token(SCOPE, { claims: '{}' })).toBe('token-2');
    old.resolve({ token: 'refused', expiresOnTimestamp: Number.MAX_SAFE_INTEGER });
    await waiting;
    expect(await token()).toBe('token-2');
  });

  test('is replaced in time also after a clock that ran ahead was put back', async () => {
    const { time, token } = rig();
    time.step(24 * 60 * minute);
    await token();
    time.step(-24 * 60 * minute);
    await time.advance(24 * 60 * minute + 55 * minute);
    expect(await token()).toBe('token-1');
    await settled();
    expect(await token()).toBe('token-2');
  });

  test('none at all is a fault', async () => {
    const { state, token } = rig();
    state.answer = async () => null;
    await expect(token()).rejects.toMatchObject({ code: 'no-token' });
  });
});

// Vitest fails a run in which a rejection is handled by nobody.
test('an SDK client that is given such tokens neither hangs nor ends the process', {
  timeout: 30_000,
}, async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  const server = await tableServer(tls);
  const time = manualTime();
  const issued = storageCredential();
  let state: 'well' | 'hanging' | 'failing' = 'hanging';
  const credential: TokenCredential = {
    async getToken(scopes, options) {
      if (state === 'hanging') return new Promise(() => undefined);
      if (state === 'failing') throw new Error('identity is away');
      const given = await issued.getToken(scopes, options);
      return given && { ...given, expiresOnTimestamp: time.clock.now() + minute };
    },
  };
  const store = tableStore({
    url: server.url,
    credential: keptTokens(credential, { clock: time.clock, patience: 50 }),
    clock: time.clock,
    newMark: () => 'mark',
    retryOptions: { maxRetries: 0 },
  });
  const rows = store.table<string>('rows');
  try {
    await expect(rows.read('p', 'k')).rejects.toMatchObject({ code: 'store-unreachable' });
    state = 'well';
    expect(await rows.read('p', 'k')).toBeUndefined();
    // Within the minutes in which the SDK would replace it behind everybody's back.
    state = 'failing';
    expect(await rows.read('p', 'k')).toBeUndefined();
    await time.advance(minute);
    await expect(rows.read('p', 'k')).rejects.toMatchObject({ code: 'store-unreachable' });
    state = 'well';
    expect(await rows.read('p', 'k')).toBeUndefined();
  } finally {
    await server.close();
  }
});
