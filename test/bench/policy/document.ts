/**
 * How alike the policies of a document are. `plain`: of their conditions only the group differs, as where a list of
 * groups was turned into policies. `patterns`: each has a pattern of its own, too. `distinct`: no two policies share a
 * condition, so nothing that was worked out for one serves another.
 */
export const VARIANTS = ['plain', 'patterns', 'distinct'] as const;
export type Variant = (typeof VARIANTS)[number];

/** The RADIUS client and the Called-Station-Id of the request that the policies below are about. */
export const CLIENT = 'vpn';
export const STATION = 'gw.contoso.example';
/** When it comes: a Wednesday, in working hours. */
export const NOW = Date.parse('2026-01-14T12:30:00Z');

const OTHER_CLIENTS = 128;

type Json = Readonly<Record<string, unknown>>;

/** A `dayAndTime` that holds at `NOW`. */
const WORKING_HOURS: Json = { monday: ['08:00-18:00'], wednesday: ['08:00-18:00'], friday: ['08:00-18:00'] };

/** A document of 10,000 policies must stay below 4 MiB, the most that the app reads: names are short for that. */
export function policyName(index: number): string {
  return `P${index}`;
}

/** The group that network policy `index` is for. */
export function groupOf(index: number): string {
  return `Group ${index}`;
}

/** The NAS-Port-Type that connection request policy `index` is for. */
export function portTypeOf(index: number): number {
  return 2_000_000 + index;
}

/** The `clients` that conditions name. */
export function clients(): readonly Json[] {
  const names = [CLIENT, ...Array.from({ length: OTHER_CLIENTS }, (_, index) => otherClient(index))];
  return names.map((name, index) => ({
    name,
    addresses: [`192.0.2.${index}`],
    profile: 'generic',
    secrets: [{ keyVault: 'vpn-secret' }],
  }));
}

function otherClient(index: number): string {
  return `c${index % OTHER_CLIENTS}`;
}

/**
 * Entries of `networkPolicies`, each with five conditions. For a request of `CLIENT` for `STATION` the first four hold in
 * every policy and the group decides, so that all five are asked of every policy: the most that five can cost.
 *
 * @param hours the `dayAndTime` of all policies but `distinct` ones
 */
export function networkPolicies(count: number, variant: Variant, hours = WORKING_HOURS): readonly Json[] {
  return Array.from({ length: count }, (_, index) => ({
    name: policyName(index),
    conditions: [
      ...threeThatHold(index, variant, hours),
      { nasPortType: variant === 'distinct' ? ['Virtual', portTypeOf(index)] : ['Virtual'] },
      { userGroup: [groupOf(index)] },
    ],
    permission: 'grant',
    mfa: 'none',
    constraints: { authenticationMethods: ['pap'] },
  }));
}

/** The same for `connectionRequestPolicies`. The user is not known yet: the port type decides. */
export function connectionRequestPolicies(count: number, variant: Variant): readonly Json[] {
  return Array.from({ length: count }, (_, index) => ({
    name: policyName(index),
    conditions: [
      ...threeThatHold(index, variant, WORKING_HOURS),
      { userName: '@' },
      { nasPortType: [portTypeOf(index)] },
    ],
    authentication: { acceptWithoutValidating: true },
  }));
}

function threeThatHold(index: number, variant: Variant, hours: Json): readonly Json[] {
  const own = variant === 'distinct';
  const others = own
    ? [otherClient(index), otherClient(Math.floor(index / OTHER_CLIENTS))]
    : [otherClient(0)];
  return [
    { client: [...new Set([...others, CLIENT])] },
    { dayAndTime: own ? { wednesday: hoursOf(index) } : hours },
    { calledStationId: variant === 'plain' ? '^gw' : patternOf(index) },
  ];
}

/** The whole day, parted at two minutes that few other policies have. */
function hoursOf(index: number): readonly string[] {
  const early = clock(1 + (index % 700));
  const late = clock(800 + Math.floor(index / 700));
  return [`00:00-${early}`, `${early}-${late}`, `${late}-24:00`];
}

function clock(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** A pattern that no other policy has: its own site, or the gateway that everybody comes by. */
function patternOf(index: number): string {
  return `^site-${index}\\.|^gw\\.`;
}
