// Which dates are believed, and what they say; received at noon of that day.
import { expect, it } from 'vitest'
import type { Instant } from '../../../schemas/ids.ts'
import { writtenAt } from './dates.ts'

const noon = '2026-11-20T12:00:00.000Z' as Instant
const seven = { at: '2026-11-20T07:00:00.000Z', odd: false }

it.each([
  'Fri, 20 Nov 2026 10:00:00 +0300',
  'Fri, 20 Nov 2026 10:00:00 +03:00',
  'Fri, 20 Nov 2026 10:00:00 GMT+3',
  'Fri, 20 Nov 2026 10:00:00 +0300 EET',
  'Fri, 20 Nov 2026 10:00:00 TRT (Istanbul)',
  '20 Nov. 26 10.00.00 +0300',
  'Cum, 20 Kas 2026 10:00:00 +0300',
  'Cuma, 20 KASIM 2026 10:00 +0300',
  '2026-11-20T10:00:00.123+03:00',
  '2026-11-20 07:00:00Z',
  '20-Nov-2026 10:00:00 +0300',
  'Fri, 20-Nov-26 07:00:00 GMT',
  'Fri Nov 20 10:00:00 2026 +0300',
  'Fri Nov 20 10:00:00 TRT 2026',
  'Fri Nov 20 07:00:00 2026',
  '20 Nov 2026 02:00:00 EST',
  '20 Nov 2026 07:00:00 AM',
])('P12 reads %s as what it says', (claimed) => {
  expect(writtenAt(claimed, noon)).toEqual(seven)
})
it.each([
  ['5 Şub 2026 10:00:00 +0300', '2026-02-05T07:00:00.000Z'],
  ['5 Ağu 2026 10:00:00 +0300', '2026-08-05T07:00:00.000Z'],
  ['5 NİS 2026 10:00:00 +0300', '2026-04-05T07:00:00.000Z'],
  ['5 Ara 2026 10:00:00 +0300', '2026-12-05T07:00:00.000Z'],
])('P12 knows the months of Turkish: %s', (claimed, at) => {
  expect(writtenAt(claimed, at as Instant)).toEqual({ at, odd: false })
})
it.each([
  '20.11.2026 10:00:00',
  '11/20/2026 10:00',
  '31 Nov 2026 10:00:00 +0300',
  '2026-13-20T10:00:00Z',
  '20 Nov 2026 25:00:00 +0300',
  '20 Nov 2026 10:00:00 +9900',
  '20 Nov 2026 7',
  '20 Foo 2026 10:00:00 +0300',
  'yesterday',
])('P12 takes the receipt in place of %s, and says that it is odd', (claimed) => {
  expect(writtenAt(claimed, noon)).toEqual({ at: noon, odd: true })
})
