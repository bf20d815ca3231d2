// What no store can hold leaves before the append, and nothing else changes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginning, clean, cleanText } from './clean.ts'
import { seed } from '../../test/support/seed.ts'

describe('cleaning', () => {
  it('F14 takes NUL out and mends lone surrogates', () => {
    expect(cleanText('a\u0000b\ud800c')).toBe('ab\ufffdc')
    expect(cleanText('Şule 🎉 ₺')).toBe('Şule 🎉 ₺')
  })

  it('S7 drops keys that would change an object, in any depth', () => {
    const trap = JSON.parse('{"a":{"__proto__":{"admin":true},"constructor":1,"b":["x\\u0000"]}}') as unknown
    const cleaned = clean(trap) as { a: Record<string, unknown> }
    expect(Object.keys(cleaned.a)).toEqual(['b'])
    expect(cleaned.a['b']).toEqual(['x'])
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('leaves bytes and sound values as they are', () => {
    const bytes = new Uint8Array([0, 255])
    expect(clean({ bytes, n: 1, no: null, yes: true })).toEqual({ bytes, n: 1, no: null, yes: true })
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const safe = JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')) as unknown
        expect(JSON.stringify(clean(clean(safe)))).toBe(JSON.stringify(clean(safe)))
      }),
      { seed },
    )
  })

  it('never cuts a character in two', () => {
    expect(beginning('ab🎉cd', 3)).toBe('ab')
    expect(beginning('ab🎉cd', 4)).toBe('ab🎉')
    expect(beginning('short', 100)).toBe('short')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, max) => beginning(text, max).isWellFormed()),
      { seed },
    )
  })
})
