import { describe, expect, test } from 'vitest';
import { compileAttributes, mergeAttributes } from '../../../functions/policy/attributes.ts';
import type { PolicyProblemCode } from '../../../functions/policy/problems.ts';
import { connectionRequestPolicy, networkPolicy } from '../config/document.ts';
import { compile, facts, policies } from './policies.ts';

describe('attributes', () => {
  test('are encoded once, in the order in which they are written', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({
          conditions: [{ always: true }],
          attributes: {
            'session-timeout': 28800,
            'Reply-Message': ['a', 'b'],
            Class: '0x0102',
            'Tunnel-Type:1': 'VLAN',
            'MS-Primary-DNS-Server': '192.0.2.53',
          },
        }),
      ],
    });
    expect(compiled.network(facts()).policy?.attributes).toEqual([
      { type: 27, value: Buffer.from([0, 0, 0x70, 0x80]) },
      { type: 18, value: Buffer.from('a') },
      { type: 18, value: Buffer.from('b') },
      { type: 25, value: Buffer.from([1, 2]) },
      { type: 64, tag: 1, value: Buffer.from([0, 0, 13]) },
      { type: 28, vendor: 311, value: Buffer.from([192, 0, 2, 53]) },
    ]);
  });

  test('of a connection request policy too', () => {
    const compiled = policies({
      connectionRequestPolicies: [connectionRequestPolicy({ attributes: { 'Filter-Id': 'x' } })],
    });
    expect(compiled.connectionRequest(facts())?.attributes).toEqual([{ type: 11, value: Buffer.from('x') }]);
  });

  test('the network policy counts where both have one', () => {
    const one = compileAttributes([], { 'Filter-Id': ['a', 'b'], Class: '0x01' }).attributes;
    const other = compileAttributes([], { 'Filter-Id': 'c', 'Idle-Timeout': 60 }).attributes;
    expect(mergeAttributes(one, other).map(({ type }) => type)).toEqual([25, 11, 28]);
    const vendor = compileAttributes([], { 'MS-Primary-DNS-Server': '192.0.2.53' }).attributes;
    expect(mergeAttributes(vendor, other)).toHaveLength(3);
  });
});

describe('each problem has its path and code', () => {
  const rows: Array<[PolicyProblemCode, string, Record<string, unknown>]> = [
    ['attribute-unknown', 'attributes["Sesion-Timeout"]', { 'Sesion-Timeout': 1 }],
    ['attribute-malformed', 'attributes["Session-Timeout"]', { 'Session-Timeout': -1 }],
    ['attribute-malformed', 'attributes["Session-Timeout"]', { 'Session-Timeout': 'soon' }],
    [
      'attribute-malformed',
      'attributes["Framed-IP-Address"][1]',
      { 'Framed-IP-Address': ['192.0.2.1', 'x'] },
    ],
    ['attribute-malformed', 'attributes["Tunnel-Password"]', { 'Tunnel-Password': 'xyzzy' }],
    ['attribute-malformed', 'attributes["Filter-Id:1"]', { 'Filter-Id:1': 'x' }],
    ['attribute-not-allowed', 'attributes.State', { State: '0x01' }],
    ['attribute-not-allowed', 'attributes["Proxy-State"]', { 'Proxy-State': '0x01' }],
    ['attribute-not-allowed', 'attributes["message-authenticator"]', { 'message-authenticator': '0x01' }],
    ['attribute-not-allowed', 'attributes["EAP-Message"]', { 'EAP-Message': '0x01' }],
    ['attribute-not-allowed', 'attributes["MS-CHAP2-Success"]', { 'MS-CHAP2-Success': '0x01' }],
    ['attribute-not-allowed', 'attributes["MS-MPPE-Send-Key"]', { 'MS-MPPE-Send-Key': '0x01' }],
    ['attribute-not-allowed', 'attributes["NAS-Port-Type"]', { 'NAS-Port-Type': 'Virtual' }],
    ['attribute-not-allowed', 'attributes["CHAP-Password"]', { 'CHAP-Password': '0x01' }],
    ['attribute-not-allowed', 'attributes["Error-Cause"]', { 'Error-Cause': 501 }],
    ['attribute-twice', 'attributes["filter-id"]', { 'Filter-Id': 'a', 'filter-id': 'b' }],
    ['attributes-too-long', 'attributes', { Class: Array(17).fill(`0x${'00'.repeat(253)}`) }],
  ];
  test.each(rows)('%s at %s', (code, path, attributes) => {
    const compiled = compile({ networkPolicies: [networkPolicy({ attributes })] });
    const problems = compiled.ok ? [] : compiled.problems;
    expect(problems).toEqual([expect.objectContaining({ code, path: `networkPolicies[0].${path}` })]);
    expect(JSON.stringify(problems)).not.toContain('xyzzy');
  });

  test('User-Password', () => {
    const compiled = compile({
      networkPolicies: [networkPolicy({ attributes: { 'User-Password': 'xyzzy' } })],
    });
    expect(compiled.ok).toBe(false);
    expect(JSON.stringify(compiled)).not.toContain('xyzzy');
  });

  test('port-type-unknown, in a policy that is not enabled too', () => {
    const conditions = [{ always: true }, { nasPortType: ['Virtual', 'Virtuel', 5] }];
    expect(compile({ networkPolicies: [networkPolicy({ enabled: false, conditions })] })).toEqual({
      ok: false,
      problems: [
        {
          path: 'networkPolicies[0].conditions[1].nasPortType[1]',
          code: 'port-type-unknown',
          found: '"Virtuel"',
          expected: 'a number, or a name such as Virtual, Ethernet or Wireless-802.11',
        },
      ],
    });
  });
});
