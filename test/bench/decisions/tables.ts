import type { Row, Table } from '../part.ts';
import type { Decided } from './messages.ts';
import type { Shares } from './profile.ts';
import { type CredentialKind, POLICIES } from './scene.ts';
import { STEPS } from './steps.ts';

const KEPT_AS: Readonly<Record<CredentialKind, string>> = {
  clear: 'in clear (Key Vault)',
  ntHash: 'as an NT hash (Key Vault)',
  scrypt: 'as a scrypt hash',
};

/** What a decision costs, by how the user's password is kept. */
export function decisionTable({ decision, decisions }: Decided): Table {
  const row = (kind: CredentialKind): Row => {
    const cpu = decision[kind];
    return {
      name: KEPT_AS[kind],
      cells: [
        { value: 1_000_000 / cpu, unit: '/s' },
        kind === 'scrypt' ? { value: cpu / 1000, unit: 'ms' } : { value: cpu, unit: 'µs' },
      ],
    };
  };
  return {
    title: `Decisions on verified PAP packets: local directory, ${POLICIES} network policies of which the last one matches, no MFA`,
    columns: ['password kept', 'decisions, one core', 'CPU for each'],
    rows: [row('clear'), row('ntHash'), row('scrypt')],
    remarks: [
      `The exchange as the app assembles it, with the call's signature, the nonce, the record, its log line and the reply; 64 calls at a time, scrypt's 4. Calls were signed before, which is the relay's work. The store is memory; secrets come from a stand-in of Key Vault once and are kept then. HTTP, the Functions host and Application Insights are not in it, and what runs are the sources, not the bundle. All ${decisions.toLocaleString('en')} answers were right.`,
      'CPU time is that of all threads; decisions for one core follow from it. scrypt is slow on purpose.',
    ],
  };
}

/** Where the time of a decision without scrypt goes. */
export function stepTable({ decision, shares }: Decided): Table {
  const names: Readonly<Record<keyof Shares, string>> = {
    ...STEPS,
    garbage: 'garbage collection',
    libraries: 'Node and libraries, for no step',
  };
  const steps = Object.keys(names) as (keyof Shares)[];
  return {
    title: 'Where the time of such a decision goes (password in clear)',
    columns: ['step', 'share', 'CPU'],
    rows: steps
      .filter((step) => shares[step] > 0)
      .toSorted((one, other) => shares[other] - shares[one])
      .map((step) => ({
        name: names[step],
        cells: [
          { value: shares[step] * 100, unit: '%' },
          { value: shares[step] * decision.clear, unit: 'µs' },
        ],
      })),
    remarks: [
      'By the CPU profiler: each sample counts for the innermost frame in a file of the app, so that what Node does for a step is part of it. Shares are those of the main thread; the CPU of a decision has helper threads in it, too, which collect garbage above all.',
    ],
  };
}

/** The codec in a loop of its own, for a figure that no profiler had a hand in. */
export function codecTable({ decision, codec }: Decided): Table {
  return {
    title: 'The codec alone, on the same packets',
    columns: ['', 'CPU', 'of a decision'],
    rows: [
      {
        name: 'packet read and proven, password revealed, reply written',
        cells: [
          { value: codec, unit: 'µs' },
          { value: (codec / decision.clear) * 100, unit: '%' },
        ],
      },
    ],
    remarks: [],
  };
}
