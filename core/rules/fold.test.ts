// Words that are one, and words that stay two.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seed } from '../../test/support/seed.ts'
import { folded } from './fold.ts'

describe(`folding, seed ${seed}`, () => {
  it('D15 D19 reads İ, I, ı and i as one letter, however a lower case was made', () => {
    const all = [
      'İSTANBUL',
      'ISTANBUL',
      'istanbul',
      'ıstanbul',
      'İSTANBUL'.toLowerCase(),
      'İSTANBUL'.toLocaleLowerCase('tr'),
    ]
    expect(new Set(all.map(folded))).toEqual(new Set(['istanbul']))
    expect(folded('DİYARBAKIR')).toBe(folded('diyarbakır'))
  })
  it('D15 other letters by case alone', () => {
    expect(folded('ŞİKÂYET')).toBe('şikâyet')
    expect(folded('şikayet')).not.toBe(folded('sikayet'))
    expect([folded('ΟΔΟΣ'), folded('οδος'), folded('ΟΔΟΣ Α').slice(0, 4)]).toEqual(['οδοσ', 'οδοσ', 'οδοσ'])
  })
  it('D15 white space and forms of one letter do not matter', () => {
    expect(folded('  iade \r\n\t talebi ')).toBe('iade talebi')
    expect(folded('ＡＢＣ １２')).toBe('abc 12')
    expect(folded('cafe\u0301')).toBe(folded('CAFÉ'))
  })
  it('D15 what is folded stays as it is, and a part of a text is a part of it folded', () => {
    const letters = fc.string({
      unit: fc.constantFrom('I', 'İ', 'ı', 'i', 'Ş', 'a', 'É', ' ', '\n', 'Σ', '😀', '\u0307'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(letters, letters, letters, (before, part, behind) => {
        expect(folded(folded(part))).toBe(folded(part))
        // A mark that joins the letter before it is a part of that letter.
        fc.pre(!part.startsWith('\u0307') && !behind.startsWith('\u0307'))
        expect(folded(`${before}${part}${behind}`)).toContain(folded(part))
      }),
      { seed, numRuns: 1_000 },
    )
  })
})
