/**
 * The part of js-md4 that works on Node 24. `md4(text)` itself does not: it asks OpenSSL for MD4, which OpenSSL 3
 * no longer has.
 */
declare module 'js-md4' {
  const md4: { arrayBuffer(message: Uint8Array): ArrayBuffer };
  export default md4;
}
