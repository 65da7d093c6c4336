import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { machineAddresses } from '../../edge-relay/addresses.ts';
import { explainFailure, FOLLOW_EVERY, type Listener, openListener } from '../../edge-relay/listener.ts';
import { createLog } from '../../edge-relay/log.ts';
import type { Via } from '../../edge-relay/relay.ts';
import { handTimers } from './hand-timers.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((entries) =>
  entries?.some(({ address }) => address === '::1'),
);

const open: Array<{ close(): unknown }> = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A listener that sends back what comes, with the address and port it was asked at before it. */
function bench(addresses: string[] = []) {
  const time = handTimers();
  const events: Array<Record<string, unknown>> = [];
  const unsent: string[] = [];
  const parts = {
    addresses: () => addresses,
    timers: time.timers,
    log: createLog(time, (line) => events.push(JSON.parse(line))),
    wildcardHides: false,
    receive(datagram: Buffer, remote: { address: string; port: number }, via: Via) {
      const { address, port } = via.local;
      via.send(Buffer.from(`${address} ${port} ${datagram}`), remote.port, remote.address);
    },
    unsent: (cause: string) => unsent.push(cause),
    failed: () => undefined,
  };
  return { parts, addresses, events, unsent, pass: time.pass, waiting: () => time.waiting };
}

async function opened(...args: Parameters<typeof openListener>): Promise<Listener> {
  const listener = await openListener(...args);
  if ('failed' in listener) throw new Error(listener.failed.cause);
  open.push(listener);
  return listener;
}

async function bound(address: string, port = 0): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  open.push({ close: () => new Promise<void>((resolve) => socket.close(() => resolve())) });
  return socket;
}

/** Asks and returns the answer with where it came from. */
async function ask(address: string, port: number, text = 'hello') {
  const socket = await bound(address.includes(':') ? '::1' : '127.0.0.1');
  socket.send(text, port, address);
  const [answer, from] = await once(socket, 'message');
  return { answer: String(answer), from: `${from.address} ${from.port}` };
}

const portOf = (listener: Listener, at = 0) => listener.sockets[at]?.port ?? 0;
const auth = (address: string, port = 0) => ({ address, port, serves: 'auth' as const });

describe('replies leave from the address and port that was asked', () => {
  test('over IPv4, with several addresses of one machine', async () => {
    const listener = await opened([auth('127.0.0.1'), auth('127.0.0.2'), auth('127.0.0.2')], bench().parts);
    for (const { address, port } of listener.sockets) {
      expect(await ask(address, port)).toEqual({
        answer: `${address} ${port} hello`,
        from: `${address} ${port}`,
      });
    }
    expect(listener.sockets).toHaveLength(3);
  });

  test('over IPv6', async (context) => {
    if (!hasIPv6) context.skip('this machine has no IPv6 loopback address');
    const listener = await opened([auth('::1')], bench().parts);
    const port = portOf(listener);
    expect(await ask('::1', port)).toEqual({ answer: `::1 ${port} hello`, from: `::1 ${port}` });
  });

  test('a socket of IPv6 leaves the port free for IPv4', async (context) => {
    if (!hasIPv6) context.skip('this machine has no IPv6 loopback address');
    const six = await opened([auth('::1')], bench().parts);
    const four = await opened([auth('127.0.0.1', portOf(six))], bench().parts);
    expect(portOf(four)).toBe(portOf(six));
  });
});

describe('"*"', () => {
  test('opens a socket on each address and follows them as they come and go', async () => {
    const { addresses, events, parts, pass } = bench(['127.0.0.1', '127.0.0.2']);
    const free = portOf(await opened([auth('127.0.0.9')], parts));
    const listener = await opened([auth('*', free)], parts);
    const at = () => listener.sockets.map(({ address, port }) => `${address} ${port}`);
    expect(at()).toEqual([`127.0.0.1 ${free}`, `127.0.0.2 ${free}`]);

    addresses.splice(0, 2, '127.0.0.2', '127.0.0.3');
    pass(FOLLOW_EVERY);
    await expect.poll(at).toEqual([`127.0.0.2 ${free}`, `127.0.0.3 ${free}`]);
    expect(await ask('127.0.0.3', free)).toMatchObject({ from: `127.0.0.3 ${free}` });
    expect(events.map(({ event, address }) => [event, address])).toEqual([
      ['address-left', '127.0.0.1'],
      ['address-came', '127.0.0.3'],
    ]);
  });

  test('goes on without an address that cannot be bound yet and takes it up later', async () => {
    const { addresses, events, parts, pass } = bench(['127.0.0.1', '192.0.2.77']);
    const listener = await opened([auth('*')], parts);
    expect(listener.sockets.map(({ address }) => address)).toEqual(['127.0.0.1']);
    expect(events).toMatchObject([{ event: 'listen', code: 'address-not-here', address: '192.0.2.77' }]);
    addresses.splice(1, 1, '127.0.0.2');
    pass(FOLLOW_EVERY);
    await expect
      .poll(() => listener.sockets.map(({ address }) => address))
      .toEqual(['127.0.0.1', '127.0.0.2']);
  });

  test('addresses-unknown: goes on with what it has when the system does not tell, and looks again', async () => {
    const { addresses, events, parts, pass } = bench(['127.0.0.1']);
    let told = true;
    const listener = await opened([auth('*')], {
      ...parts,
      addresses() {
        if (told) return addresses;
        throw Object.assign(new Error('no'), { code: 'EMFILE' });
      },
    });
    told = false;
    pass(FOLLOW_EVERY);
    await expect.poll(() => events).toMatchObject([{ code: 'addresses-unknown', cause: 'EMFILE' }]);
    expect(listener.sockets).toHaveLength(1);
    told = true;
    addresses.push('127.0.0.2');
    pass(FOLLOW_EVERY);
    await expect.poll(() => listener.sockets).toHaveLength(2);
  });

  test('leaves no timer once closed', async () => {
    const { parts, waiting } = bench(['127.0.0.1']);
    const listener = await openListener([auth('*')], parts);
    if ('failed' in listener) throw new Error(listener.failed.cause);
    await listener.close();
    expect([waiting(), listener.sockets.length]).toEqual([0, 0]);
  });
});

describe('what cannot be opened', () => {
  test('addresses-unknown: the system does not tell, and what was open before is closed', async () => {
    const { parts } = bench();
    const free = portOf(await opened([auth('127.0.0.9')], parts));
    const addresses = () => {
      throw Object.assign(new Error('no'), { code: 'EMFILE' });
    };
    const failed = await openListener([auth('127.0.0.1', free), auth('*', free)], { ...parts, addresses });
    expect(failed).toEqual({
      failed: { address: '*', port: free, fault: 'addresses-unknown', cause: 'EMFILE' },
      entry: 1,
    });
    // Bound again, which it could not be were it still open.
    await bound('127.0.0.1', free);
  });

  test('port-taken: is named with who may hold it, and nothing stays open', async () => {
    const { parts } = bench();
    const holder = await bound('127.0.0.2');
    const { port } = holder.address();
    const failed = await openListener([auth('127.0.0.1', port), auth('127.0.0.2', port)], parts);
    if (!('failed' in failed)) throw new Error('opened');
    expect(failed).toEqual({
      failed: { address: '127.0.0.2', port, fault: 'port-taken', cause: 'EADDRINUSE' },
      entry: 1,
    });
    const text = explainFailure(failed);
    for (const word of [
      `127.0.0.2 port ${port}`,
      'Network Policy Server',
      'IAS',
      'listen[1].port',
      'remote RADIUS server group',
    ]) {
      expect(text).toContain(word);
    }
    await bound('127.0.0.1', port);
  });

  test('port-taken: by a second relay on the same address', async () => {
    const first = await opened([auth('127.0.0.1')], bench().parts);
    const second = await openListener([auth('127.0.0.1', portOf(first))], bench().parts);
    expect(second).toMatchObject({ failed: { fault: 'port-taken' } });
  });

  test('port-taken: on one address of "*"', async () => {
    const { parts } = bench(['127.0.0.1', '127.0.0.2']);
    const { port } = (await bound('127.0.0.2')).address();
    expect(await openListener([auth('*', port)], parts)).toMatchObject({ failed: { fault: 'port-taken' } });
  });

  test('port-taken: on all addresses at once, where the system would hide that', async () => {
    const { parts } = bench();
    const { port } = (await bound('0.0.0.0')).address();
    const failed = await openListener([auth('127.0.0.1', port)], { ...parts, wildcardHides: true });
    expect(failed).toMatchObject({ failed: { address: '0.0.0.0', port, fault: 'port-taken' }, entry: 0 });
    const free = portOf(await opened([auth('127.0.0.1')], { ...parts, wildcardHides: true }));
    expect(free).toBeGreaterThan(0);
  });

  test('address-not-here', async () => {
    const failed = await openListener([auth('192.0.2.77')], bench().parts);
    if (!('failed' in failed)) throw new Error('opened');
    expect(failed.failed).toMatchObject({ fault: 'address-not-here', cause: 'EADDRNOTAVAIL' });
    expect(explainFailure(failed)).toContain('listen[0].address');
  });

  test.each([
    ['port-forbidden', 'EACCES', '1024'],
    ['socket-failed', 'EMFILE', 'EMFILE'],
  ] as const)('%s is explained', (fault, cause, word) => {
    expect(explainFailure({ failed: { address: '::1', port: 1, fault, cause }, entry: 0 })).toContain(word);
  });
});

test('reply-not-sent: a reply on a closed socket, or to nowhere, is told and harms nothing', async () => {
  const { parts, unsent } = bench();
  const vias: Via[] = [];
  const receive = (_datagram: Buffer, _remote: unknown, via: Via) => void vias.push(via);
  const listener = await openListener([auth('127.0.0.1')], { ...parts, receive });
  if ('failed' in listener) throw new Error(listener.failed.cause);
  (await bound('127.0.0.1')).send('hello', portOf(listener), '127.0.0.1');
  await expect.poll(() => vias.length).toBe(1);
  vias[0]?.send(Buffer.alloc(70_000), 9, '127.0.0.1');
  await expect.poll(() => unsent).toEqual(['EMSGSIZE']);
  await listener.close();
  vias[0]?.send(Buffer.from('late'), 9, '127.0.0.1');
  expect(unsent).toEqual(['EMSGSIZE', 'ERR_SOCKET_DGRAM_NOT_RUNNING']);
});

describe("the machine's addresses", () => {
  const entry = (address: string, scopeid: number) => ({
    address,
    scopeid,
    family: 'IPv6' as const,
    netmask: '',
    mac: '',
    internal: false,
    cidr: null,
  });
  const interfaces = { eth0: [entry('2001:db8::1', 0), entry('fe80::1', 4)], wlan0: undefined };

  test('carry their zone where they need one: a name, on Windows a number', () => {
    expect(machineAddresses(interfaces, 'linux')).toEqual(['2001:db8::1', 'fe80::1%eth0']);
    expect(machineAddresses(interfaces, 'win32')).toEqual(['2001:db8::1', 'fe80::1%4']);
  });

  test('are there', () => {
    expect(machineAddresses()).toContain('127.0.0.1');
  });
});
