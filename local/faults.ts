/** Why a local bridge does not start or ends. */
export const START_FAULTS = {
  'flag-wrong': 'A flag is unknown or has a value that it cannot have.',
  'configuration-unreadable': 'A configuration file cannot be read.',
  'configuration-invalid': 'The configuration is not valid.',
  'secret-not-given': 'The configuration names a secret that bridge.secrets.json does not hold.',
  'secret-too-weak': 'A secret is too short to be used.',
  'secrets-file-invalid': 'The bridge.secrets.json is not valid.',
  'not-built': 'The programs have not been built.',
  'port-taken': 'Another program holds a port that the bridge needs.',
  'address-not-here': 'The bridge was told to listen on an address that this machine does not have.',
  'program-failed': 'A program of the bridge did not start.',
  'program-ended': 'A program of the bridge ended unexpectedly.',
} as const;
export type StartFault = keyof typeof START_FAULTS;

/** One thing that is wrong with what the bridge was given: where, what was found, what was expected. */
export interface Problem {
  readonly file: string;
  readonly path: string;
  /** Of the tables of functions/; absent where the refusal's own code says what is wrong. */
  readonly code?: string;
  readonly found: string;
  readonly expected: string;
}

/** The bridge does not start. Nothing of it runs any more when this is thrown. */
export class StartRefused extends Error {
  readonly code: StartFault;
  readonly problems: readonly Problem[];
  constructor(code: StartFault, detail: string, problems: readonly Problem[] = []) {
    super(`${START_FAULTS[code]} ${detail}`.trim());
    this.name = 'StartRefused';
    this.code = code;
    this.problems = problems;
  }
}

/** Exit codes: 2 for what the user wrote, 1 for what the machine did. */
export function exitCodeOf(code: StartFault): 1 | 2 {
  const written: readonly StartFault[] = [
    'flag-wrong',
    'configuration-unreadable',
    'configuration-invalid',
    'secret-not-given',
    'secret-too-weak',
    'secrets-file-invalid',
  ];
  return written.includes(code) ? 2 : 1;
}
