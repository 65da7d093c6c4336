/** The part of the `radius` package that encodes. Its checks of packets can be forged, and are not declared. */
declare module 'radius' {
  export type EncoderValue = string | number | Buffer;
  export type EncoderAttribute =
    | readonly [name: string | number, value: EncoderValue]
    | readonly [name: 'Vendor-Specific', vendor: number, attributes: EncoderAttribute[]];
  const radius: {
    add_dictionary(file: string): void;
    encode(packet: {
      code: string;
      identifier: number;
      authenticator: Buffer;
      secret: Buffer;
      attributes: EncoderAttribute[];
    }): Buffer;
  };
  export default radius;
}
