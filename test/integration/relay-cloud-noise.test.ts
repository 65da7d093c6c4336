import { createServer as createTlsServer } from 'node:tls';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloudByHand } from '../edge-relay/cloud/cloud-by-hand.ts';
import { ca, pair, tcpServer } from '../edge-relay/cloud/servers.ts';

const SETTINGS = Buffer.from('000000040000000000', 'hex');
/** HEADERS of stream 1 with `:status: 200`, not its last frame. */
const HEADERS = Buffer.from('00000101040000000188', 'hex');
const STATUS_LINE = Buffer.from('HTTP/1.1 200 OK\r\n');

test.each([
  ['h2', [Buffer.alloc(0), SETTINGS, Buffer.concat([SETTINGS, HEADERS])]],
  ['http/1.1', [Buffer.alloc(0), STATUS_LINE, Buffer.concat([STATUS_LINE, Buffer.from('\r\n')])]],
])('noise over %s never becomes a reply, and never stops the relay', async (protocol, beginnings) => {
  let noise = Buffer.alloc(0);
  const tls = createTlsServer({ ...pair, ALPNProtocols: [protocol] }, (socket) => {
    socket.on('error', () => {});
    // Only when something was asked, so that the answer meets a call.
    socket.once('data', () => setImmediate(() => socket.end(noise)));
  });
  const { url } = await tcpServer((socket) => tls.emit('connection', socket));
  const beginning = fc.constantFrom(...beginnings);
  await fc.assert(
    fc.asyncProperty(beginning, fc.uint8Array({ maxLength: 300 }), async (start, rest) => {
      noise = Buffer.concat([start, rest]);
      const { ask, cloud, hand } = cloudByHand({ url, ca: ca.cert });
      const answer = await ask({ patience: 60 });
      expect(['broken', 'unreachable', 'fault', 'unavailable', 'busy', 'discard']).toContain(answer.kind);
      await cloud.close();
      expect(hand.running).toBe(0);
    }),
    { numRuns: 150 },
  );
});
