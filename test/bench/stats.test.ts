// The numbers that are made of many, on numbers whose answer is known.
import { expect, it } from 'vitest'
import { median, percentile, ratios, slope } from './stats.ts'

it('a percentile is a value that was met, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1)]).toEqual([50, 99, 100])
  expect(percentile([7], 0.01)).toBe(7)
  expect(percentile([], 0.5)).toBeNaN()
})
it('a median of an even number lies between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5])
})
it('a ratio is of one round with itself', () => {
  expect(ratios([10, 20, 30], [5, 40])).toEqual([2, 0.5])
})
it('a slope is what the line that fits best rises', () => {
  expect(slope([0, 1, 2, 3], [5, 7, 9, 11])).toBeCloseTo(2)
  expect(slope([1, 1], [5, 9])).toBe(0)
})
