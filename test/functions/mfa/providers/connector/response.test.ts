import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LARGEST_ANSWER,
  readBeginAnswer,
} from '../../../../../functions/mfa/providers/connector/response.ts';
import { answerXml, SESSION, UPN } from './answers.ts';

const APPROVAL = { value: 'Success', sessionId: SESSION, authenticationResult: 'true', upn: UPN };

function read(xml: string) {
  return readBeginAnswer(Buffer.from(xml));
}

function edited(from: string | RegExp, to: string): string {
  const edit = answerXml().replace(from, to);
  expect(edit).not.toBe(answerXml());
  return edit;
}

describe('an answer is read', () => {
  test('as the service writes it', () => {
    expect(read(answerXml())).toEqual(APPROVAL);
  });

  test('with nil and absent elements as undefined, and an empty one as empty', () => {
    expect(read(answerXml({ session: null, result: null, upn: undefined, value: '' }))).toEqual({
      value: '',
      sessionId: undefined,
      authenticationResult: undefined,
      upn: undefined,
    });
  });

  test.each([
    ['a byte order mark', `\ufeff${answerXml()}`],
    ['a declaration', `<?xml version="1.0" encoding="utf-8"?>\r\n${answerXml()}`],
    ['both', `\ufeff<?xml version='1.0' encoding='UTF-8' standalone='yes'?>${answerXml()}`],
    ['line breaks between elements', answerXml().replaceAll('><', '>\r\n  <')],
    ['a default namespace', edited('xmlns:i', 'xmlns="urn:any" xmlns:i')],
    [
      'prefixes',
      answerXml()
        .replace('xmlns:i=', 'xmlns:s="urn:any" xmlns:i=')
        .replaceAll(/<(\/?)([A-Z])/g, '<$1s:$2'),
    ],
    ['unknown elements', edited('<SessionId>', '<New a="b"><Deep>text</Deep></New><SessionId>')],
    ['unknown elements in Result', edited('<Retry>', '<New>text</New><Retry>')],
    [
      'an unknown element that holds names of ours',
      edited('<Version>', '<New><AuthenticationResult>false</AuthenticationResult></New><Version>'),
    ],
    ['a comment between elements', edited('<Version>', '<!-- x --><Version>')],
    ['a CDATA section', edited('>Success<', '><![CDATA[Success]]><')],
    ['character references', edited('>true<', '>&#x74;r&#117;e<')],
    ['nothing after a nil of 0', edited('<Value>', '<Value i:nil="0">')],
    ['a nil of no namespace', edited('<Value>', '<Value nil="true">')],
    ['another prefix for the namespace', edited('i:nil="true"/><Retry>', 'i:nil="1"/><Retry>')],
  ])('with %s', (_, xml) => {
    expect(read(xml)).toEqual(APPROVAL);
  });
});

const doctype = '<!DOCTYPE x>';
const bomb = '<!DOCTYPE x [<!ENTITY a "true"><!ENTITY b "&a;&a;">]>';
const external = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>';

describe('no answer is', () => {
  test.each([
    ['nothing', ''],
    ['spaces', ' \n'],
    ['text', 'OK'],
    ['JSON', '{"AuthenticationResult":"true"}'],
    ['the page of a proxy', '<!DOCTYPE html><html><body><Value>Success</Value></body></html>'],
    ['another page', '<html><body>true</body></html>'],
    [
      'another root',
      answerXml().replaceAll('BeginTwoWayAuthenticationResponse', 'EndTwoWayAuthenticationResponse'),
    ],
    ['a root in another case', answerXml().replaceAll('BeginTwoWay', 'beginTwoWay')],
    ['a SOAP envelope', `<Envelope><Body>${answerXml()}</Body></Envelope>`],
    ['two documents', answerXml() + answerXml()],
    ['text after the root', `${answerXml()}x`],
    ['a document cut short', answerXml().slice(0, -1)],
    ['a document type', doctype + answerXml()],
    ['entities declared', bomb + edited('>true<', '>&a;<')],
    ['an external entity', external + edited('>true<', '>&a;<')],
    ['an undefined entity', edited('>true<', '>&nbsp;<')],
    ['an entity called as a property', edited('>true<', '>&constructor;<')],
    ['a reference to NUL', edited('>true<', '>true&#0;<')],
    ['an unbound prefix', edited('<Version>1</Version>', '<x:Version>1</x:Version>')],
    ['an attribute twice', edited('<Value>', '<Value a="1" a="2">')],
    ['Result twice', edited('</Result>', '</Result><Result><Value>Success</Value></Result>')],
    ['Value twice', edited('</Value>', '</Value><Value>PhoneAppDenied</Value>')],
    ['SessionId twice', edited('<SessionId>', '<SessionId/><SessionId>')],
    [
      'AuthenticationResult twice',
      edited('<AuthenticationResult>', '<AuthenticationResult/><AuthenticationResult>'),
    ],
    [
      'AuthenticationResult twice, once nil',
      edited('<AuthenticationResult>', '<AuthenticationResult i:nil="true"/><AuthenticationResult>'),
    ],
    [
      'AuthenticationResult in two namespaces',
      edited('<AuthenticationResult>', '<AuthenticationResult xmlns="urn:x"/><AuthenticationResult>'),
    ],
    [
      'UserPrincipalName twice',
      edited(
        '<UserPrincipalName>',
        '<UserPrincipalName>bob@contoso.com</UserPrincipalName><UserPrincipalName>',
      ),
    ],
    ['an element in Value', edited('>Success<', '>Suc<b/>cess<')],
    ['a comment in Value', edited('>Success<', '>Success<!-- -->Not<')],
    ['an instruction in Value', edited('>Success<', '>Suc<?x y?>cess<')],
    ['text in Result', edited('<Retry>', 'Success<Retry>')],
    ['text in the root', edited('<Version>', 'true<Version>')],
    ['a CDATA section in the root', edited('<Version>', '<![CDATA[true]]><Version>')],
    ['a nil that holds text', edited('<AuthenticationResult>', '<AuthenticationResult i:nil="true">')],
    ['XML 1.1', `<?xml version="1.1"?>${answerXml()}`],
    ['another encoding', `<?xml version="1.0" encoding="utf-16"?>${answerXml()}`],
    ['too deep', edited('<Version>', `${'<a>'.repeat(16)}${'</a>'.repeat(16)}<Version>`)],
    ['too large', edited('<Version>', `<Pad>${' '.repeat(LARGEST_ANSWER)}</Pad><Version>`)],
  ])('%s', (_, xml) => {
    expect(read(xml)).toBeUndefined();
  });

  test('UTF-16, and octets that are no UTF-8', () => {
    expect(readBeginAnswer(Buffer.from(`\ufeff${answerXml()}`, 'utf16le'))).toBeUndefined();
    expect(readBeginAnswer(Buffer.from(answerXml({ session: 'x\xe9' }), 'latin1'))).toBeUndefined();
  });

  test('anything that a stranger makes up; it never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.string().map((s) => Buffer.from(s)),
        ),
        (octets) => {
          expect(readBeginAnswer(octets)).toBeUndefined();
        },
      ),
      { numRuns: 400 },
    );
  });
});

test('a largest answer of nothing but nested elements is refused at once', () => {
  const began = performance.now();
  const count = Math.floor(LARGEST_ANSWER / 7);
  expect(read('<x:a xmlns:x="y">'.padEnd(60) + '<a>'.repeat(count) + '</a>'.repeat(count))).toBeUndefined();
  expect(read(edited('<Version>', '<a>'.repeat(9000)))).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(1000);
});
