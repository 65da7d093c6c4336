import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Doorway, startDoorway } from '../../local/doorway.ts';
import { listen } from '../../local/listen.ts';

let server: Server;
let called: Socket[];
let door: Doorway;

/** It sends everything back in capitals. */
beforeEach(async () => {
  called = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    called.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(String(chunk).toUpperCase()));
    socket.on('end', () => socket.end('over'));
  });
  door = await startDoorway(await listen(server, '127.0.0.1', 0));
});
afterEach(async () => {
  await door.shut();
  server.close();
  for (const socket of called) socket.destroy();
});

async function caller(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: door.port, allowHalfOpen: true });
  socket.setEncoding('utf8');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = await once(socket, 'data');
  return answer;
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const refused = () => expect(caller()).rejects.toMatchObject({ code: 'ECONNREFUSED' });

test('what comes in goes through, and an end goes through as one', async () => {
  const socket = await caller();
  expect(await ask(socket, 'hello')).toBe('HELLO');
  socket.end();
  expect(await once(socket, 'data')).toEqual(['over']);
  await closed(socket);
});

test('shut: open connections break on both sides, new ones are refused; open again: as before', async () => {
  const socket = await caller();
  await ask(socket, 'x');
  const [behind] = called;
  const gone = Promise.all([closed(socket), behind && closed(behind)]);
  await door.shut();
  await gone;
  await refused();
  await door.open();
  expect(await ask(await caller(), 'again')).toBe('AGAIN');
});

test('shut twice is shut, open twice is open, and the last word counts', async () => {
  await Promise.all([door.shut(), door.shut(), door.open(), door.open()]);
  expect(await ask(await caller(), 'x')).toBe('X');
  await Promise.all([door.open(), door.shut(), door.open(), door.shut()]);
  await refused();
});

test('a server that is gone breaks the connection off', async () => {
  server.close();
  await closed(await caller());
});
