/**
 * Milliseconds by the system's steady clock, which all processes of this machine share; setting the time does not move it.
 */
export function steadyNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
