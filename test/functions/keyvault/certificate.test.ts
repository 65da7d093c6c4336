import { beforeEach, describe, expect, test } from 'vitest';
import {
  CERTIFICATE_EVENTS,
  type CertificateEvent,
  type CertificateReader,
  certificateReader,
  type SigningCertificate,
} from '../../../functions/keyvault/certificate.ts';
import { CertificateUnusable, VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import { type ManualTime, manualTime } from '../store/time.ts';

const hours = 3_600_000;
const name = 'nps-mfa';

let time: ManualTime;
let events: CertificateEvent[];
let fetched: unknown[];
/** What the vault says next. */
let vault: () => Promise<SigningCertificate>;
let reader: CertificateReader;

function certificate(x: Partial<SigningCertificate> = {}): SigningCertificate {
  const version = x.version ?? '1'.repeat(32);
  return { name, version, keyId: `https://v/keys/${name}/${version}`, der: Buffer.from('der'), ...x };
}

function gives(x: Partial<SigningCertificate> = {}): void {
  vault = async () => certificate(x);
}

function fails(error: Error): void {
  vault = () => Promise.reject(error);
}

const down = () => new VaultUnreachable('vault-unreachable', 'ECONNREFUSED');

beforeEach(() => {
  time = manualTime();
  events = [];
  fetched = [];
  gives();
  reader = certificateReader({
    fetch: (wanted) => {
      fetched.push(wanted);
      return vault();
    },
    clock: time.clock,
    log: (event) => events.push(event),
  });
});

/** Reads once more after whatever the read before began has ended. */
async function readTwice(): Promise<SigningCertificate> {
  await reader.read({ name });
  await time.advance(0);
  return reader.read({ name });
}

describe('a certificate that is known', () => {
  test('is read once in four hours, then behind the back of whoever asks', async () => {
    const first = await reader.read({ name });
    await time.advance(4 * hours - 1);
    expect(await reader.read({ name })).toBe(first);
    expect(fetched).toHaveLength(1);
    await time.advance(1);
    const answer = Promise.withResolvers<SigningCertificate>();
    vault = () => answer.promise;
    expect(await reader.read({ name })).toBe(first);
    expect(await reader.read({ name })).toBe(first);
    expect(fetched).toHaveLength(2);
    answer.resolve(certificate());
    await time.advance(0);
    expect(await reader.read({ name })).toBe(first);
    expect(events).toEqual([]);
  });

  test('is read once for all who ask at the same time; each version is one of its own', async () => {
    const version = '2'.repeat(32);
    await Promise.all([
      ...Array.from({ length: 20 }, () => reader.read({ name })),
      reader.read({ name, version }),
    ]);
    expect(fetched).toEqual([{ name }, { name, version }]);
  });

  test('certificate-rotated: a newer version is used from then on', async () => {
    await reader.read({ name });
    await time.advance(4 * hours);
    gives({ version: '2'.repeat(32) });
    expect((await readTwice()).version).toBe('2'.repeat(32));
    expect(events).toEqual([{ event: 'certificate-rotated', name }]);
  });

  test.each(['vault-unreachable', 'vault-throttled', 'vault-refused', 'identity-unavailable'] as const)(
    'certificate-kept: serves on for days after %s, and the vault is asked every 30 s',
    async (code) => {
      await reader.read({ name });
      await time.advance(72 * hours);
      fails(new VaultUnreachable(code, ''));
      expect((await readTwice()).version).toBe('1'.repeat(32));
      expect(events).toEqual([{ event: 'certificate-kept', name, code, detail: '', age: 72 * 3600 }]);
      await time.advance(29_999);
      await readTwice();
      expect(fetched).toHaveLength(2);
      await time.advance(1);
      await readTwice();
      expect(fetched).toHaveLength(3);
    },
  );

  test.each(['certificate-missing', 'certificate-disabled', 'certificate-key-wrong'] as const)(
    'certificate-withdrawn: is not used any more once the vault says %s',
    async (code) => {
      await reader.read({ name });
      await time.advance(4 * hours);
      fails(new CertificateUnusable(code));
      await reader.read({ name });
      await time.advance(0);
      await expect(reader.read({ name })).rejects.toThrow(expect.objectContaining({ code }));
      expect(events).toEqual([{ event: 'certificate-withdrawn', name, code }]);
    },
  );
});

describe('a certificate that has been refused', () => {
  test('is read anew, and the newer version is waited for', async () => {
    await reader.read({ name });
    await time.advance(30_000);
    gives({ version: '2'.repeat(32) });
    reader.doubt({ name });
    expect((await reader.read({ name })).version).toBe('2'.repeat(32));
    await reader.read({ name });
    expect(fetched).toHaveLength(2);
  });

  test('is not read anew within half a minute of the last read', async () => {
    await reader.read({ name });
    await time.advance(29_999);
    reader.doubt({ name });
    await reader.read({ name });
    expect(fetched).toHaveLength(1);
  });

  test('serves on when the vault is down, which is then left alone for half a minute', async () => {
    await reader.read({ name });
    await time.advance(30_000);
    fails(down());
    reader.doubt({ name });
    expect((await reader.read({ name })).version).toBe('1'.repeat(32));
    expect((await reader.read({ name })).version).toBe('1'.repeat(32));
    expect(fetched).toHaveLength(2);
    expect(events).toMatchObject([{ event: 'certificate-kept' }]);
  });

  test('is withdrawn at once when the vault says so', async () => {
    await reader.read({ name });
    await time.advance(30_000);
    fails(new CertificateUnusable('certificate-disabled'));
    reader.doubt({ name });
    await expect(reader.read({ name })).rejects.toThrow(CertificateUnusable);
  });

  test('or that was never read: nothing to doubt', () => {
    expect(() => reader.doubt({ name })).not.toThrow();
  });
});

describe('a certificate’s dates', () => {
  test.each([{ expires: -0 }, { notBefore: 1 }])('certificate-expired: %j from now', async (offset) => {
    const { expires, notBefore } = offset;
    const now = time.clock.now();
    gives({
      ...(expires !== undefined && { expires: now + expires }),
      ...(notBefore !== undefined && { notBefore: now + notBefore }),
    });
    await expect(reader.read({ name })).rejects.toThrow(
      expect.objectContaining({ code: 'certificate-expired' }),
    );
  });

  test('are heeded between two reads of the vault, and when it is down', async () => {
    gives({ notBefore: time.clock.now(), expires: time.clock.now() + hours });
    await reader.read({ name });
    await time.advance(hours - 1);
    await reader.read({ name });
    expect(fetched).toHaveLength(1);
    await time.advance(1);
    fails(down());
    await expect(reader.read({ name })).rejects.toThrow(VaultUnreachable);
  });
});

describe('without a known certificate', () => {
  test('vault-unreachable is thrown, and the next read asks again', async () => {
    fails(down());
    await expect(reader.read({ name })).rejects.toThrow(VaultUnreachable);
    gives();
    await expect(reader.read({ name })).resolves.toMatchObject({ name });
  });

  test('certificate-missing is remembered for 30 s', async () => {
    fails(new CertificateUnusable('certificate-missing'));
    await expect(reader.read({ name })).rejects.toThrow(CertificateUnusable);
    gives();
    await time.advance(29_999);
    await expect(reader.read({ name })).rejects.toThrow(CertificateUnusable);
    await time.advance(1);
    await expect(reader.read({ name })).resolves.toMatchObject({ name });
    expect(fetched).toHaveLength(2);
  });
});

test('a signal ends one wait, not the read of the others', async () => {
  const answer = Promise.withResolvers<SigningCertificate>();
  vault = () => answer.promise;
  const aborter = new AbortController();
  const one = reader.read({ name }, aborter.signal);
  const other = reader.read({ name });
  aborter.abort(new Error('too late'));
  await expect(one).rejects.toThrow('too late');
  answer.resolve(certificate());
  await expect(other).resolves.toMatchObject({ name });
  expect(fetched).toHaveLength(1);
});

test('there is a sentence for every event', () => {
  expect(Object.keys(CERTIFICATE_EVENTS).sort()).toEqual([
    'certificate-kept',
    'certificate-rotated',
    'certificate-withdrawn',
  ]);
});
