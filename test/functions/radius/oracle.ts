import { createRequire } from 'node:module';

type OracleValue = string | number | Buffer | Date;
type OracleAttribute = readonly [name: string | number, ...value: (OracleValue | OracleAttribute[])[]];

interface Decoded {
  readonly code: string;
  readonly attributes: Record<string, unknown>;
  readonly raw_attributes: readonly (readonly [number, Buffer])[];
}

/** The part of the `radius` package that tests compare with, where it is right. */
interface Oracle {
  decode(packet: { packet: Buffer; secret: string | Buffer }): Decoded;
  encode(packet: {
    code: string;
    identifier?: number;
    secret: string | Buffer;
    attributes: OracleAttribute[];
    add_message_authenticator?: boolean;
  }): Buffer;
  verify_response(packets: { request: Buffer; response: Buffer; secret: string | Buffer }): boolean;
}

export const oracle: Oracle = createRequire(import.meta.url)('radius');
