import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeBegin } from '../../../../../functions/mfa/providers/connector/request.ts';
import { CONTEXT, UPN } from './answers.ts';
import { leavesOf } from './xml.ts';

const ARRAYS = '{http://schemas.microsoft.com/2003/10/Serialization/Arrays}';
const PAIR = `AuthenticationMethodProperties ${ARRAYS}KeyValueOfstringstring ${ARRAYS}`;

function begin(upn: string, language = 'en-us'): string | undefined {
  return writeBegin({ upn, language, contextId: CONTEXT });
}

describe('the request', () => {
  test('is sample B of the reference, with the override false', () => {
    const sample = `
      <BeginTwoWayAuthenticationRequest>
        <Version>1.0</Version>
        <UserPrincipalName>alice@contoso.com</UserPrincipalName>
        <Lcid>en-us</Lcid>
        <AuthenticationMethodProperties xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays">
          <a:KeyValueOfstringstring>
            <a:Key>OverrideVoiceOtp</a:Key>
            <a:Value>false</a:Value>
          </a:KeyValueOfstringstring>
          <a:KeyValueOfstringstring>
            <a:Key>OverrideNumberMatchingWithOTP</a:Key>
            <a:Value>false</a:Value>
          </a:KeyValueOfstringstring>
        </AuthenticationMethodProperties>
        <ContextId>${CONTEXT}</ContextId>
        <SyncCall>true</SyncCall>
        <RequireUserMatch>true</RequireUserMatch>
        <CallerName>radius</CallerName>
        <CallerIP>UNKNOWN:</CallerIP>
      </BeginTwoWayAuthenticationRequest>`;
    expect(begin(UPN)).toBe(sample.replace(/\n\s*/g, ''));
  });

  test('asks in the language of the configuration', () => {
    expect(leavesOf(begin(UPN, 'de-de') ?? '')).toContainEqual(['Lcid', 'de-de']);
  });
});

/** All leaves of a request for this user. */
function expected(upn: string): [string, string][] {
  return [
    ['Version', '1.0'],
    ['UserPrincipalName', upn],
    ['Lcid', 'en-us'],
    [`${PAIR}Key`, 'OverrideVoiceOtp'],
    [`${PAIR}Value`, 'false'],
    [`${PAIR}Key`, 'OverrideNumberMatchingWithOTP'],
    [`${PAIR}Value`, 'false'],
    ['ContextId', CONTEXT],
    ['SyncCall', 'true'],
    ['RequireUserMatch', 'true'],
    ['CallerName', 'radius'],
    ['CallerIP', 'UNKNOWN:'],
  ];
}

describe('a user principal name', () => {
  test.each([
    ['tags', '"><x>'],
    ['an element of the contract', 'a</UserPrincipalName><SyncCall>false</SyncCall><UserPrincipalName>b'],
    ['a query', "' or 1 eq 1"],
    ['the end of a CDATA section', ']]>'],
    ['a CDATA section', '<![CDATA[alice]]>'],
    ['a comment', '<!-- alice -->'],
    ['an entity', '&amp;'],
    ['a character reference', '&#65;'],
    ['line breaks', 'alice\r\n@contoso.com\r\t\n'],
    ['spaces around it', '  alice@contoso.com '],
    ['letters beyond ASCII', 'jürgen.größe@contoso.com'],
    ['a character beyond the first plane', '🙂@contoso.com'],
    ['a line separator', 'a\u2028b\u0085c'],
  ])('with %s arrives as it is and changes nothing else', (_, upn) => {
    expect(leavesOf(begin(upn) ?? '')).toEqual(expected(upn));
  });

  test.each([
    ['nothing', ''],
    ['NUL', 'alice\0@contoso.com'],
    ['escape', 'alice\u001b[2J@contoso.com'],
    ['a high surrogate alone', 'alice\ud83d@contoso.com'],
    ['a low surrogate alone', '\ude42'],
    ['surrogates in the wrong order', '\ude42\ud83d'],
    ['a noncharacter', 'alice\ufffe'],
  ])('of %s cannot be sent', (_, upn) => {
    expect(begin(upn)).toBeUndefined();
  });

  test('whatever it is, it arrives as it is or is not sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (upn) => {
        const xml = begin(upn);
        if (xml !== undefined) expect(leavesOf(xml)).toEqual(expected(upn));
      }),
      { numRuns: 400 },
    );
  });
});

test('a language that cannot be sent is not sent', () => {
  expect(begin(UPN, 'en\0us')).toBeUndefined();
});
