import { describe, expect, test } from 'vitest';
import { compileRoute } from '../../../local/functions-host/routes.ts';

const match = (template: string, path: string) => compileRoute('api', template, ['GET']).match(path);

describe('a route template', () => {
  test('literals match whatever their letter case, with or without a last slash', () => {
    expect(match('radius', '/api/radius')).toEqual({});
    expect(match('radius', '/API/Radius/')).toEqual({});
    expect(match('radius', '/api/radius/more')).toBeUndefined();
    expect(match('radius', '/radius')).toBeUndefined();
  });

  test('a parameter takes one decoded segment', () => {
    expect(match('users/{name}', '/api/users/a%20b')).toEqual({ name: 'a b' });
    expect(match('users/{name}', '/api/users/')).toBeUndefined();
    expect(match('users/{name}', '/api/users/a/b')).toBeUndefined();
  });

  test('a segment that cannot be decoded stays as it came', () => {
    expect(match('users/{name}', '/api/users/%zz')).toEqual({ name: '%zz' });
  });

  test('an optional parameter and a rest may be absent', () => {
    expect(match('users/{name?}', '/api/users')).toEqual({});
    expect(match('files/{*path}', '/api/files/a/b')).toEqual({ path: 'a/b' });
    expect(match('files/{*path}', '/api/files')).toEqual({});
  });

  test('constraints hold', () => {
    expect(match('n/{id:int}', '/api/n/-12')).toEqual({ id: '-12' });
    expect(match('n/{id:int}', '/api/n/x')).toBeUndefined();
    expect(match('n/{id:alpha}', '/api/n/x1')).toBeUndefined();
  });

  test('a literal dot is a dot', () => {
    expect(match('a.b', '/api/axb')).toBeUndefined();
  });

  test('literals weigh more than constraints, constraints more than parameters, those more than a rest', () => {
    const weights = ['a/b', 'a/{id:int}', 'a/{id}', 'a/{*id}'].map(
      (text) => compileRoute('', text, []).weight,
    );
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect(new Set(weights).size).toBe(4);
  });

  test('what this host does not know is refused by name', () => {
    expect(() => compileRoute('api', 'a/{id:regex(x)}', [])).toThrow("'{id:regex(x)}'");
    expect(() => compileRoute('api', 'a/{id:bool}', [])).toThrow("'bool'");
  });
});
