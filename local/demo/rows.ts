import type { Stage } from './stage.ts';

/** One thing that the demo shows. */
export interface Row {
  readonly title: string;
  /** What `play` has to come to. */
  readonly expected: string;
  /** Undefined for what this version of the bridge cannot do yet. */
  readonly play?: (stage: Stage) => Promise<string>;
}

/** Passwords by user name, as bridge.secrets.json has them. */
export type Passwords = Readonly<Record<string, string>>;

/** Of 127.0.0.0/8, which the relay admits, and no client of the default configuration. */
const STRANGER = '127.0.0.3';

/** Every row, in the order in which they are played; the users and clients are those of the embedded default. */
export function rowsWith(passwords: Passwords): readonly Row[] {
  const vpn = (user: string) => ({ client: 'vpn', user, password: passwords[user] ?? '' });
  return [
    {
      title: 'VPN sign-in by PAP, right password',
      expected: 'Access-Accept, accepted',
      play: (stage) => stage.signIn(vpn('alice')),
    },
    {
      title: 'VPN sign-in by PAP, wrong password',
      expected: 'Access-Reject, wrong-password',
      play: (stage) => stage.signIn({ ...vpn('alice'), password: 'wrong' }),
    },
    {
      title: 'Unknown user',
      expected: 'Access-Reject, unknown-user',
      play: (stage) => stage.signIn(vpn('nobody')),
    },
    {
      title: 'Disabled user',
      expected: 'Access-Reject, user-disabled',
      play: (stage) => stage.signIn(vpn('bob')),
    },
    {
      title: 'No policy matches',
      expected: 'Access-Reject, no-network-policy',
      play: (stage) => stage.signIn(vpn('carol')),
    },
    {
      title: 'RD Gateway, let in by a policy without MFA',
      expected: 'Access-Accept, accepted',
      play: (stage) => stage.signIn({ client: 'rd-gateway', user: 'CONTOSO\\alice' }),
    },
    { title: 'RD Gateway, approved on the phone', expected: 'Access-Accept, 1 prompt' },
    { title: 'RD Gateway, denied on the phone', expected: 'Access-Reject, 1 prompt' },
    { title: 'RD Gateway, not answered in time', expected: 'Access-Reject, 1 prompt' },
    { title: 'RD Gateway, retransmitted three times', expected: 'Access-Accept, 1 prompt' },
    {
      title: 'Retransmitted three times, one decision',
      expected: 'Access-Accept, 1 decision, the same reply again',
      play: (stage) => stage.retransmit(vpn('alice')),
    },
    {
      title: 'Tampered packet',
      expected: 'silence',
      play: (stage) => stage.signIn({ ...vpn('alice'), silence: true, tamper: flipLastBit }),
    },
    {
      title: 'Unknown client',
      expected: 'silence',
      play: (stage) => stage.signIn({ ...vpn('alice'), silence: true, from: STRANGER }),
    },
    {
      title: 'Functions app down',
      expected: 'silence',
      play: async (stage) => {
        await stage.stopFunctions();
        return stage.signIn({ ...vpn('alice'), silence: true });
      },
    },
    {
      title: 'Functions app up again',
      expected: 'Access-Accept, accepted',
      play: async (stage) => {
        await stage.startFunctions();
        return stage.signIn(vpn('alice'));
      },
    },
  ];
}

/** Changes the last bit of the last attribute, which Message-Authenticator covers. */
function flipLastBit(octets: Buffer): void {
  const last = octets.length - 1;
  octets.writeUInt8(octets.readUInt8(last) ^ 1, last);
}
