import { expect, test } from 'vitest';
import { compileClients } from '../../../functions/clients/clients.ts';
import { readConfiguration } from '../../../functions/config/read.ts';
import { requestFacts } from '../../../functions/signin/facts.ts';
import { document } from '../config/document.ts';
import { attribute, draft, framed } from '../radius/packets.ts';

/** The facts of a packet with these attributes. */
function factsOf(...attributes: Buffer[]) {
  const reading = readConfiguration(JSON.stringify(document()));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const client = compileClients(reading.document).find('site-1', '192.0.2.10');
  if (client === undefined) throw new Error('no client');
  return requestFacts({ packet: framed(draft({ attributes })), client, now: 0 });
}

test.each([
  ['CONTOSO\\Alice'],
  [' alice@contoso.example '],
  ['alice\0'],
  ['"><x> \' or 1 eq 1'],
  ['\u00e5sa@contoso.example'],
  ['a'.repeat(253)],
])('a User-Name is told as it was received: %j', (name) => {
  expect(factsOf(attribute(1, name)).userName).toEqual([name]);
});

test('of two User-Names only the one that is looked up is told', () => {
  expect(factsOf(attribute(1, 'alice'), attribute(1, 'admin')).userName).toEqual(['alice']);
});

test('a User-Name that is not UTF-8 is told by its octets, and one that is not there is none', () => {
  expect(factsOf(attribute(1, [0x61, 0xff, 0x40])).userName).toEqual(['a\u00ff@']);
  expect(factsOf().userName).toEqual([]);
});
