import type { RequestAttribute } from './request.ts';

/** What a sign-in says of itself. */
export interface SignInFacts {
  readonly userName: string;
  /** The name of the machine that the user sits at. */
  readonly machine: string;
}

/** What kind of gateway the client plays. */
export type Shape = 'vpn' | 'rd-gateway';

/** The attributes of a request as that kind of gateway sends them, without the password. */
export function attributesOf(shape: Shape, facts: SignInFacts): RequestAttribute[] {
  return shape === 'vpn' ? vpnAttributes(facts) : rdGatewayAttributes(facts);
}

/** Whether that kind of gateway sends the user's password. */
export function sendsPassword(shape: Shape): boolean {
  return shape === 'vpn';
}

function vpnAttributes({ userName, machine }: SignInFacts): RequestAttribute[] {
  return [
    { name: 'User-Name', value: userName },
    { name: 'NAS-Identifier', value: 'sign-in' },
    { name: 'NAS-Port-Type', value: 'Virtual' },
    { name: 'Service-Type', value: 'Framed-User' },
    { name: 'Calling-Station-Id', value: machine },
  ];
}

/** RD Gateway has authenticated the user itself, names no NAS, and asks through the NPS of its own machine. */
function rdGatewayAttributes({ userName, machine }: SignInFacts): RequestAttribute[] {
  return [
    { name: 'User-Name', value: userName },
    { name: 'Called-Station-Id', value: 'UserAuthType:PW' },
    { name: 'NAS-Port-Type', value: 'Virtual' },
    { name: 'MS-Machine-Name', value: machine, vendor: 'Microsoft' },
    { name: 'MS-Network-Access-Server-Type', value: 1, vendor: 'Microsoft' },
    { name: 'Proxy-State', value: Buffer.from('sign-in') },
  ];
}
