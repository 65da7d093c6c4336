import { randomBytes } from 'node:crypto';
import { hidePassword } from '../../../functions/radius/methods/pap.ts';
import { attribute, microsoft, SECRET, signed } from '../radius/packets.ts';
import { PASSWORD } from './rig.ts';

/** An Access-Request with a password, as a VPN gateway sends it. */
export function pap(userName: string, password: string | Buffer = PASSWORD, ...others: Buffer[]): Buffer {
  const authenticator = randomBytes(16);
  return signed({
    identifier: 7,
    authenticator,
    attributes: [
      attribute(1, userName),
      attribute(2, hidePassword(Buffer.from(password), SECRET, authenticator)),
      ...others,
    ],
  });
}

/** An Access-Request without a password, as RD Gateway sends it (rd-gateway.md §1.2). */
export function rdGateway(userName: string, ...others: Buffer[]): Buffer {
  return signed({
    identifier: 9,
    authenticator: randomBytes(16),
    attributes: [
      attribute(1, userName),
      attribute(30, 'UserAuthType:PW'),
      attribute(61, [0, 0, 0, 5]),
      microsoft(attribute(47, [0, 0, 0, 1])),
      microsoft(attribute(50, 'CLIENT-PC01\0')),
      ...others,
    ],
  });
}
