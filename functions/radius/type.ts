/** Numbers of the attributes that the codec itself acts on (RFC 2865 §5, RFC 2869 §5, RFC 5090 §3, RFC 5176 §3.5). */
export const TYPE = {
  userName: 1,
  userPassword: 2,
  chapPassword: 3,
  replyMessage: 18,
  state: 24,
  class: 25,
  vendorSpecific: 26,
  sessionTimeout: 27,
  idleTimeout: 28,
  terminationAction: 29,
  proxyState: 33,
  arapPassword: 70,
  prompt: 76,
  eapMessage: 79,
  messageAuthenticator: 80,
  errorCause: 101,
  digestResponse: 103,
} as const;

/** Microsoft's vendor number and those of its attributes that the codec itself acts on (RFC 2548). */
export const MICROSOFT = 311;
export const MICROSOFT_TYPE = {
  chapResponse: 1,
  chapError: 2,
  chapPasswordChange1: 3,
  chapPasswordChange2: 4,
  chap2Response: 25,
  chap2PasswordChange: 27,
} as const;
