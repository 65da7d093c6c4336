import { describe, expect, test } from 'vitest';
import { serverFor, targetAt } from '../../../local/sign-in/target.ts';

const own = ['127.0.0.1', '::1', '198.51.100.4'];
const bridge = {
  auth: [
    { address: '127.0.0.1', port: 1812 },
    { address: '::1', port: 1815 },
  ],
  clients: [
    { name: 'vpn', profile: 'generic', addresses: ['127.0.0.1'], secret: 'the secret of the vpn' },
    { name: 'rdg', profile: 'rd-gateway', addresses: ['::1', '127.0.0.2'], secret: 'the secret of rdg' },
    { name: 'far', profile: 'generic', addresses: ['192.0.2.0/24'], secret: 'the secret of far' },
    { name: 'net', profile: 'fortigate', addresses: ['127.0.0.0/8'], secret: 'the secret of net' },
  ],
};

test('the first client, when none is named', () => {
  expect(targetAt(bridge, undefined, own)).toEqual({
    clientName: 'vpn',
    server: { address: '127.0.0.1', port: 1812 },
    secret: Buffer.from('the secret of the vpn'),
    shape: 'vpn',
    from: ['127.0.0.1'],
  });
});

test('an RD Gateway, asked on the socket of its own family', () => {
  expect(targetAt(bridge, 'rdg', own)).toMatchObject({
    server: { address: '::1', port: 1815 },
    shape: 'rd-gateway',
    from: ['::1'],
  });
});

test('a client that is a network, from the address in it that this machine has', () => {
  expect(targetAt(bridge, 'net', own)).toMatchObject({ from: ['127.0.0.1'] });
});

describe('a sentence instead', () => {
  test.each([
    ['no such client', bridge, 'vpm', /has vpn, rdg, far, net/],
    ['no clients', { ...bridge, clients: [] }, undefined, /no RADIUS clients/],
    ['not from here', bridge, 'far', /192\.0\.2\.0\/24/],
    ['no socket of its family', { ...bridge, auth: [] }, 'vpn', /127\.0\.0\.1/],
  ])('%s', (_, view, name, sentence) => {
    expect(targetAt(view, name, own)).toMatch(sentence);
  });
});

test('loopback goes before an address of the network', () => {
  const sockets = [
    { address: '192.0.2.1', port: 1 },
    { address: '127.0.0.1', port: 2 },
  ];
  expect(serverFor(sockets, '127.0.0.1')?.port).toBe(2);
  expect(serverFor(sockets.slice(0, 1), '127.0.0.1')?.port).toBe(1);
  expect(serverFor(sockets, '::1')).toBeUndefined();
});

test('the page with the phone is passed on where there is one', () => {
  const phone = 'http://127.0.0.1:4711/';
  expect(targetAt({ ...bridge, phone }, 'rdg', own)).toMatchObject({ phone });
  expect(targetAt(bridge, 'rdg', own)).not.toHaveProperty('phone');
});
