// Expressions that people write: linear whatever they say, bounded, Turkish-aware, and refused with a reason.
import { describe, expect, it } from 'vitest'
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
it('D15 lines and spaces stay as they were written', () => {
  expect([holds('^sipariş', 'merhaba\nSİPARİŞ'), holds('(?m)^sipariş', 'merhaba\nSİPARİŞ')]).toEqual([false, true])
  expect([holds('a  b', 'a  b'), holds('a b', 'a  b')]).toEqual([true, false])
})
