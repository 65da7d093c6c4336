import { describe, expect, test } from 'vitest';
import type { SignInFacts } from '../../../functions/policy/model.ts';
import { networkPolicy } from '../config/document.ts';
import { facts, policies } from './policies.ts';

function holds(condition: object, over: Partial<SignInFacts>, timeZone = 'UTC'): boolean {
  const compiled = policies({ timeZone, networkPolicies: [networkPolicy({ conditions: [condition] })] });
  return compiled.network(facts(over)).kind === 'granted';
}

describe('conditions', () => {
  test.each<[object, Partial<SignInFacts>, boolean]>([
    [{ always: true }, {}, true],
    [{ client: ['vpn-1'] }, {}, true],
    [{ client: ['rdg-1', 'vpn-2'] }, { client: 'vpn-2' }, true],
    [{ client: ['rdg-1'] }, {}, false],
    [{ userGroup: ['vpn users'] }, {}, true],
    [{ userGroup: ['Admins', 'VPN Users'] }, {}, true],
    [{ userGroup: ['VPN'] }, {}, false],
    [{ userGroup: ['VPN'] }, { groups: [] }, false],
    [{ userName: '^contoso\\\\' }, {}, true],
    [{ userName: '@contoso\\.example$' }, {}, false],
    [{ userName: '@contoso\\.example$' }, { userName: ['Alice@Contoso.Example'] }, true],
    [{ userName: '@contoso\\.example$' }, { userName: ['alice@contosoXexample'] }, false],
    [{ userName: '@contoso\\.example$' }, { userName: ['alice@contoso.example.net'] }, false],
    [{ userName: '@contoso\\.example$' }, { userName: ['alice@contoso.example\n'] }, false],
    [{ userName: '^alice$' }, { userName: ['malice'] }, false],
    [{ userName: '.*' }, { userName: [] }, false],
    [{ userName: '^$' }, { userName: [''] }, true],
    [{ nasPortType: ['virtual'] }, {}, true],
    [{ nasPortType: ['Ethernet', 5] }, {}, true],
    [{ nasPortType: [15] }, {}, false],
    [{ nasPortType: [0] }, { nasPortType: undefined }, false],
    [{ calledStationId: 'CONTOSO' }, {}, true],
    [{ calledStationId: '^contoso' }, {}, false],
    [{ calledStationId: '.*' }, { calledStationId: [] }, false],
    [{ calledStationId: '^b$' }, { calledStationId: ['a', 'b'] }, true],
    [{ callingStationId: '^203\\.0\\.113\\.' }, {}, true],
    [{ callingStationId: '^203\\.0\\.113\\.' }, { callingStationId: ['203x0.113.9'] }, false],
    [{ accessServerType: ['remote-access-server'] }, { accessServerType: 2 }, true],
    [{ accessServerType: ['remote-access-server'] }, { accessServerType: 99 }, false],
    [{ accessServerType: ['unspecified'] }, {}, true],
  ])('%j with %j: %s', (condition, over, expected) => {
    expect(holds(condition, over)).toBe(expected);
  });
});

describe('dayAndTime', () => {
  const berlin = 'Europe/Berlin';
  test.each<[string, object, string, boolean, string?]>([
    ['begins with its first minute', { wednesday: ['08:00-18:00'] }, '2026-01-14T08:00:00Z', true],
    ['ends before its last', { wednesday: ['08:00-18:00'] }, '2026-01-14T17:59:59.999Z', true],
    ['the end is not part of it', { wednesday: ['08:00-18:00'] }, '2026-01-14T18:00:00Z', false],
    ['before the beginning', { wednesday: ['08:00-18:00'] }, '2026-01-14T07:59:59.999Z', false],
    ['a day that is not there', { thursday: ['00:00-24:00'] }, '2026-01-14T12:00:00Z', false],
    ['24:00 takes in the last minute', { wednesday: ['22:00-24:00'] }, '2026-01-14T23:59:59.999Z', true],
    ['midnight is the next day', { wednesday: ['22:00-24:00'] }, '2026-01-15T00:00:00Z', false],
    ['00:00 is midnight', { thursday: ['00:00-00:01'] }, '2026-01-15T00:00:00Z', true],
    [
      'the second range of a day',
      { wednesday: ['08:00-10:00', '12:00-13:00'] },
      '2026-01-14T12:30:00Z',
      true,
    ],
    ['sunday', { sunday: ['00:00-24:00'] }, '2026-01-18T12:00:00Z', true],
    ['winter in Berlin', { wednesday: ['08:00-09:00'] }, '2026-01-14T07:30:00Z', true, berlin],
    ['summer in Berlin', { wednesday: ['08:00-09:00'] }, '2026-07-15T06:30:00Z', true, berlin],
    ['the day is the one in Berlin', { thursday: ['00:00-01:00'] }, '2026-01-14T23:30:00Z', true, berlin],
    ['before the hour that is skipped', { sunday: ['01:00-02:00'] }, '2026-03-29T00:59:00Z', true, berlin],
    [
      'the hour that is skipped never comes',
      { sunday: ['02:00-03:00'] },
      '2026-03-29T01:00:00Z',
      false,
      berlin,
    ],
    ['after the hour that is skipped', { sunday: ['03:00-04:00'] }, '2026-03-29T01:00:00Z', true, berlin],
    ['the repeated hour the first time', { sunday: ['02:00-03:00'] }, '2026-10-25T00:30:00Z', true, berlin],
    ['the repeated hour the second time', { sunday: ['02:00-03:00'] }, '2026-10-25T01:30:00Z', true, berlin],
    ['after the repeated hour', { sunday: ['02:00-03:00'] }, '2026-10-25T02:00:00Z', false, berlin],
    [
      'a zone of three quarters of an hour',
      { wednesday: ['17:45-17:46'] },
      '2026-01-14T12:00:00Z',
      true,
      'Asia/Kathmandu',
    ],
  ])('%s', (_name, days, now, expected, timeZone) => {
    expect(holds({ dayAndTime: days }, { now: Date.parse(now) }, timeZone)).toBe(expected);
  });

  test('one compiled policy follows the clock', () => {
    const compiled = policies({
      networkPolicies: [networkPolicy({ conditions: [{ dayAndTime: { wednesday: ['12:00-12:01'] } }] })],
    });
    const at = (text: string) => compiled.network(facts({ now: Date.parse(text) })).kind;
    expect(at('2026-01-14T11:59:59.999Z')).toBe('rejected');
    expect(at('2026-01-14T12:00:00Z')).toBe('granted');
    expect(at('2026-01-14T12:01:00Z')).toBe('rejected');
    expect(at('2026-01-14T12:00:30Z')).toBe('granted');
  });
});
