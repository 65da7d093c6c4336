import { describe, expect, test } from 'vitest';
import { refused, TOKEN_FAULTS, type TokenFault, TokenUnavailable } from '../../../functions/entra/faults.ts';

describe('an error of the token endpoint', () => {
  test.each<[string, TokenFault]>([
    ['700027', 'certificate-not-registered'],
    ['50012', 'certificate-refused'],
    ['700024', 'clock-wrong'],
    ['700016', 'client-missing'],
    ['7000112', 'client-disabled'],
    ['500011', 'resource-missing'],
    ['500014', 'resource-disabled'],
    ['90002', 'tenant-unknown'],
    ['50059', 'tenant-unknown'],
    ['50128', 'tenant-unknown'],
    ['70011', 'scope-refused'],
    ['28002', 'scope-refused'],
    ['90033', 'entra-failing'],
    ['50033', 'entra-failing'],
    ['90006', 'entra-failing'],
    ['90024', 'entra-failing'],
    ['50196', 'client-loop'],
    ['90055', 'entra-throttled'],
    ['7000215', 'token-refused'],
    ['123456789', 'token-refused'],
  ])('AADSTS%s: %s', (number, code) => {
    const detail = `AADSTS${number}`;
    expect(refused({ status: 400, number, retryAfter: 0 })).toMatchObject({ code, detail });
  });

  test.each<[number, TokenFault]>([
    [200, 'token-unusable'],
    [302, 'token-unusable'],
    [400, 'token-refused'],
    [401, 'token-refused'],
    [429, 'entra-throttled'],
    [500, 'entra-failing'],
    [503, 'entra-failing'],
  ])('HTTP %i without a number: %s', (status, code) => {
    const detail = `HTTP ${status}`;
    expect(refused({ status, number: undefined, retryAfter: 0 })).toMatchObject({ code, detail });
  });

  test('an unknown number that comes with 429 or 500 passes by itself', () => {
    expect(refused({ status: 429, number: '1', retryAfter: 7 }).code).toBe('entra-throttled');
    expect(refused({ status: 500, number: '1', retryAfter: 0 }).code).toBe('entra-failing');
    expect(refused({ status: 429, number: '1', retryAfter: 7 }).retryAfter).toBe(7);
  });

  // No property of the prototype is a number of ours.
  test('numbers are looked up as numbers alone', () => {
    expect(refused({ status: 400, number: 'constructor', retryAfter: 0 }).code).toBe('token-refused');
  });
});

test('which faults pass by themselves', () => {
  const temporary = Object.keys(TOKEN_FAULTS).filter(
    (code) => new TokenUnavailable(code as TokenFault, '').temporary,
  );
  expect(temporary).toEqual([
    'entra-unreachable',
    'entra-failing',
    'entra-throttled',
    'client-loop',
    'signing-unavailable',
  ]);
});
