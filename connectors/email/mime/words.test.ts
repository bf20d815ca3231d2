// Encoded words of senders who do not keep to RFC 2047 are read as they were meant.
import { expect, it } from 'vitest'
import { headerText } from './words.ts'

it.each([
  ['a question mark as it is', '=?utf-8?Q?Sipari=C5=9Fim_nerede?_Bekliyorum?=', 'Siparişim nerede? Bekliyorum'],
  ['one at the end', '=?iso-8859-9?Q?Geldi_mi=3F_Gelmedi_mi??=', 'Geldi mi? Gelmedi mi?'],
  ['one in the first of two', '=?utf-8?Q?Ne_zaman?_?= =?utf-8?Q?Yar=C4=B1n?=', 'Ne zaman? Yarın'],
  ['a word without an end before another', '=?utf-8?Q?bir =?utf-8?Q?iki?=', '=?utf-8?Q?bir iki'],
])('P12 an encoded word with %s is read', (_what, given, meant) => {
  expect(headerText(given, null)).toBe(meant)
})
