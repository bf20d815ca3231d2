// The small rules: subjects, revisions, lengths, tags, durations, windows as shown.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after, dm, start } from '../../test/support/given.ts'
import { daysBetween, plusDays, plusHours } from './durations.ts'
import { compareRevisions } from './revision.ts'
import { subjectFrom } from './subject.ts'
import { tagKey, tagsChange } from './tags.ts'
import { lengthOf } from './text-length.ts'
import { windowOf } from './window.ts'
import { seed } from '../../test/support/seed.ts'

describe('subjects', () => {
  it('are the first line that says something', () => {
    expect(subjectFrom('\n \r\n  Kargom   nerede?\nacil')).toBe('Kargom nerede?')
    expect(subjectFrom(' \n ')).toBeNull()
  })
  it('are at most 120 characters, cut at a word, never inside a character', () => {
    const long = subjectFrom('kelime '.repeat(40)) ?? ''
    expect([...long].length).toBeLessThanOrEqual(120)
    expect(long.endsWith('kelime…')).toBe(true)
    const family = '👨‍👩‍👧'
    expect(subjectFrom(family.repeat(200))).toBe(`${family.repeat(119)}…`)
    expect(subjectFrom('a'.repeat(120))).toBe('a'.repeat(120))
  })
})

describe(`revisions, seed ${seed}`, () => {
  it('compare numbers as numbers', () => {
    expect(compareRevisions('10', '9')).toBeGreaterThan(0)
    expect(compareRevisions('010', '10')).toBe(0)
    expect(compareRevisions('1', '')).toBeGreaterThan(0)
    expect(compareRevisions('a', '9')).toBeGreaterThan(0)
  })
  it('G7 are in one order between any three', () => {
    const any = fc.oneof(fc.constant(''), fc.stringMatching(/^[0-9]{1,4}$/), fc.string({ maxLength: 4 }))
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(Math.sign(compareRevisions(a, b)) + Math.sign(compareRevisions(b, a))).toBe(0)
        const falls = compareRevisions(a, b) >= 0 && compareRevisions(b, c) >= 0
        expect(!falls || compareRevisions(a, c) >= 0).toBe(true)
      }),
      { seed, numRuns: 2000 },
    )
  })
})

it('lengths are counted in the channel’s unit', () => {
  expect((['codePoints', 'utf16', 'bytes'] as const).map((unit) => lengthOf('ş👍', unit))).toEqual([2, 3, 6])
  expect(lengthOf('Merhaba ş 👨‍👩‍👧', 'weighted')).toBe(12)
  expect(lengthOf('bak https://example.com/uzun/uzun/uzun/uzun/adres', 'weighted')).toBe(27)
  expect(lengthOf('日本', 'weighted')).toBe(4)
})

describe('tags', () => {
  it('D19 are one tag in Turkish and in English letters', () => {
    expect(new Set(['İADE', 'iade', 'IADE', ' ıade '].map(tagKey)).size).toBe(1)
  })
  it('D19 the same tag again changes nothing; its first spelling stays', () => {
    expect(tagsChange(['İade'], ['IADE', 'iade'])).toEqual({ tags: ['İade'], added: [], removed: [] })
    expect(tagsChange(['a'], ['a', ' ', '\u200b', '\u00ad\t']).tags).toEqual(['a'])
    expect(tagsChange(['a', 'b'], ['b', ' c  d '])).toEqual({ tags: ['b', 'c d'], added: ['c d'], removed: ['a'] })
  })
})

it('G17 durations are counted on instants, and what lies beyond the calendar never ends', () => {
  expect(plusHours(start, 24)).toBe(after({ days: 1 }))
  expect(plusDays(start, 1)).toBe(after({ days: 1 }))
  expect(plusHours(start, Number.POSITIVE_INFINITY)).toBeNull()
  expect(daysBetween(start, after({ hours: 36 }))).toBe(1.5)
})

describe('the window as shown', () => {
  it('B16 says whether, in which form, until when, and why not', () => {
    expect(windowOf(dm, start, start)).toEqual({
      canReply: true,
      kind: 'free',
      closesAt: after({ hours: 24 }),
      why: null,
    })
    expect(windowOf(dm, start, after({ days: 2 }))).toMatchObject({ canReply: true, kind: 'tagged' })
    expect(windowOf(dm, start, after({ days: 8 }))).toMatchObject({ canReply: false, kind: 'template', closesAt: null })
    expect(windowOf(dm, start, after({ days: 8 }))?.why).toContain(after({ days: 7 }))
    expect(windowOf({ ...dm, windows: dm.windows.slice(0, 1) }, null, start)).toMatchObject({
      canReply: false,
      kind: null,
    })
    expect(windowOf({ ...dm, windows: [] }, null, start)).toBeNull()
  })
})
