import type { PhoneMode } from '../stand-ins/phone.ts';
import type { Stage } from './stage.ts';

/** One thing that the demo shows. */
export interface Row {
  readonly title: string;
  /** What `play` has to come to, and how many prompts that took. */
  readonly expected: string;
  /** What else `expected` says: how many calls Key Vault got, or how often Entra was asked for a password. */
  readonly tells?: 'vaultCalls' | 'passwordChecks';
  readonly play: (stage: Stage) => Promise<string>;
}

/** Passwords by user name, in Entra by user principal name, as bridge.secrets.json has them. */
export type Passwords = Readonly<Record<string, string>>;

/** Of 127.0.0.0/8, which the relay admits, and no client of the default configuration. */
const STRANGER = '127.0.0.3';

/** A minute in earnest; nobody wants to watch that. */
const RINGS_FOR = 3_000;

/**
 * Every row, in the order in which they are played; the users and clients are those of the embedded default.
 *
 * @param unheardOf what nobody has sent to this bridge before, as a wrong password and as part of a name; else an
 *   answer of the last minute would be used again
 */
export function rowsWith(passwords: Passwords, unheardOf: string): readonly Row[] {
  const stranger = `${unheardOf}@contoso.example`;
  const rdGateway = { client: 'rd-gateway', user: 'CONTOSO\\alice' };
  const vpn = (user: string) => ({ client: 'vpn', user, password: passwords[user] ?? '' });
  const rdGatewayMeeting = (mode: PhoneMode, ringFor?: number) => async (stage: Stage) => {
    await stage.setPhone(mode, ringFor);
    return stage.signIn(rdGateway);
  };
  return [
    {
      title: 'VPN sign-in by PAP, right password',
      expected: 'Access-Accept, accepted, no prompt',
      play: (stage) => stage.signIn(vpn('alice')),
    },
    {
      title: 'VPN sign-in by PAP, wrong password',
      expected: 'Access-Reject, wrong-password, no prompt',
      play: (stage) => stage.signIn({ ...vpn('alice'), password: 'wrong' }),
    },
    {
      title: 'Unknown user',
      expected: 'Access-Reject, unknown-user, no prompt',
      play: (stage) => stage.signIn(vpn('nobody')),
    },
    {
      title: 'Disabled user',
      expected: 'Access-Reject, user-disabled, no prompt',
      play: (stage) => stage.signIn(vpn('bob')),
    },
    {
      title: 'No policy matches',
      expected: 'Access-Reject, no-network-policy, no prompt',
      play: (stage) => stage.signIn(vpn('carol')),
    },
    {
      title: 'VPN by PAP with Entra, right password',
      expected: 'Access-Accept, accepted, no prompt',
      play: (stage) => stage.signIn(vpn('alice@contoso.example')),
    },
    {
      title: 'VPN by PAP with Entra, wrong password',
      expected: 'Access-Reject, wrong-password, no prompt',
      play: (stage) => stage.signIn({ ...vpn('alice@contoso.example'), password: 'wrong' }),
    },
    {
      title: 'Tried three times, one question to Entra',
      expected: 'Access-Reject, wrong-password, 3 times, no prompt, 1 password check',
      tells: 'passwordChecks',
      play: (stage) => stage.retry({ ...vpn('alice@contoso.example'), password: unheardOf }),
    },
    {
      title: 'Right password, but Entra demands MFA',
      expected: 'Access-Accept, accepted, no prompt',
      play: (stage) => stage.signIn(vpn('dora@contoso.example')),
    },
    {
      title: 'Unknown user in Entra',
      expected: 'Access-Reject, unknown-user, no prompt',
      play: (stage) => stage.signIn(vpn('nobody@contoso.example')),
    },
    {
      title: 'Disabled user in Entra',
      expected: 'Access-Reject, user-disabled, no prompt',
      play: (stage) => stage.signIn(vpn('bob@contoso.example')),
    },
    {
      title: 'In no group of Entra',
      expected: 'Access-Reject, no-network-policy, no prompt',
      play: (stage) => stage.signIn(vpn('carol@contoso.example')),
    },
    {
      title: 'Graph down, a name looked up before',
      expected: 'Access-Accept, accepted, no prompt',
      play: async (stage) => {
        await stage.stopGraph();
        return stage.signIn(vpn('alice@contoso.example'));
      },
    },
    {
      title: 'Graph down, another name',
      expected: 'silence, no prompt',
      play: (stage) => stage.signIn({ ...vpn(stranger), silence: true }),
    },
    {
      title: 'Graph up again',
      expected: 'Access-Reject, unknown-user, no prompt',
      play: async (stage) => {
        await stage.startGraph();
        return stage.signIn(vpn(stranger));
      },
    },
    {
      title: 'RD Gateway, approved on the phone',
      expected: 'Access-Accept, accepted, 1 prompt',
      play: rdGatewayMeeting('approve'),
    },
    {
      title: 'RD Gateway once more, without Key Vault',
      expected: 'Access-Accept, accepted, 1 prompt, no vault call',
      tells: 'vaultCalls',
      play: rdGatewayMeeting('approve'),
    },
    {
      title: 'RD Gateway, denied on the phone',
      expected: 'Access-Reject, mfa-denied, 1 prompt',
      play: rdGatewayMeeting('deny'),
    },
    {
      title: 'RD Gateway, not answered in time',
      expected: 'Access-Reject, mfa-no-answer, 1 prompt',
      play: rdGatewayMeeting('ring', RINGS_FOR),
    },
    {
      title: 'RD Gateway, retransmitted three times',
      expected: 'Access-Accept, 1 decision, the same reply again, 1 prompt',
      play: async (stage) => {
        await stage.setPhone('approve');
        return stage.retransmit(rdGateway);
      },
    },
    {
      title: 'Retransmitted three times, one decision',
      expected: 'Access-Accept, 1 decision, the same reply again, no prompt',
      play: (stage) => stage.retransmit(vpn('alice')),
    },
    {
      title: 'Tampered packet',
      expected: 'silence, no prompt',
      play: (stage) => stage.signIn({ ...vpn('alice'), silence: true, tamper: flipLastBit }),
    },
    {
      title: 'Unknown client',
      expected: 'silence, no prompt',
      play: (stage) => stage.signIn({ ...vpn('alice'), silence: true, from: STRANGER }),
    },
    {
      title: 'Functions app down',
      expected: 'silence, no prompt',
      play: async (stage) => {
        await stage.stopFunctions();
        return stage.signIn({ ...vpn('alice'), silence: true });
      },
    },
    {
      title: 'Functions app up again',
      expected: 'Access-Accept, accepted, no prompt',
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
