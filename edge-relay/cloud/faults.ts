/**
 * Everything that can be told about the way to the functions, other than what they answer themselves.
 * One sentence each, for an administrator.
 */
export const CLOUD_FAULTS = {
  'name-unknown': 'The host name in the url does not exist in DNS.',
  'name-lookup-failed': 'DNS did not answer when the host name in the url was looked up.',
  'connection-refused': 'The host of the functions refuses connections on that port.',
  'network-unreachable': 'There is no route to the host of the functions.',
  'connect-timeout':
    'The host of the functions did not finish opening a connection in time; a firewall may drop it.',
  'connection-lost': 'The connection was cut while it was being opened; a firewall or proxy may do that.',
  'not-tls': 'The port answers, but not with TLS.',
  'tls-failed': 'The TLS handshake failed; the other end may not accept this TLS version or its settings.',
  'certificate-authority-unknown':
    'The certificate comes from an authority that this relay does not trust; name it as ca, or find out who intercepts TLS.',
  'certificate-host-mismatch': 'The certificate is for another host name than the one in the url.',
  'certificate-expired':
    "The certificate has expired by this machine's clock; look at the certificate and at the clock.",
  'certificate-not-yet-valid':
    "The certificate is not valid yet by this machine's clock; the clock is probably behind.",
  'certificate-invalid': 'The certificate does not pass verification.',
  'stream-refused': 'The server refused to begin the call.',
  'connection-broken': 'The connection broke while the call was under way.',
  'stream-reset': 'The server ended the call without an answer.',
  'peer-silent': 'The connection had died without a sign; a firewall or NAT may have forgotten it.',
  'relay-closing': 'The relay was being stopped while the call was under way.',
  late: 'Time ran out before there was an answer.',
  'call-retried': 'A call that cannot have begun was made again.',
  'clock-wrong':
    "This machine's clock is wrong; calls are signed with the server's time until the clock is right again.",
  'clock-right-again': "This machine's clock is right again.",
  'reachable-again': 'The functions can be reached again.',
} as const;

/** A code of {@link CLOUD_FAULTS}. */
export type CloudFault = keyof typeof CLOUD_FAULTS;
