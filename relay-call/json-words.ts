/** Where something stands in a JSON document: keys of objects and indices of lists, from the outermost. */
export type JsonPath = readonly PropertyKey[];

/** `clients[0].attributes["Session-Timeout"]` */
export function pathText(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${quoted(String(step))}]`;
  }
  return text;
}

/** A key as it can be told: what is no word may be a secret that was pasted there. `at` is its place among the keys, from 1. */
export function describePlainKey(key: string, at: number): string {
  return /^[\p{L}\p{N} $#@_./-]{1,40}$/u.test(key) ? quoted(key) : `key ${at} (its name is not shown)`;
}

/** Whether text is or holds a private key (PEM, or an Ed25519 key in PKCS#8 as base64), which must not be told. */
export function looksLikePrivateKey(text: string): boolean {
  return /PRIVATE KEY|MC4CAQAwBQYDK2Vw/.test(text);
}

/**
 * Text as JSON writes it, cut after 80 characters, so that whatever it holds stays inside its quotation marks. Control
 * characters that JSON leaves alone (DEL, C1) are escaped too: a terminal could obey them.
 */
export function quoted(text: string): string {
  const json = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
  return json.replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
