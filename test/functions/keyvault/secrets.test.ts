import { beforeEach, describe, expect, test } from 'vitest';
import { SecretMissing, VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import {
  SECRET_EVENTS,
  type SecretEvent,
  type SecretReader,
  secretReader,
} from '../../../functions/keyvault/secrets.ts';
import type { FetchedSecret } from '../../../functions/keyvault/vault.ts';
import { type ManualTime, manualTime } from '../store/time.ts';

const minutes = 60_000;
const hours = 60 * minutes;

let time: ManualTime;
let events: SecretEvent[];
let fetched: string[];
/** What the vault says next. */
let vault: (name: string) => Promise<FetchedSecret>;
let reader: SecretReader;

function gives(text: string, dates: { notBefore?: number; expires?: number } = {}): void {
  vault = async () => ({ octets: Buffer.from(text), ...dates });
}

function fails(error: Error): void {
  vault = () => Promise.reject(error);
}

const down = () => new VaultUnreachable('vault-unreachable', 'ECONNREFUSED');

beforeEach(() => {
  time = manualTime();
  events = [];
  fetched = [];
  gives('one');
  reader = secretReader({
    fetch: (name) => {
      fetched.push(name);
      return vault(name);
    },
    clock: time.clock,
    log: (event) => events.push(event),
  });
});

/** Reads once more after whatever the read before began has ended. */
async function readTwice(): Promise<string> {
  await reader.read('s');
  await time.advance(0);
  return (await reader.read('s')).toString();
}

describe('a secret that is fresh', () => {
  test('is fetched once in five minutes', async () => {
    expect((await reader.read('s')).toString()).toBe('one');
    await time.advance(5 * minutes - 1);
    await reader.read('s');
    expect(fetched).toEqual(['s']);
  });

  test('is fetched once for all who ask at the same time, each name for itself', async () => {
    await Promise.all([...Array.from({ length: 50 }, () => reader.read('s')), reader.read('t')]);
    expect(fetched).toEqual(['s', 't']);
  });

  test('is the same Buffer until it changes', async () => {
    const first = await reader.read('s');
    await time.advance(5 * minutes);
    await readTwice();
    expect(fetched).toHaveLength(2);
    expect(await reader.read('s')).toBe(first);
    expect(events).toEqual([]);
  });
});

describe('a secret that is older', () => {
  test('is given at once and refreshed in the background, once for all', async () => {
    await reader.read('s');
    await time.advance(5 * minutes);
    const answer = Promise.withResolvers<FetchedSecret>();
    vault = () => answer.promise;
    const values = await Promise.all(Array.from({ length: 20 }, () => reader.read('s')));
    expect(new Set(values.map(String))).toEqual(new Set(['one']));
    expect(fetched).toHaveLength(2);
    answer.resolve({ octets: Buffer.from('two') });
    await time.advance(0);
    expect((await reader.read('s')).toString()).toBe('two');
    expect(fetched).toHaveLength(2);
  });

  test('secret-rotated: a new value is told without being shown', async () => {
    await reader.read('s');
    await time.advance(5 * minutes);
    gives('two');
    expect(await readTwice()).toBe('two');
    expect(events).toEqual([{ event: 'secret-rotated', name: 's' }]);
  });

  test('secret-kept: serves on while the vault cannot be asked, loudly, and the vault is asked every 30 s', async () => {
    await reader.read('s');
    await time.advance(6 * minutes);
    fails(down());
    expect(await readTwice()).toBe('one');
    const kept = {
      event: 'secret-kept',
      name: 's',
      code: 'vault-unreachable',
      detail: 'ECONNREFUSED',
      age: 360,
    };
    expect(events).toEqual([kept]);
    expect(fetched).toHaveLength(2);
    await time.advance(29_999);
    expect(await readTwice()).toBe('one');
    expect(fetched).toHaveLength(2);
    await time.advance(1);
    expect(await readTwice()).toBe('one');
    expect(fetched).toHaveLength(3);
    expect(events[1]).toEqual({ ...kept, age: 390 });
    gives('two');
    await time.advance(30_000);
    expect(await readTwice()).toBe('two');
  });

  test.each(['vault-throttled', 'vault-refused', 'identity-unavailable'] as const)(
    'serves on after %s too',
    async (code) => {
      await reader.read('s');
      await time.advance(5 * minutes);
      fails(new VaultUnreachable(code, ''));
      expect(await readTwice()).toBe('one');
      expect(events).toMatchObject([{ event: 'secret-kept', code }]);
    },
  );

  test('serves for a day, no longer', async () => {
    await reader.read('s');
    fails(down());
    await time.advance(24 * hours - 1);
    expect(await readTwice()).toBe('one');
    await time.advance(30_000);
    await expect(reader.read('s')).rejects.toThrow(VaultUnreachable);
    gives('two');
    expect((await reader.read('s')).toString()).toBe('two');
  });

  test.each(['secret-missing', 'secret-disabled', 'secret-empty'] as const)(
    'secret-withdrawn: is not used any more once the vault says %s',
    async (code) => {
      await reader.read('s');
      await time.advance(5 * minutes);
      fails(new SecretMissing(code));
      await reader.read('s');
      await time.advance(0);
      await expect(reader.read('s')).rejects.toThrow(expect.objectContaining({ code }));
      expect(events).toEqual([{ event: 'secret-withdrawn', name: 's', code }]);
    },
  );
});

describe('a secret’s own dates', () => {
  test('secret-expired: past its end it is refused though the vault gives it', async () => {
    gives('one', { expires: time.clock.now() });
    await expect(reader.read('s')).rejects.toThrow(expect.objectContaining({ code: 'secret-expired' }));
  });

  test('secret-expired: before its beginning too', async () => {
    gives('one', { notBefore: time.clock.now() + 1 });
    await expect(reader.read('s')).rejects.toThrow(expect.objectContaining({ code: 'secret-expired' }));
  });

  test('are heeded between two reads of the vault, and when the vault is down', async () => {
    gives('one', { notBefore: time.clock.now(), expires: time.clock.now() + minutes });
    await reader.read('s');
    await time.advance(minutes - 1);
    await reader.read('s');
    await time.advance(1);
    fails(down());
    await expect(reader.read('s')).rejects.toThrow(VaultUnreachable);
    expect(fetched).toHaveLength(2);
  });
});

describe('a secret that is not there', () => {
  test('secret-missing: is remembered for 30 s, then asked for again', async () => {
    fails(new SecretMissing('secret-missing'));
    await expect(reader.read('s')).rejects.toThrow(SecretMissing);
    gives('one');
    await time.advance(29_999);
    await expect(reader.read('s')).rejects.toThrow(SecretMissing);
    expect(fetched).toHaveLength(1);
    await time.advance(1);
    expect((await reader.read('s')).toString()).toBe('one');
    expect(events).toEqual([]);
  });

  test('vault-unreachable: without a known value every read that comes after the last failure asks', async () => {
    fails(down());
    const outcomes = await Promise.allSettled([reader.read('s'), reader.read('s')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(fetched).toHaveLength(1);
    gives('one');
    expect((await reader.read('s')).toString()).toBe('one');
  });

  test('an error that nobody foresaw is neither swallowed nor remembered', async () => {
    vault = () => {
      throw new RangeError('unforeseen');
    };
    await expect(reader.read('s')).rejects.toThrow('unforeseen');
    gives('one');
    expect((await reader.read('s')).toString()).toBe('one');
  });
});

describe('a signal', () => {
  test('ends one wait, not the read of the others', async () => {
    const answer = Promise.withResolvers<FetchedSecret>();
    vault = () => answer.promise;
    const aborter = new AbortController();
    const one = reader.read('s', aborter.signal);
    const other = reader.read('s');
    aborter.abort(new Error('too late'));
    await expect(one).rejects.toThrow('too late');
    answer.resolve({ octets: Buffer.from('one') });
    expect((await other).toString()).toBe('one');
    expect(fetched).toHaveLength(1);
  });

  test('that has aborted begins nothing', async () => {
    await expect(reader.read('s', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(fetched).toEqual([]);
  });

  test('whose wait has ended leaves no unhandled rejection behind', async () => {
    const answer = Promise.withResolvers<FetchedSecret>();
    vault = () => answer.promise;
    const aborter = new AbortController();
    const one = reader.read('s', aborter.signal);
    aborter.abort(new Error('too late'));
    await expect(one).rejects.toThrow('too late');
    answer.reject(down());
    await time.advance(0);
  });
});

test('no event holds a secret', () => {
  expect(Object.keys(SECRET_EVENTS).sort()).toEqual(['secret-kept', 'secret-rotated', 'secret-withdrawn']);
});
