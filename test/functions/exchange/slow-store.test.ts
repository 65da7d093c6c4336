import { describe, expect, test } from 'vitest';
import type { CallAnswer } from '../../../functions/exchange/answer.ts';
import { CODE } from '../../../relay-call/framing.ts';
import { pap } from './requests.ts';
import { IRIS, problemOf, rig } from './rig.ts';

const never = new AbortController().signal;

/** A sign-in whose directory takes its time, over a store that hangs from a moment on, each operation for 5 s. */
async function signIn(x: { hangsFrom: number; decidedAfter: number; known?: boolean; deadline?: number }) {
  const bridge = rig();
  const { time, store, entra } = bridge;
  entra.find(async () => {
    await time.sleep(x.decidedAfter, never);
    return x.known === false
      ? { kind: 'unavailable', code: 'graph-unreachable' }
      : { kind: 'found', user: IRIS };
  });
  entra.verify(() => ({ kind: 'right' }));
  let answered: { answer: CallAnswer; after: number } | undefined;
  const began = time.clock.monotonic();
  const { deadline = 30_000 } = x;
  const answering = bridge
    .call({ packet: pap('iris@contoso.example'), from: '192.0.2.90', deadline })
    .then((answer) => {
      answered = { answer, after: time.clock.monotonic() - began };
    });
  await time.advance(x.hangsFrom);
  store.hang(() => time.sleep(5_000, never));
  await time.advance(40_000 - x.hangsFrom);
  await answering;
  if (answered === undefined) throw new Error('no answer');
  return { ...answered, bridge };
}

/** A bridge whose store goes away once the directory has been asked. */
function awayAtTheEnd() {
  const bridge = rig();
  bridge.entra.find(async () => {
    bridge.store.break();
    return { kind: 'found', user: IRIS };
  });
  bridge.entra.verify(() => ({ kind: 'right' }));
  return bridge;
}

describe('a store that hangs', () => {
  test('keeps an answer back for a second at most', async () => {
    const { answer, after } = await signIn({ hangsFrom: 100, decidedAfter: 300 });
    expect(answer.body?.[0]).toBe(CODE.accessAccept);
    expect(after).toBe(1_300);
  });

  test('also when a renewal of the lease is under way', async () => {
    const { answer, after } = await signIn({ hangsFrom: 2_900, decidedAfter: 3_100 });
    expect(answer.body?.[0]).toBe(CODE.accessAccept);
    expect(after).toBe(4_100);
  });

  test('keeps silence back no longer', async () => {
    const { answer, after } = await signIn({ hangsFrom: 100, decidedAfter: 300, known: false });
    expect(problemOf(answer)).toMatchObject({ code: 'directory-unavailable', begun: true });
    expect(after).toBe(1_300);
  });

  test('taken-over: nothing leaves once another instance could answer the packet', async () => {
    const { answer, after } = await signIn({ hangsFrom: 2_900, decidedAfter: 9_500 });
    expect(problemOf(answer)).toMatchObject({ code: 'taken-over', begun: true });
    expect(after).toBeLessThanOrEqual(10_500);
  });

  test('that is away when the reply is to be stored gets it later: a repeat is not decided anew', async () => {
    const bridge = awayAtTheEnd();
    const { time, store, entra } = bridge;
    const call = { packet: pap('iris@contoso.example'), from: '192.0.2.90' };
    const first = await bridge.call(call);
    expect(first.body?.[0]).toBe(CODE.accessAccept);
    await time.advance(3_000);
    store.mend();
    await time.advance(1_000);
    expect((await bridge.call(call)).body).toEqual(first.body);
    expect(entra.asked).toHaveLength(1);
  });

  test('that stays away is not asked for ever', async () => {
    const bridge = awayAtTheEnd();
    const { time, store } = bridge;
    await bridge.call({ packet: pap('iris@contoso.example'), from: '192.0.2.90' });
    await time.advance(20_000);
    const tried = store.tried();
    await time.advance(60_000);
    expect(store.tried()).toBe(tried);
  });

  test('does not keep an answer back for longer than the client waits', async () => {
    const { answer, after } = await signIn({ hangsFrom: 100, decidedAfter: 4_800, deadline: 5_000 });
    expect(answer.body?.[0]).toBe(CODE.accessAccept);
    expect(after).toBeLessThan(5_000);
  });

  test('the record tells of a sign-in that was answered meanwhile', async () => {
    const { bridge } = await signIn({ hangsFrom: 100, decidedAfter: 300 });
    expect(bridge.records()).toMatchObject([{ outcome: 'accept', user: { id: IRIS.id } }]);
    expect(bridge.lines).toContainEqual(
      expect.objectContaining({ event: 'record-not-stored', detail: 'timeout' }),
    );
  });
});
