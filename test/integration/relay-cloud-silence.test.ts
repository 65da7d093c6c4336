import { constants, type ServerHttp2Stream } from 'node:http2';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PACKET_TYPE } from '../../relay-call/media.ts';
import { cloudByHand } from '../edge-relay/cloud/cloud-by-hand.ts';
import { acceptFor, bodyOf, ca, forwarder, http2Server } from '../edge-relay/cloud/servers.ts';

/** What the server does with a call. */
const treatment = fc.constantFrom('answer', 'hold', 'half', 'reset', 'refuse', 'leave', 'break');

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      treatment,
      patience: fc.constantFrom(3_000, 60_000, 250_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('forget', 'remember', 'cut', 'let go') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(100, 900, 1_100, 5_100, 9_100, 15_000, 15_000, 15_000, 121_000),
      turns: fc.nat(3),
    }),
  },
);

/** Turns of the event loop; octets need some of them, even within this machine. */
async function turns(count: number) {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function accept(stream: ServerHttp2Stream, body: Buffer) {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
  stream.end(acceptFor(body));
}

/** A server that treats each call as `plan` says for its identifier; `held` lets the calls go that it holds. */
async function plannedServer() {
  const plan = new Map<number, string>();
  const held: (() => void)[] = [];
  const server = await http2Server(
    async (stream) => {
      // Broken off before its body was there.
      const body = await bodyOf(stream).catch(() => undefined);
      if (body === undefined || body.length < 2 || stream.destroyed) return;
      const wanted = plan.get(body.readUInt8(1));
      if (wanted === 'hold') held.push(() => accept(stream, body));
      else if (wanted === 'reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else if (wanted === 'refuse') stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else if (wanted === 'leave') {
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
        held.push(() => accept(stream, body));
      } else if (wanted === 'break') stream.session?.socket.destroy();
      else if (wanted === 'half') {
        stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
        stream.write(acceptFor(body).subarray(0, 10));
      } else accept(stream, body);
    },
    { settings: { maxConcurrentStreams: 2 } },
  );
  return { plan, held, port: server.port };
}

test('whatever network and server do: nothing throws, every call ends, and no connection stays for good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const { plan, held, port } = await plannedServer();
      const nat = await forwarder(port);
      const { ask, cloud, hand } = cloudByHand({ url: nat.url, ca: ca.cert, maxSessions: 3 });
      const calls: Promise<unknown>[] = [];
      let ended = 0;
      const call = (treatment: string, patience: number) => {
        const identifier = calls.length;
        plan.set(identifier, treatment);
        const answer = ask({ identifier, patience });
        calls.push(
          answer.then(() => {
            ended += 1;
          }),
        );
        return answer;
      };
      /** As many calls at once as all connections have room for. */
      const fill = async () => {
        held.length = 0;
        const answers = Array.from({ length: 6 }, () => call('hold', 60_000));
        // Slowly, for TLS takes its time.
        for (let passed = 0; held.length < 6 && passed < 30_000; passed++) {
          hand.pass(1);
          await turns(5);
        }
        expect(held).toHaveLength(6);
        for (const release of held.splice(0)) release();
        for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ kind: 'reply' });
      };
      await fill();
      for (const one of steps) {
        if (one.do === 'ask') void call(one.treatment, one.patience);
        else if (one.do === 'forget') nat.forget();
        else if (one.do === 'remember') nat.remember();
        else if (one.do === 'cut') nat.cut();
        else if (one.do === 'pass') hand.pass(one.ms);
        else for (const release of held.splice(0)) release();
        await turns('turns' in one ? one.turns * 10 : 2);
      }
      // The network goes silent, and stays so for those connections.
      nat.forget();
      for (let passed = 0; passed < 500 && (ended < calls.length || hand.running > 0); passed++) {
        hand.pass(1_000);
        await turns(2);
      }
      expect(ended).toBe(calls.length);
      // No alarm is set any more: no session is watched, none waits for its end.
      expect(hand.running).toBe(0);
      // Nor does any count: there can be as many as at first.
      await fill();
      await cloud.close();
      expect(hand.running).toBe(0);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );
});
