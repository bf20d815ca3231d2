// The short way never calls a value small that is not, whatever escaping and UTF-8 make of it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seed } from '../../test/support/seed.ts'
import { surelyWithin } from './json-size.ts'

describe('whether a value as JSON is surely small', () => {
  it('is never said of one that is larger', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => !surelyWithin(value, Buffer.byteLength(JSON.stringify(value)) - 1)),
      { seed },
    )
  })
  it('counts what escaping and UTF-8 make longer', () => {
    for (const text of ['\u0001'.repeat(500), '€'.repeat(500), '😀'.repeat(500), '"'.repeat(500)])
      for (const value of [text, [text], { [text]: text }])
        expect(surelyWithin(value, Buffer.byteLength(JSON.stringify(value)) - 1)).toBe(false)
  })
  it('is said of what an ordinary message becomes', () => {
    expect(surelyWithin({ text: 'a'.repeat(4_000), keys: ['a', 'b'], at: null }, 128 * 1024)).toBe(true)
  })
})
