import { beforeEach, expect, test } from 'vitest';
import { StartRefused } from '../../local/faults.ts';
import { lifetime } from '../../local/lifetime.ts';

let events: string[];
beforeEach(() => {
  events = [];
});

function program(name: string) {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const stop = async () => {
    events.push(`stop ${name}`);
    end('exit code 0');
  };
  return { name, ended, stop, complaint: () => 'what it complained of', end };
}

test('what was started last ends first', async () => {
  const life = lifetime(true);
  life.own(program('a'));
  life.defer(() => void events.push('b'));
  life.own(program('c'));
  expect(life.ending).toBe(false);
  await Promise.all([life.close(), life.close()]);
  expect(life.ending).toBe(true);
  expect(events).toEqual(['stop c', 'b', 'stop a']);
  expect(await life.ended).toBeUndefined();
});

test('program-ended: one that dies ends the others, and what it complained of is told once', async () => {
  for (const complains of [true, false]) {
    const life = lifetime(complains);
    const dying = program('relay');
    life.own(program('other'));
    life.own(dying);
    dying.end('signal SIGKILL');
    const why = await life.ended;
    expect(why).toBeInstanceOf(StartRefused);
    expect(why).toMatchObject({
      code: 'program-ended',
      message: expect.stringContaining('relay: signal SIGKILL'),
    });
    expect(why?.message.includes('what it complained of')).toBe(complains);
    expect(events).toContain('stop other');
  }
});

test('what comes when everything has ended is ended at once', async () => {
  const life = lifetime(true);
  await life.close();
  life.own(program('late'));
  life.defer(() => void events.push('later'));
  expect(events).toEqual(['stop late', 'later']);
});
