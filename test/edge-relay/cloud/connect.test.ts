import { expect, test } from 'vitest';
import { faultOf } from '../../../edge-relay/cloud/connect.ts';

test.each([
  ['ENOTFOUND', 'name-unknown'],
  ['EAI_AGAIN', 'name-lookup-failed'],
  ['ECONNREFUSED', 'connection-refused'],
  ['ENETUNREACH', 'network-unreachable'],
  ['EHOSTUNREACH', 'network-unreachable'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['ECONNRESET', 'connection-lost'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'not-tls'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'tls-failed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-authority-unknown'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-host-mismatch'],
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-not-yet-valid'],
  ['CERT_REVOKED', 'certificate-invalid'],
  ['INVALID_PURPOSE', 'certificate-invalid'],
  ['ESOMETHINGNEW', 'connection-lost'],
  ['constructor', 'connection-lost'],
])('%s is told as %s, and cannot have begun', (cause, code) => {
  const error = Object.assign(new Error('a sentence of somebody else'), { code: cause });
  expect(faultOf(error)).toEqual({ kind: 'failed', code, begun: false, cause });
});

test('an error without a name is a lost connection', () => {
  expect(faultOf(new Error('what?'))).toMatchObject({ code: 'connection-lost', begun: false });
});
