import { describe, expect, test } from 'vitest';
import { RequestUnreadable, readBeginRequest } from '../../../local/stand-ins/connector-request.ts';

const read = (xml: string) => readBeginRequest(Buffer.from(xml));
const root = 'BeginTwoWayAuthenticationRequest';
const arrays = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays';
const instance = 'http://www.w3.org/2001/XMLSchema-instance';
const request = (members: string) => `<${root} xmlns:i="${instance}">${members}</${root}>`;
const pair = (inside: string) => `<a:KeyValueOfstringstring>${inside}</a:KeyValueOfstringstring>`;
const properties = (inside: string) =>
  request(`<AuthenticationMethodProperties xmlns:a="${arrays}">${inside}</AuthenticationMethodProperties>`);

describe('a request', () => {
  test('as clients of the NPS kind send it', () => {
    const sample = `<${root}>
  <Version>1.0</Version>
  <UserPrincipalName>alice@contoso.com</UserPrincipalName>
  <Lcid>en-us</Lcid>
  <AuthenticationMethodProperties xmlns:a="${arrays}">
    <a:KeyValueOfstringstring>
      <a:Key>OverrideVoiceOtp</a:Key>
      <a:Value>false</a:Value>
    </a:KeyValueOfstringstring>
    <a:KeyValueOfstringstring>
      <a:Key>OverrideNumberMatchingWithOTP</a:Key>
      <a:Value>true</a:Value>
    </a:KeyValueOfstringstring>
  </AuthenticationMethodProperties>
  <ContextId>9f0c1f0e-6f2b-4b3e-9a54-1f0d7a1f2c11</ContextId>
  <SyncCall>true</SyncCall>
  <RequireUserMatch>true</RequireUserMatch>
  <CallerName>radius</CallerName>
  <CallerIP>UNKNOWN:</CallerIP>
</${root}>`;
    expect(read(sample)).toEqual({
      version: '1.0',
      upn: 'alice@contoso.com',
      tenantId: undefined,
      methodId: undefined,
      properties: new Map([
        ['OverrideVoiceOtp', 'false'],
        ['OverrideNumberMatchingWithOTP', 'true'],
      ]),
      contextId: '9f0c1f0e-6f2b-4b3e-9a54-1f0d7a1f2c11',
      syncCall: true,
      requireUserMatch: true,
    });
  });

  test('as clients of the AD FS kind send it', () => {
    const sample = request(
      '<Version>1</Version><UserPrincipalName>alice@contoso.com</UserPrincipalName><TenantId i:nil="true"/>' +
        '<Lcid>en-US</Lcid><AuthenticationMethodId>PhoneAppNotification</AuthenticationMethodId>' +
        `<AuthenticationMethodProperties xmlns:a="${arrays}"/><AuthenticationPurpose i:nil="true"/>` +
        '<ContextId>c41f7d2a</ContextId><OtpRetryCount>0</OtpRetryCount><SyncCall>false</SyncCall>' +
        '<ReplicationScope i:nil="true"/><ObjectId i:nil="true"/><CompanyName>Contoso</CompanyName>',
    );
    expect(read(sample)).toMatchObject({
      version: '1',
      upn: 'alice@contoso.com',
      tenantId: undefined,
      methodId: 'PhoneAppNotification',
      contextId: 'c41f7d2a',
      syncCall: false,
      requireUserMatch: false,
    });
  });

  test('escaped text comes back as it was, in CDATA too, behind a byte order mark and a declaration', () => {
    const escaped = '\uFEFF<?xml version="1.0" encoding="utf-8"?>';
    const name = '<UserPrincipalName>"&gt;&lt;x&gt;&amp;amp; &#233;<![CDATA[<&>]]></UserPrincipalName>';
    expect(read(`${escaped}${request(name)}`).upn).toBe('"><x>&amp; é<&>');
  });
});

describe('members', () => {
  const members = {
    upn: '<UserPrincipalName>alice</UserPrincipalName>',
    context: '<ContextId>c</ContextId>',
    sync: '<SyncCall>true</SyncCall>',
  };

  test('that come too late are skipped as if absent', () => {
    expect(read(request(members.context + members.upn + members.sync))).toMatchObject({
      upn: undefined,
      contextId: 'c',
      syncCall: true,
    });
    expect(read(request(members.sync + members.upn + members.context))).toMatchObject({
      upn: undefined,
      contextId: undefined,
      syncCall: true,
    });
  });

  test('that come again are skipped', () => {
    expect(read(request(members.upn + members.upn.replace('alice', 'bob'))).upn).toBe('alice');
  });

  test('that nobody knows are skipped, and hold up nothing', () => {
    const unknown = '<Zebra><UserPrincipalName>bob</UserPrincipalName></Zebra>';
    expect(read(request(unknown + members.upn + unknown + members.sync))).toMatchObject({
      upn: 'alice',
      syncCall: true,
    });
  });

  test('of another namespace are unknown ones', () => {
    expect(read(request('<UserPrincipalName xmlns="urn:x">alice</UserPrincipalName>')).upn).toBeUndefined();
    expect(read(request('<userprincipalname>alice</userprincipalname>')).upn).toBeUndefined();
  });

  test('that are nil are absent, that are empty are not', () => {
    expect(read(request('<UserPrincipalName i:nil="true"/>')).upn).toBeUndefined();
    expect(read(request('<UserPrincipalName i:nil="false">a</UserPrincipalName>')).upn).toBe('a');
    expect(read(request('<UserPrincipalName nil="true"/>')).upn).toBe('');
    expect(read(request('<UserPrincipalName/>')).upn).toBe('');
  });

  test.each([
    ['true', true],
    [' 1 ', true],
    ['false', false],
    ['0', false],
  ])('a boolean may be %j', (text, expected) => {
    expect(read(request(`<SyncCall>${text}</SyncCall>`)).syncCall).toBe(expected);
  });

  test('pairs of a dictionary are in its namespace, and in their order', () => {
    const key = '<a:Key>k</a:Key>';
    const value = '<a:Value>v</a:Value>';
    expect([...read(properties(pair(key + value))).properties]).toEqual([['k', 'v']]);
    expect([...read(properties(pair(`${key}<a:Value i:nil="true"/>`))).properties]).toEqual([['k', '']]);
    expect(() => read(properties(pair(value + key)))).toThrow(RequestUnreadable);
    expect(() => read(properties(pair('<Key>k</Key><Value>v</Value>')))).toThrow(RequestUnreadable);
    expect(() => read(properties(pair(key)))).toThrow(RequestUnreadable);
    expect(() => read(properties(pair(key + value) + pair(key + value)))).toThrow(RequestUnreadable);
    expect(() => read(properties('<Other/>'))).toThrow(RequestUnreadable);
  });
});

describe('unreadable', () => {
  test.each([
    ['nothing', ''],
    ['no XML', 'UserPrincipalName=alice'],
    ['JSON', '{"UserPrincipalName":"alice"}'],
    ['an element left open', `<${root}>`],
    ['an ampersand', request('<Version>&</Version>')],
    ['an unknown entity', request('<Version>&one;</Version>')],
    ['an unbound prefix', '<i:a/>'],
    ['another root', '<EndTwoWayAuthenticationRequest/>'],
    ['the root in a namespace', `<${root} xmlns="urn:x"/>`],
    ['two roots', `${request('')}${request('')}`],
    ['a NUL', request('<Version>\0</Version>')],
    ['a NUL by number', request('<Version>&#0;</Version>')],
    ['a DTD', `<!DOCTYPE ${root}>${request('')}`],
    ['an entity of a DTD', `<!DOCTYPE x [<!ENTITY e "1.0">]>${request('<Version>&e;</Version>')}`],
    ['elements in a text', request('<UserPrincipalName><b>a</b></UserPrincipalName>')],
    ['a boolean that is none', request('<SyncCall>True</SyncCall>')],
    ['an empty boolean', request('<SyncCall/>')],
  ])('%s', (_, xml) => {
    expect(() => read(xml)).toThrow(RequestUnreadable);
  });

  test('octets that are no UTF-8', () => {
    expect(() => readBeginRequest(Buffer.from(request('<Version>é</Version>'), 'latin1'))).toThrow(
      RequestUnreadable,
    );
  });
});
