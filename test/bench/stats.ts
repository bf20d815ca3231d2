// The few numbers that are made of many: median, percentile, spread, slope.

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)

/** By nearest rank; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const order = sorted(values)
  return order[Math.min(order.length - 1, Math.max(0, Math.ceil(order.length * share) - 1))] ?? Number.NaN
}
export function median(values: readonly number[]): number {
  const order = sorted(values)
  const half = order.length >> 1
  if (order.length === 0) return Number.NaN
  return order.length % 2 === 1 ? order[half]! : (order[half - 1]! + order[half]!) / 2
}
/** Of the rounds: what was met in the same round, divided. */
export const ratios = (inlet: readonly number[], control: readonly number[]): readonly number[] =>
  inlet.slice(0, control.length).map((value, at) => value / control[at]!)

/** Least squares: by how much y changes for one more x. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const above = x.reduce((sum, it, at) => sum + (it - mx) * (y[at]! - my), 0)
  const below = x.reduce((sum, it) => sum + (it - mx) ** 2, 0)
  return below === 0 ? 0 : above / below
}
