import { generate } from 'selfsigned';

export interface Pair {
  readonly key: string;
  readonly cert: string;
}

const DAY = 86_400_000;

/** A certificate authority that lives as long as the test. */
export async function authority(name = 'Test authority'): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 9 * DAY),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** A server's certificate for localhost and 127.0.0.1, unless another name is given. `days` from now. */
export async function certificate(
  ca: Pair,
  x: { name?: string; from?: number; until?: number } = {},
): Promise<Pair> {
  const { name, from = -1, until = 30 } = x;
  const made = await generate([{ name: 'commonName', value: name ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca,
    notBeforeDate: new Date(Date.now() + from * DAY),
    notAfterDate: new Date(Date.now() + until * DAY),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames:
          name === undefined
            ? [
                { type: 2, value: 'localhost' },
                { type: 7, ip: '127.0.0.1' },
              ]
            : [{ type: 2, value: name }],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
