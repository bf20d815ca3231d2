// Which passwords are taken.
import { describe, expect, it } from 'vitest'
import { asSpelt, whyNotAPassword } from './password.ts'

describe('S22 a password', () => {
  it('S22 has 12 to 200 characters, counted as people count them', () => {
    expect(whyNotAPassword('kedi çatı 7')).toMatch(/at least 12 characters; this one has 11/)
    expect(whyNotAPassword('kedi çatı 72')).toBeNull()
    expect(whyNotAPassword('🐈 kapı mum 🪟')).toBeNull()
    expect(whyNotAPassword(`kırmızı bisiklet ${'0a9b'.repeat(46)}`)).toMatch(/at most 200/)
    expect(whyNotAPassword('uzun ama kendi halinde bir cümle, altmış dört karakterden çok daha uzun olsun')).toBeNull()
  })
  it('S22 is none of those that are tried first, with digits and signs around them or instead of letters', () => {
    const worst = [
      'password1234', 'Password123!', 'P@ssw0rd1234', 'passwordpassword', 'qwertyuiop12', 'Qwerty123456!', '123456789012', '111111111111', 'abababababab',
      'abcdefghijkl', 'Sifre1234567', 'şifre.1234567', 'Parola123456!', 'letmein12345', 'administrator', 'Admin1234567', 'welcome12345', 'Galatasaray1905',
      'fenerbahce1907!', 'iloveyou1234', 'changeme1234', 'zxcvbnm12345', '1qaz2wsx3edc', 'İstanbul2026!', 'TEST12345678', 'asdfghjkl123', '000000000000',
    ] // prettier-ignore
    expect(worst.filter((it) => whyNotAPassword(it) === null)).toEqual([])
  })
  it('S22 is not one’s own name or address with a year', () => {
    expect(whyNotAPassword('ayse.yilmaz1990', ['ayse.yilmaz@shop.example', 'Ayşe Yılmaz'])).toMatch(/tried first/)
    expect(whyNotAPassword('ayse.yilmaz1990')).toBeNull()
  })
  it('S22 is the same however the keyboard wrote its letters', () => {
    expect(asSpelt('s\u0327ifrem kapıda')).toBe(asSpelt('\u015fifrem kapıda'))
  })
})
