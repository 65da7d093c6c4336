import { expect, test } from 'vitest';
import { playRows } from '../../../local/demo/play.ts';
import { type Row, rowsWith } from '../../../local/demo/rows.ts';
import { type Part, type Stage, StageUnfit } from '../../../local/demo/stage.ts';

const clock = { now: () => 0, monotonic: () => 0 };

function stageWhere(
  seen: (part: Part) => string,
  used = { prompts: 0, vaultCalls: 0, passwordChecks: 0, cloudCalls: 0 },
): Stage & { readonly played: string[] } {
  const played: string[] = [];
  const act = async (verb: string, part: Part): Promise<string> => {
    played.push(`${verb} ${part.client} ${part.user}`);
    used.cloudCalls += 2;
    if (part.client === 'rd-gateway') used.prompts += 1;
    if (part.user === 'bad') used.vaultCalls += 3;
    if (verb === 'retry') used.passwordChecks += 1;
    return seen(part);
  };
  return {
    played,
    signIn: (part) => act('sign in', part),
    retry: (part) => act('retry', part),
    retransmit: (part) => act('retransmit', part),
    stopFunctions: async () => void played.push('stop'),
    startFunctions: async () => void played.push('start'),
    stopGraph: async () => void played.push('stop Graph'),
    startGraph: async () => void played.push('start Graph'),
    setPhone: async (mode, ringFor) => void played.push(['phone', mode, ringFor].join(' ').trim()),
    used: async () => ({ ...used }),
    leave: async () => undefined,
  };
}

const silence = (title: string): Row => ({
  title,
  expected: 'silence, no prompt, no vault call',
  tells: 'vaultCalls',
  play: (stage) => stage.signIn({ client: 'vpn', user: title }),
});

test('what is seen is compared, prompts and calls are counted for each row', async () => {
  const stage = stageWhere(() => 'silence');
  const shown: string[] = [];
  const results = await playRows([silence('good'), silence('bad')], stage, clock, ({ title }) => {
    shown.push(title);
  });
  expect(results).toMatchObject([
    {
      title: 'good',
      verdict: 'as expected',
      used: { prompts: 0, vaultCalls: 0, passwordChecks: 0, cloudCalls: 2 },
    },
    {
      title: 'bad',
      verdict: 'differs',
      seen: 'silence, no prompt, 3 vault calls',
      used: { prompts: 0, vaultCalls: 3, passwordChecks: 0, cloudCalls: 2 },
    },
  ]);
  expect(shown).toEqual(['good', 'bad']);
});

test('how often Entra was asked is told where a row says so', async () => {
  const row: Row = {
    title: 'x',
    expected: 'silence, no prompt, 1 password check',
    tells: 'passwordChecks',
    play: (stage) => stage.retry({ client: 'vpn', user: 'alice' }),
  };
  const [result] = await playRows(
    [row],
    stageWhere(() => 'silence'),
    clock,
    () => undefined,
  );
  expect(result?.verdict).toBe('as expected');
});

test('a prompt that was not expected differs, whatever the outcome', async () => {
  const row: Row = {
    title: 'x',
    expected: 'Access-Accept, no prompt',
    play: (stage) => stage.signIn({ client: 'rd-gateway', user: 'alice' }),
  };
  const [result] = await playRows(
    [row],
    stageWhere(() => 'Access-Accept'),
    clock,
    () => undefined,
  );
  expect(result).toMatchObject({ verdict: 'differs', seen: 'Access-Accept, 1 prompt' });
});

test('a row that fails differs, and the next one is played', async () => {
  const stage = stageWhere(({ user }) => {
    if (user === 'broken') throw new Error('the console has gone');
    if (user === 'elsewhere') throw new StageUnfit('not from 127.0.0.3');
    return 'silence';
  });
  const rows = [silence('broken'), silence('elsewhere'), silence('last')];
  const results = await playRows(rows, stage, clock, () => undefined);
  expect(results.map(({ verdict, seen }) => [verdict, seen])).toEqual([
    ['differs', 'the console has gone'],
    ['unfit', 'not from 127.0.0.3'],
    ['as expected', 'silence, no prompt, no vault call'],
  ]);
});

test('the rows: each with a phone of its own mode, and all is up again at the end', async () => {
  const stage = stageWhere(() => 'anything');
  await playRows(rowsWith({ alice: 'a', bob: 'b', carol: 'c' }, 'x'), stage, clock, () => undefined);
  expect(stage.played).toEqual([
    'sign in vpn alice',
    'sign in vpn alice',
    'sign in vpn nobody',
    'sign in vpn bob',
    'sign in vpn carol',
    'sign in vpn alice@contoso.example',
    'sign in vpn alice@contoso.example',
    'retry vpn alice@contoso.example',
    'sign in vpn dora@contoso.example',
    'sign in vpn nobody@contoso.example',
    'sign in vpn bob@contoso.example',
    'sign in vpn carol@contoso.example',
    'stop Graph',
    'sign in vpn alice@contoso.example',
    'sign in vpn x@contoso.example',
    'start Graph',
    'sign in vpn x@contoso.example',
    'phone approve',
    'sign in rd-gateway CONTOSO\\alice',
    'phone approve',
    'sign in rd-gateway CONTOSO\\alice',
    'phone deny',
    'sign in rd-gateway CONTOSO\\alice',
    'phone ring 3000',
    'sign in rd-gateway CONTOSO\\alice',
    'phone approve',
    'retransmit rd-gateway CONTOSO\\alice',
    'retransmit vpn alice',
    'sign in vpn alice',
    'sign in vpn alice',
    'stop',
    'sign in vpn alice',
    'start',
    'sign in vpn alice',
  ]);
});

test('a tampered packet has one bit changed', async () => {
  const tampers: Array<NonNullable<Part['tamper']>> = [];
  const stage = stageWhere(({ tamper }) => {
    if (tamper !== undefined) tampers.push(tamper);
    return 'silence';
  });
  await playRows(rowsWith({}, 'x'), stage, clock, () => undefined);
  const octets = Buffer.alloc(40);
  for (const tamper of tampers) tamper(octets);
  expect(tampers).toHaveLength(1);
  expect(octets.at(-1)).toBe(1);
});
