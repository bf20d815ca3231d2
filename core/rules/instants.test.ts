// A vendor's seconds become an instant, or nothing.
import { describe, expect, it } from 'vitest'
import { instantOfSeconds } from './instants.ts'

describe('instants', () => {
  it.each(['1794312000', 1_794_312_000])('reads %j', (seconds) => {
    expect(instantOfSeconds(seconds)).toBe('2026-11-10T12:00:00.000Z')
  })
  it.each([
    null,
    undefined,
    '',
    'yesterday',
    '0',
    '1794312000000',
    -1,
    Number.POSITIVE_INFINITY,
    '1794312000.5',
    {},
    [1_794_312_000],
  ])('S7 says %j is none', (seconds) => {
    expect(instantOfSeconds(seconds)).toBeNull()
  })
})
