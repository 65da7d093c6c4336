/** Why a command of the administrator's command line ends with exit code 2 before it has done anything. */
export const ADMIN_FAULTS = {
  'usage-wrong': 'The command line is wrong.',
  'file-unreadable': 'The file does not exist or cannot be read.',
  'file-is-relay-json': "The file is a relay's configuration (relay.json); check it with edge-relay check.",
  'file-is-secrets-file':
    'The file holds secrets and users for a local bridge (bridge.secrets.json); check the bridge.json beside it.',
  'password-missing': 'No password was given.',
  'password-too-long': 'The password is longer than RADIUS can carry: 128 octets (RFC 2865 §5.2).',
  'passwords-differ': 'The two passwords are not the same.',
} as const;
export type AdminFault = keyof typeof ADMIN_FAULTS;

/** A command that cannot be carried out; `main.ts` prints the sentence and the detail. */
export class CommandRefused extends Error {
  readonly code: AdminFault;
  constructor(code: AdminFault, detail?: string) {
    super(detail === undefined ? ADMIN_FAULTS[code] : `${ADMIN_FAULTS[code]} ${detail}`);
    this.name = 'CommandRefused';
    this.code = code;
  }
}
