/**
 * The figure that the given share of all figures does not exceed.
 *
 * @param share above 0, at most 1
 * @throws RangeError when there are none
 */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const found = sorted[Math.ceil(sorted.length * share) - 1];
  if (found === undefined) throw new RangeError('There is no share of nothing.');
  return found;
}
