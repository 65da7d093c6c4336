import type { ProfileName } from '../config/schema.ts';
import type { AccessServerType } from '../config/schema-policy.ts';

/** What kind of device a RADIUS client is, as far as the bridge has to treat it differently. */
export interface Profile {
  /** Whether its requests carry a password or a proof of one. */
  readonly sendsPassword: boolean;
  /** Whether a request without any credential is its ordinary one (RD Gateway; "authorize only" in NPS terms). */
  readonly authorizeOnly: boolean;
  /** Whether it can show an Access-Challenge and send back what the user types. */
  readonly showsChallenge: boolean;
  /** How long it waits for an answer once it is set up as our guides say, in seconds. */
  readonly patience: number;
  /** What it is where its requests carry no MS-Network-Access-Server-Type. */
  readonly accessServerType: AccessServerType;
}

/**
 * Design §5. An RD Gateway gets 60 s in the remote server group of its NPS, and what waits behind it (mstsc) gives up
 * a little later; VPN servers are set to 60 s too. An Azure VPN gateway's wait cannot be set, so less is counted on.
 * Text challenges reach the user through PAP alone, and at none of Microsoft's clients.
 */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  'rd-gateway': {
    sendsPassword: false,
    authorizeOnly: true,
    showsChallenge: false,
    patience: 60,
    accessServerType: 'remote-desktop-gateway',
  },
  'windows-vpn': {
    sendsPassword: true,
    authorizeOnly: false,
    showsChallenge: false,
    patience: 60,
    accessServerType: 'remote-access-server',
  },
  fortigate: vpnThatShowsChallenges(60),
  'palo-alto': vpnThatShowsChallenges(60),
  'cisco-asa': vpnThatShowsChallenges(60),
  'citrix-adc': vpnThatShowsChallenges(60),
  'azure-vpn-gateway': {
    sendsPassword: true,
    authorizeOnly: false,
    showsChallenge: false,
    patience: 55,
    accessServerType: 'unspecified',
  },
  generic: {
    sendsPassword: true,
    authorizeOnly: false,
    showsChallenge: false,
    patience: 30,
    accessServerType: 'unspecified',
  },
};

function vpnThatShowsChallenges(patience: number): Profile {
  return {
    sendsPassword: true,
    authorizeOnly: false,
    showsChallenge: true,
    patience,
    accessServerType: 'unspecified',
  };
}
