import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CODE } from '../../../relay-call/framing.ts';
import { pap, rdGateway } from '../exchange/requests.ts';
import { HEIDI, problemOf, rig } from '../exchange/rig.ts';
import { attribute } from '../radius/packets.ts';

const RDG = { from: '192.0.2.80', deadline: 60_000 };
const VPN = { from: '192.0.2.81', deadline: 30_000 };

/** The rig, with everything that waits for nothing but promises done. */
async function ringing(packet = rdGateway('heidi')) {
  const bridge = rig();
  const answer = bridge.call({ packet, ...RDG });
  await bridge.time.advance(0);
  return { ...bridge, answer, packet };
}

describe('a policy that requires MFA', () => {
  test('lets in on the approval, with the attributes of the policy; the record holds the proof', async () => {
    const { phone, time, answer, records } = await ringing();
    expect(phone.rung).toMatchObject([
      {
        user: {
          objectId: HEIDI.objectId,
          tenantId: '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10',
          upn: HEIDI.userPrincipalName,
        },
        client: 'mfa-rdg',
        machine: 'CLIENT-PC01',
      },
    ]);
    await time.advance(5_000);
    phone.approve();
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body?.[0]).toBe(CODE.accessAccept);
    expect(Buffer.from(body ?? []).includes(Buffer.from([27, 6, 0, 0, 2, 88]))).toBe(true);
    const [record] = records();
    expect(record).toMatchObject({
      reason: 'accepted',
      networkPolicy: 'Desktops with a second factor',
      user: { entraObjectId: HEIDI.objectId },
      mfa: {
        attempt: record?.id,
        provider: 'by-hand',
        prompt: 'begun',
        result: 'approved',
        proof: { method: 'connector', userObjectId: HEIDI.objectId },
      },
    });
    expect(record?.steps.at(-1)).toMatchObject({ step: 'mfa', result: 'approved', took: 5_000 });
  });

  test('rings nobody whose password is wrong', async () => {
    const bridge = rig();
    const answer = await bridge.call({ packet: pap('heidi', 'wrong'), ...VPN });
    expect(answer.body?.[0]).toBe(CODE.accessReject);
    expect(bridge.phone.rung).toEqual([]);
  });

  test('rings after the right password of a VPN user too', async () => {
    const bridge = rig();
    const answer = bridge.call({ packet: pap('heidi'), ...VPN });
    await bridge.time.advance(0);
    bridge.phone.approve();
    expect((await answer).body?.[0]).toBe(CODE.accessAccept);
  });

  test('a user whom nobody could prompt is rejected, and nobody is prompted', async () => {
    const bridge = rig();
    const answer = await bridge.call({ packet: rdGateway('alice'), ...RDG });
    expect(answer.body?.[0]).toBe(CODE.accessReject);
    expect(bridge.phone.rung).toEqual([]);
    expect(bridge.records()[0]).not.toHaveProperty('mfa');
  });

  test('an approval that is about another user lets nobody in', async () => {
    const { phone, answer, records } = await ringing();
    const proof = { method: 'connector', userObjectId: randomUUID(), at: 0, evidence: {} } as const;
    phone.end({ kind: 'outcome', outcome: { kind: 'approved', proof } });
    expect((await answer).body?.[0]).toBe(CODE.accessReject);
    expect(records()).toMatchObject([{ reason: 'mfa-answer-contradictory' }]);
  });

  test('the client is told no a second before it stops waiting', async () => {
    const { time, answer, records } = await ringing();
    await time.advance(59_000);
    expect((await answer).body?.[0]).toBe(CODE.accessReject);
    expect(records()).toMatchObject([
      { reason: 'mfa-no-answer', mfa: { prompt: 'begun', result: 'mfa-no-answer' } },
    ]);
  });
});

describe('one person, several packets', () => {
  test('the same packet three times is one prompt, one decision, one reply', async () => {
    const { phone, time, answer, records, packet, call } = await ringing();
    const others = [call({ packet, ...RDG }), call({ packet, ...RDG, relay: 'site-2' })];
    await time.advance(1_000);
    phone.approve();
    await time.advance(1_000);
    const bodies = (await Promise.all([answer, ...others])).map(({ body }) =>
      Buffer.from(body ?? []).toString('hex'),
    );
    expect(new Set(bodies).size).toBe(1);
    expect(phone.rung).toHaveLength(1);
    expect(records()).toHaveLength(1);
  });

  test('a retry with a new identifier joins the open prompt; its record says so and whose it was', async () => {
    const { phone, time, answer, records, call } = await ringing();
    const retry = call({ packet: rdGateway('CONTOSO\\heidi'), port: 50_001, ...RDG });
    await time.advance(1_000);
    phone.approve();
    await time.advance(1_000);
    expect((await answer).body?.[0]).toBe(CODE.accessAccept);
    expect((await retry).body?.[0]).toBe(CODE.accessAccept);
    expect(phone.rung).toHaveLength(1);
    const [first, second] = records();
    expect(second?.mfa).toMatchObject({ prompt: 'joined', attempt: first?.id, result: 'approved' });
    expect(second?.id).not.toBe(first?.id);
  });

  test('stations that are not text are told apart, and shown in the record', async () => {
    const bridge = rig();
    const at = (station: string, port: number) =>
      bridge.call({
        packet: pap('heidi', undefined, attribute(31, Buffer.from(station, 'hex'))),
        port,
        ...VPN,
      });
    const answers = [at('ff01', 50_001), at('fe02', 50_002)];
    await bridge.time.advance(0);
    expect(bridge.phone.rung.map(({ station }) => station)).toEqual(['0xff01', '0xfe02']);
    bridge.phone.approve();
    await bridge.time.advance(30_000);
    const codes = (await Promise.all(answers)).map(({ body }) => body?.[0]);
    expect(codes).toEqual([CODE.accessReject, CODE.accessAccept]);
    expect(bridge.records().map(({ callingStationId }) => callingStationId)).toContain('0xff01');
  });

  test('a packet that the policy denies does not profit from an open prompt', async () => {
    const { phone, time, answer, records, call } = await ringing();
    const wrong = await call({ packet: pap('heidi', 'wrong', attribute(31, 'x')), ...VPN });
    expect(wrong.body?.[0]).toBe(CODE.accessReject);
    phone.approve();
    await time.advance(0);
    expect((await answer).body?.[0]).toBe(CODE.accessAccept);
    expect(records().map(({ reason }) => reason)).toEqual(['wrong-password', 'accepted']);
  });
});

describe('silence', () => {
  test('what could not ring is told as begun, so that no relay repeats the call by itself', async () => {
    const bridge = rig();
    bridge.phone.refuse({
      kind: 'not-begun',
      code: 'token-unavailable',
      detail: 'entra-unreachable',
    });
    const answer = await bridge.call({ packet: rdGateway('heidi'), ...RDG });
    expect(problemOf(answer)).toMatchObject({ code: 'mfa-unavailable', begun: true });
    expect(bridge.records()).toMatchObject([
      { outcome: 'silence', detail: 'token-unavailable entra-unreachable' },
    ]);
  });

  test('a store that fails once it has rung lets nobody in, and no relay may repeat the call', async () => {
    const { store, phone, time, answer, lines } = await ringing();
    store.break();
    phone.approve();
    await time.advance(60_000);
    expect((await answer).status).toBe(503);
    expect(problemOf(await answer).begun).toBe(true);
    expect(lines).toContainEqual(expect.objectContaining({ event: 'decision', outcome: 'silence' }));
    expect(lines).not.toContainEqual(expect.objectContaining({ outcome: 'accept' }));
  });

  test('an approval that the store takes a moment later lets in', async () => {
    const { store, phone, time, answer } = await ringing();
    store.break();
    phone.approve();
    await time.advance(400);
    store.mend();
    await time.advance(100);
    expect((await answer).body?.[0]).toBe(CODE.accessAccept);
  });

  test('inside the window of a lost outcome a retry is met with silence and rings nobody', async () => {
    const { phone, time, answer, call } = await ringing();
    phone.end({ kind: 'lost', code: 'connection-broken' });
    expect((await answer).status).toBe(503);
    const retry = call({ packet: rdGateway('heidi'), ...RDG });
    await time.advance(0);
    expect(problemOf(await retry)).toMatchObject({ code: 'mfa-outcome-lost', begun: true });
    expect(phone.rung).toHaveLength(1);
  });
});
