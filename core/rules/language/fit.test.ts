// The small table says what the package it is made of says, language by language.
import { eld } from 'eld/extrasmall'
import * as fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { seed } from '../../../test/support/seed.ts'
import { fitting, type FitsOf } from './fit.ts'

let fitsOf: FitsOf
beforeAll(async () => {
  eld.enableTextCleanup(true)
  fitsOf = await fitting()
})
const theirs = (words: string) => {
  const found = eld.detect(words)
  return found.isReliable() ? found.getScores() : {}
}
const ours = (words: string) => Object.fromEntries(fitsOf(words).map(({ language, score }) => [language, score]))

const alphabets = [
  'abcdefghijklmnopqrstuvwxyz',
  'çğıöşüâ',
  'äßéèêñåøæ',
  'абвгдежзиклмнопрстуіїє',
  'ابتثجحدسشكلمنهو',
  '我的订单在哪里款包裹',
]
const word = fc
  .constantFrom(...alphabets)
  .chain((letters) => fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 }))
const piece = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom("don't", "l’eau", 'www.shop.example/a-b', 'http://x.y/z', 'ayse@shop.example', 'mail.shop.com', 'ORD-55-AB', '42', "''", '...') }, // prettier-ignore
  { weight: 3, arbitrary: fc.constantFrom('where', 'is', 'my', 'order', 'siparişim', 'nerede', 'ich', 'möchte', 'mein', 'geld', 'où', 'est', 'где', 'мой', 'заказ') }, // prettier-ignore
)

it(`D71 each language fits as well as the package says, the best first, seed ${seed}`, () => {
  // Shorter than where either stops reading.
  const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(' '))
  fc.assert(
    fc.property(text, (words) => {
      expect(ours(words)).toEqual(theirs(words))
      const scores = fitsOf(words).map(({ score }) => score)
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    }),
    { seed, numRuns: 500 },
  )
})

it('D71 S15 what it costs to read a text grows by its length and no faster', () => {
  // By the square of it, each would take a minute.
  for (const text of ['a.', 'a', "'", 'a@b.', '’', 'w-', '@', '1'])
    expect(fitsOf(text.repeat(200_000)), text).toEqual([])
})
