import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { checkUdpPorts, loopbackAddresses } from '../../local/ports.ts';

test('loopback has an IPv4 address, and ::1 where the machine has it', () => {
  expect(loopbackAddresses()[0]).toBe('127.0.0.1');
});

test('free ports pass', async () => {
  await checkUdpPorts(loopbackAddresses().map((address) => ({ address, port: 0, flag: '--auth-port' })));
  await checkUdpPorts([{ address: '*', port: 0, flag: '--auth-port' }]);
});

test('port-taken: with the way out', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  for (const address of ['127.0.0.1', '*']) {
    await expect(checkUdpPorts([{ address, port, flag: '--auth-port' }])).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(new RegExp(`UDP port ${port} .*--auth-port 0`)),
    });
  }
  socket.close();
});

test('address-not-here', async () => {
  await expect(checkUdpPorts([{ address: '192.0.2.1', port: 0, flag: '--auth-port' }])).rejects.toMatchObject(
    {
      code: 'address-not-here',
    },
  );
});
