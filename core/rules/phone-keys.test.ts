// Vectors of numbers whose two spellings are one person, and of those that must stay apart.
import { describe, expect, it } from 'vitest'
import { canonicalPhone, phoneKeys } from './phone-keys.ts'

describe('phone keys', () => {
  const same: readonly (readonly [country: string, one: string, other: string, canonical: string])[] = [
    ['Brazil, ninth digit', '551187654321', '5511987654321', '5511987654321'],
    ['Brazil, north', '559291234567', '5592991234567', '5592991234567'],
    ['Mexico, old mobile 1', '5215512345678', '525512345678', '525512345678'],
    ['Argentina, 9 or none', '541123456789', '5491123456789', '5491123456789'],
    ['Argentina, Buenos Aires 15', '54111523456789', '5491123456789', '5491123456789'],
    ['Argentina, Córdoba 15', '54351154567890', '5493514567890', '5493514567890'],
    ['Argentina, four-digit area 15', '54290115456789', '5492901456789', '5492901456789'],
  ]
  it.each(same)('P20 B18 %s: %s and %s meet', (_country, one, other, canonical) => {
    expect(phoneKeys(one)[0]).toBe(`phone:${canonical}`)
    expect(phoneKeys(other)[0]).toBe(`phone:${canonical}`)
    expect(canonicalPhone(canonical)).toBe(canonical)
  })

  const alone = ['551132654321', '905321234567', '16505551234', '447700900123', '5215512345', '12195555358']
  it.each(alone)('P20 leaves %s as it is: a landline, or a country with one spelling', (digits) => {
    expect(phoneKeys(digits)).toEqual([`phone:${digits}`])
  })

  it('gives the spelling it came in as a second key, so that either finds the person', () => {
    expect(phoneKeys('+5215512345678')).toEqual(['phone:525512345678', 'phone:5215512345678'])
  })
  it.each(['', '0532123456', '12345', '1234567890123456', '+', 'US.134', '+1 650'])('says %j is no number', (text) => {
    expect(phoneKeys(text)).toEqual([])
  })
})
