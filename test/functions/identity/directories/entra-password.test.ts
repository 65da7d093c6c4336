import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import type { PasswordAnswer } from '../../../../functions/entra/password/check.ts';
import { ATTEMPTS, type AttemptRow, createAttempts } from '../../../../functions/identity/attempts.ts';
import { entraDirectory } from '../../../../functions/identity/directories/entra.ts';
import type { User } from '../../../../functions/identity/directory.ts';
import { leases } from '../../../../functions/store/claim.ts';
import { memoryStore } from '../../../../functions/store/memory.ts';
import { StoreUnreachable } from '../../../../functions/store/port.ts';
import { manualTime } from '../../store/time.ts';
import { ALICE, directoryRig, entryOf, graphByHand, placeOf, question } from './rig.ts';

const right = { kind: 'right' } as const;
const other = 'f6b0c8c1-1b1f-4d52-8e0f-2d6c3c1f7a55';

async function verify(rig: ReturnType<typeof directoryRig>, password: string | Buffer) {
  return rig.directory.verifyPassword(
    await rig.found('CONTOSO\\alice'),
    Buffer.from(password as string),
    question(),
  );
}

describe('password', () => {
  test.each<PasswordAnswer>([
    { kind: 'right' },
    { kind: 'right', note: 'mfa-demanded' },
    { kind: 'wrong' },
    { kind: 'refused', code: 'account-locked' },
    { kind: 'cannot-verify', code: 'no-password-in-entra' },
  ])('what Entra says is told: %o', async (answer) => {
    expect(await verify(directoryRig({ answer }), 'correct horse')).toEqual(answer);
  });

  test('Entra is asked by the cloud UPN and object id, with the octets that came', async () => {
    const rig = directoryRig({ answer: right });
    await verify(rig, 'pä ss\u{1F40E}');
    expect(rig.checked).toEqual([
      { upn: ALICE.userPrincipalName, objectId: ALICE.id, password: 'pä ss\u{1F40E}', id: question().id },
    ]);
  });

  test('password-check-not-configured: nothing can be right', async () => {
    expect(await verify(directoryRig(), 'correct horse')).toEqual({
      kind: 'cannot-verify',
      code: 'password-check-not-configured',
    });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a lone continuation octet', Buffer.from('70e47373', 'hex')],
    ['half a surrogate pair', Buffer.from('eda080', 'hex')],
    ['an overlong NUL', Buffer.from('c080', 'hex')],
  ])('%s is wrong without asking', async (_, octets) => {
    const rig = directoryRig({ answer: right });
    expect(await verify(rig, octets)).toEqual({ kind: 'wrong' });
    expect(rig.checked).toEqual([]);
  });

  test.each([
    ' correct',
    'correct ',
    ' ',
    'correct\t',
    'correct\r\n',
    '\u00a0correct',
    '\ufeffcorrect',
    'correct\u2003',
  ])('password-not-text: %j is not sent to Entra, which would cut it', async (password) => {
    const rig = directoryRig({ answer: right });
    expect(await verify(rig, password)).toEqual({ kind: 'cannot-verify', code: 'password-not-text' });
    expect(rig.checked).toEqual([]);
  });

  test('a user of another directory is a fault of ours', async () => {
    const { directory, found, checked } = directoryRig({ answer: right });
    const stranger: User = { ...(await found('CONTOSO\\alice')), entra: { none: 'local-user' } };
    await expect(directory.verifyPassword(stranger, Buffer.from('x'), question())).rejects.toThrow(
      RangeError,
    );
    expect(checked).toEqual([]);
  });

  test('a store that is gone is not taken for a verdict', async () => {
    const gone = new StoreUnreachable();
    const rig = directoryRig({ answer: right, attempts: { once: () => Promise.reject(gone) } });
    await expect(verify(rig, 'correct horse')).rejects.toBe(gone);
  });

  test('an unknown name costs nothing: anybody can ask Entra which names exist', async () => {
    const { directory, checked, asked } = directoryRig({ answer: right });
    await directory.spendVerification(question().signal);
    expect([checked, asked]).toEqual([[], []]);
  });
});

describe('a password that is right without a token', () => {
  const demanded = { kind: 'right', note: 'mfa-demanded', number: '50076' } as const;
  const unconfirmed = { kind: 'unavailable', code: 'password-check-user-unconfirmed' };

  test('is the user’s as long as the user has the name', async () => {
    const rig = directoryRig({ answer: demanded });
    const user = await rig.found('CONTOSO\\alice');
    rig.asked.length = 0;
    expect(await rig.directory.verifyPassword(user, Buffer.from('x'), question())).toEqual(demanded);
    expect(rig.asked).toEqual([`upn ${ALICE.userPrincipalName}`]);
  });

  test('with a token nobody is asked once more', async () => {
    const rig = directoryRig({ answer: right });
    const user = await rig.found('CONTOSO\\alice');
    rig.asked.length = 0;
    expect(await rig.directory.verifyPassword(user, Buffer.from('x'), question())).toEqual(right);
    expect(rig.asked).toEqual([]);
  });

  test('is nobody’s once another has the name, who is looked up anew then', async () => {
    const rig = directoryRig({ answer: demanded });
    const user = await rig.found('alice@contoso.example');
    rig.people[0] = { ...ALICE, userPrincipalName: 'a.smith@contoso.example' };
    rig.people.push({ id: other, userPrincipalName: 'alice@contoso.example', accountEnabled: true });
    expect(await rig.directory.verifyPassword(user, Buffer.from('x'), question())).toEqual(unconfirmed);
    expect((await rig.found('alice@contoso.example')).id).toBe(other);
  });

  test('is nobody’s once nobody has the name', async () => {
    const rig = directoryRig({ answer: demanded });
    const user = await rig.found('CONTOSO\\alice');
    rig.people.length = 0;
    expect(await rig.directory.verifyPassword(user, Buffer.from('x'), question())).toEqual(unconfirmed);
  });

  test('is not taken for the user’s while Graph cannot say', async () => {
    const rig = directoryRig({ answer: demanded });
    const user = await rig.found('CONTOSO\\alice');
    rig.instead(() => Promise.reject(new GraphUnavailable('graph-failing', 'HTTP 503')));
    expect(await rig.directory.verifyPassword(user, Buffer.from('x'), question())).toEqual(unconfirmed);
  });
});

describe('a name that Entra takes for somebody else’s', () => {
  test.each<PasswordAnswer>([
    { kind: 'refused', code: 'unknown-user' },
    { kind: 'unavailable', code: 'password-check-answer-unusable', detail: '', retryAfter: 0 },
  ])('is looked up anew afterwards: %o', async (answer) => {
    const rig = directoryRig({ answer });
    await verify(rig, 'correct horse');
    rig.asked.length = 0;
    await rig.found('CONTOSO\\alice');
    expect(rig.asked).toEqual(['sam alice']);
  });

  test('is not when the password is only wrong', async () => {
    const rig = directoryRig({ answer: { kind: 'wrong' } });
    await verify(rig, 'correct horse');
    rig.asked.length = 0;
    await rig.found('CONTOSO\\alice');
    expect(rig.asked).toEqual([]);
  });
});

describe('an attempt that is retried', () => {
  /** Entra answers when it is let. */
  function retried() {
    const time = manualTime();
    const { promise, resolve } = Promise.withResolvers<PasswordAnswer>();
    const checked: { password: Buffer; id: string }[] = [];
    const attempts = createAttempts({
      leases: leases(memoryStore(time.clock).table<AttemptRow>(ATTEMPTS), {
        clock: time.clock,
        sleep: time.sleep,
        newMark: randomUUID,
      }),
      secrets: { read: () => Promise.resolve(Buffer.from('an attempt key of some length')) },
      clock: time.clock,
      sleep: time.sleep,
    });
    const directory = entraDirectory({
      place: placeOf(entryOf()),
      graph: graphByHand([ALICE]).graph,
      attempts,
      checkPassword({ password, id }) {
        checked.push({ password, id });
        return promise;
      },
      clock: time.clock,
    });
    return { directory, time, checked, answer: resolve };
  }

  const alice: User = {
    directory: 'entra',
    id: ALICE.id,
    name: ALICE.userPrincipalName,
    enabled: true,
    entra: { objectId: ALICE.id, tenantId: other, upn: ALICE.userPrincipalName },
    groups: [],
  };

  test('is one question, whose password outlives the client that asked first', async () => {
    const { directory, time, checked, answer } = retried();
    const leaves = new AbortController();
    const password = Buffer.from('correct horse');
    const first = directory.verifyPassword(alice, password, { id: other, signal: leaves.signal });
    await time.advance(0);
    expect(checked).toHaveLength(1);
    leaves.abort();
    expect(await first).toEqual({ kind: 'unavailable', code: 'verification-too-late' });
    password.fill(0);

    const second = directory.verifyPassword(alice, Buffer.from('correct horse'), question());
    expect(checked[0]?.password.toString()).toBe('correct horse');
    answer({ kind: 'wrong', number: '50126' });
    await time.advance(1_000);
    expect(await second).toEqual({
      kind: 'wrong',
      asked: { question: other, reused: true, answer: 'AADSTS50126' },
    });
    expect(checked).toHaveLength(1);
    expect(checked[0]?.password).toEqual(Buffer.alloc('correct horse'.length));
  });

  test('leaves the caller’s password as it was', async () => {
    const { directory, answer } = retried();
    const password = Buffer.from('correct horse');
    answer({ kind: 'right' });
    expect((await directory.verifyPassword(alice, password, question())).kind).toBe('right');
    expect(password.toString()).toBe('correct horse');
  });
});
