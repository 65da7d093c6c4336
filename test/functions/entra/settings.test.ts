import { describe, expect, test } from 'vitest';
import { CLOUDS } from '../../../functions/entra/clouds.ts';
import { checkAuthority, EntraSettingsRefused } from '../../../functions/entra/settings.ts';

describe('the address where tokens are asked for', () => {
  test.each<[string, string]>([
    ...Object.values(CLOUDS).map(({ authorityHost: host }): [string, string] => [host, host]),
    ['https://login.microsoftonline.com/', 'https://login.microsoftonline.com'],
  ])('is taken: %s', (url, origin) => {
    expect(checkAuthority(url, false)).toBe(origin);
  });

  test.each([
    '',
    'login.microsoftonline.com',
    'http://127.0.0.1:8443',
    'https://127.0.0.1:8443/tenant',
    'https://127.0.0.1:8443/?x=1',
    'https://127.0.0.1:8443/#x',
    'https://me:pw@127.0.0.1:8443/',
    'https://me@127.0.0.1:8443/',
    'file:///etc/passwd',
  ])('authority-wrong: %j', (url) => {
    for (const disabled of [true, false]) {
      expect(() => checkAuthority(url, disabled)).toThrow(EntraSettingsRefused);
      expect(() => checkAuthority(url, disabled)).toThrow(
        expect.objectContaining({ code: 'authority-wrong' }),
      );
    }
  });
});

describe('instance discovery', () => {
  test.each([
    'https://login.microsoftonline.com',
    'https://LOGIN.MICROSOFTONLINE.COM/',
    'https://login.microsoftonline.com.',
    'https://login.microsoftonline.com:443',
    'https://eu.login.microsoftonline.com',
    'https://login.microsoftonline.us',
    'https://login.microsoft.com',
    'https://login.windows.net',
    'https://login-us.microsoftonline.com',
    'https://login.usgovcloudapi.net',
    'https://login.chinacloudapi.cn',
    'https://login.partner.microsoftonline.cn',
    'https://sts.windows.net',
  ])('instance-discovery-needed: %s', (url) => {
    expect(() => checkAuthority(url, true)).toThrow(
      expect.objectContaining({ code: 'instance-discovery-needed' }),
    );
    expect(checkAuthority(url, false)).toMatch(/^https:/);
  });

  test.each([
    'https://127.0.0.1:8443',
    'https://localhost',
    'https://login.microsoftonline.com.example',
    'https://xlogin.microsoftonline.com',
    'https://loginxmicrosoftonline.com',
  ])('authority-unknown: has to be switched off for %s', (url) => {
    expect(checkAuthority(url, true)).toBe(url);
    expect(() => checkAuthority(url, false)).toThrow(expect.objectContaining({ code: 'authority-unknown' }));
  });
});
