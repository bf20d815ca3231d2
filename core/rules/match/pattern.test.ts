// Expressions that people write: linear whatever they say, bounded, Turkish-aware, and refused with a reason.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seed } from '../../../test/support/seed.ts'
import { compiledPattern, patternLimits, searchedText } from './pattern.ts'

const pattern = (source: string) => {
  const made = compiledPattern(source)
  if ('why' in made) throw new Error(made.why)
  return made.pattern
}
const holds = (source: string, text: string) => pattern(source).holds(searchedText(text))
const why = (source: string) => {
  const made = compiledPattern(source)
  return 'why' in made ? made.why : null
}
const long = 16_000

describe('S15 expressions of people', () => {
  it.each([
    ['(a+)+$', `${'a'.repeat(long)}!`, false],
    ['(a|a)*b', 'a'.repeat(long), false],
    ['(a|aa)+$', `${'a'.repeat(long)}!`, false],
    ['(.*a){20}b', 'a'.repeat(long), false],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(long), true],
    ['(x+x+)+y', 'x'.repeat(long), false],
    ['(?:a?){90}a{90}', 'a'.repeat(long), true],
    ['(a|b)*a(a|b){20}c', 'ab'.repeat(long / 2), false],
    ['\\s+$', `${' '.repeat(long)}x`, false],
    ['([\\w.]+)+@', 'x.'.repeat(long / 2), false],
  ])('S15 %s ends on a text that a backtracking engine never ends on', (source, text, is) => {
    expect(holds(source, text)).toBe(is)
  })

  it.each([
    ['x'.repeat(patternLimits.units + 1), /501 characters; at most 500/],
    ['((a{1,30}){1,30})', /comes to \d+ steps; at most 400/],
    ['(a{1000}){1000}', /invalid repeat count/],
    ['(?:\\pL{1,10}){90}', /comes to \d+ steps/],
    [`${'('.repeat(190)}${')'.repeat(190)}`, /^taken$/],
    [`${'(a|'.repeat(150)}b`, /missing closing/],
    ['(?=a)b', /looking ahead, looking back and back-references are not taken/],
    ['(?<!a)b', /cannot be searched in linear time/],
    ['(a)\\1', /back-references are not taken/],
    ['[z-a]', /range/],
    ['*', /missing argument/],
    ['\\', /trailing backslash/],
    ['', /empty/],
  ])('S15 %s is taken or refused with a reason, never thrown', (source, said) => {
    expect(why(source) ?? 'taken').toMatch(said)
    expect(why(source) ?? '').not.toContain('(?i)')
  })

  it('S15 where it was found is looked for within a bound: a long text shows its beginning instead', () => {
    const text = `${'b'.repeat(long)}a`
    expect(pattern('(b*a){20}|b*a').holds(text)).toBe(true)
    expect(pattern('(b*a){20}|b*a').place(text)).toBeNull()
    expect(pattern('b+').place(text)).toEqual({ at: 0, length: expect.any(Number) })
  })
})

it('D15 words are found without case, İ I ı i as one letter, other Turkish letters by case alone', () => {
  for (const text of ['İPTAL', 'iptal', 'IPTAL', 'ıptal', 'i̇ptal'])
    expect([text, holds('^[ıx]ptal$', text)]).toEqual([text, true])
  for (const source of ['İPTAL', 'ıPTAL', 'iptal', '[İ]ptal'])
    expect([source, holds(source, 'lütfen ıptal')]).toEqual([source, true])
  expect([holds('ŞİKAYET', 'şikayet'), holds('şikayet', 'sikayet'), holds('ÇĞÖÜ', 'çğöü')]).toEqual([true, false, true])
  expect(holds('é', 'e\u0301')).toBe(true)
})
it('D15 S15 letters of every language are letters of words: where one begins and ends, and what it is made of', () => {
  for (const [source, text, is] of [
    ['\\bşikayet', 'ŞİKAYETİM var', true],
    ['\\bşikayet', 'bir şikayet', true],
    ['\\bşikayet', 'kargoşikayet', false],
    ['\\bsipariş\\b', 'Siparişim nerede, sipariş no 7', true],
    ['\\bsipariş\\b', 'siparişim nerede', false],
    ['\\b(ödeme|ücret|iade)\\b', 'önödemeli ücretsiz ÜCRET', true],
    ['\\b(ödeme|ücret|iade)\\b', 'önödemeli ücretsiz', false],
    ['(?i)\\bİade\\b.*\\bğ', 'IADE ve ğ', true],
    ['^\\w+$', 'değişiklik', true],
    ['^[\\w ]+$', 'değişiklik günü', true],
    ['^\\W+$', 'ş', false],
    ['sipari\\Bş', 'SİPARİŞ', true],
    ['^[^ç\\W]+$', 'çöp', false],
    ['^[^ç\\W]+$', 'köşe', true],
    ['\\bö[çş]', 'öş', true],
    ['\\bö[çş]', 'öğ', false],
    ['\\bs[A-ZÇĞİÖŞÜ]+z\\b', 'söğüşz', true],
    ['\\bвозврат\\b', 'Где возврат?', true],
    ['\\bвозврат\\b', 'невозврат', false],
    ['\\bإرجاع', 'أريد إرجاع', true],
    ['\\biptal\\b', 'iptal', true],
    ['\\biptal\\b', 'iptalş', false],
    ['\\p{L}\\b', 'a', true],
  ] as const)
    expect([source, text, holds(source, text)]).toEqual([source, text, is])
  expect(pattern('\\bşikayet').place(searchedText('Kargo, ŞİKAYETİM var'))).toEqual({ at: 7, length: 7 })
})

it('D15 S15 \\b, \\w and their opposites mean what they mean where letters are those of every language', () => {
  const word = '\\p{L}\\p{M}\\p{N}_'
  const meant: Readonly<Record<string, string>> = {
    '\\b': `(?:(?<![${word}])(?=[${word}])|(?<=[${word}])(?![${word}]))`,
    '\\B': `(?:(?<![${word}])(?![${word}])|(?<=[${word}])(?=[${word}]))`,
    '\\w': `[${word}]`,
    '\\W': `[^${word}]`,
    '[\\wç]': `[${word}ç]`,
    '[^\\Wç]': `(?!ç)[${word}]`,
  }
  const atom = fc.constantFrom(...Object.keys(meant), 'ş', 'a', 'İ', ' ', '.', '[aş]', '[^ş]', '(?:ğ|a)', 'я', '-', '|')
  const text = fc.array(fc.constantFrom('ş', 'Ş', 'a', 'İ', 'ı', ' ', 'ç', 'ğ', 'я', 'ع', '7', '-'), { maxLength: 8 })
  const asked = fc.array(fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?')), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(asked, text, (atoms, letters) => {
      const each = atoms.map(([one, repeat]) => ({ one, repeat: /^(?:\\[bB]|\|)$/.test(one) ? '' : repeat }))
      const source = each.map(({ one, repeat }) => `${one}${repeat}`).join('')
      const js = each.map(({ one, repeat }) =>
        one === '|' ? one : `(?:${meant[one] ?? one.replace('İ', 'i')})${repeat}`,
      )
      const found = searchedText(letters.join(''))
      expect([source, found, pattern(source).holds(found)]).toEqual([
        source,
        found,
        new RegExp(js.join(''), 'u').test(found),
      ])
    }),
    { seed, numRuns: 1_000 },
  )
})
it('D15 lines and spaces stay as they were written', () => {
  expect([holds('^sipariş', 'merhaba\nSİPARİŞ'), holds('(?m)^sipariş', 'merhaba\nSİPARİŞ')]).toEqual([false, true])
  expect([holds('a  b', 'a  b'), holds('a b', 'a  b')]).toEqual([true, false])
})
