/**
 * The middle one of some figures, of an even number the mean of the middle two.
 *
 * @throws RangeError when there are none
 */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError('There is no middle of nothing.');
  return (low + high) / 2;
}
