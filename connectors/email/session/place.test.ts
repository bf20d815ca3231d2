// Where reading stands: what was missing on the way, and that it is kept as it was.
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../../schemas/ids.ts'
import { advanced, filled, placeOf, placeText, rangesOf, uidsIn, type Place } from './place.ts'

const place: Place = {
  uidValidity: '7',
  lastUid: 10,
  holes: [9],
  modseq: null,
  from: null,
  seenAt: '2026-11-20T10:00:00.000Z' as Instant,
}

describe('a place in a folder', () => {
  it('keeps what it knows as text', () => {
    expect(placeOf(placeText(place))).toEqual(place)
    expect(placeOf(null)).toBeNull()
    expect(placeOf('not ours')).toBeNull()
  })
  it('G8 remembers what was missing on the way, and forgets what is too old to come', () => {
    const on = advanced(place, [12, 15], 15)
    expect(on).toMatchObject({ lastUid: 15, holes: [9, 11, 13, 14] })
    expect(filled(on, [13]).holes).toEqual([9, 11, 14])
    expect(advanced(on, [500], 500).holes).not.toContain(14)
    expect(advanced(on, [500], 500).holes.length).toBeLessThanOrEqual(200)
  })
  it('writes and reads sets of UIDs', () => {
    expect(rangesOf([7, 1, 2, 3])).toBe('1:3,7')
    expect(uidsIn('1:3,7')).toEqual([1, 2, 3, 7])
    expect(uidsIn('')).toEqual([])
  })
})
