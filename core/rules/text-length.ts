// How long a text is in the unit its channel counts in.
import type { Capabilities } from '../ports/channel.ts'

export type TextUnit = Capabilities['text']['unit']

export function lengthOf(text: string, unit: TextUnit): number {
  switch (unit) {
    case 'codePoints':
      return [...text].length
    case 'utf16':
      return text.length
    case 'bytes':
      return Buffer.byteLength(text, 'utf8')
    case 'weighted':
      return weightOf(text)
  }
}

/**
 * The public weighted count, configuration 3 (checked 2026-11): an address counts 23, an emoji 2 whatever it is made of, Latin and the
 * like 1, all else 2.
 */
const addressWeight = 23
const light: readonly (readonly [number, number])[] = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
]

function weightOf(text: string): number {
  const rest = text.normalize('NFC').split(/https?:\/\/\S+/u)
  const addresses = (rest.length - 1) * addressWeight
  return addresses + rest.reduce((sum, piece) => sum + weightOfWords(piece), 0)
}

function weightOfWords(text: string): number {
  let sum = 0
  for (const { segment } of new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text))
    sum += /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(segment)
      ? emojiWeight(segment)
      : plain(segment)
  return sum
}

/** © and ™ are pictographs by Unicode but plain characters to read. */
const emojiWeight = (segment: string): number => (segment.length === 1 ? plain(segment) : 2)
const plain = (segment: string): number =>
  [...segment].reduce((sum, character) => sum + (isLight(character.codePointAt(0) ?? 0) ? 1 : 2), 0)
const isLight = (code: number): boolean => light.some(([from, to]) => code >= from && code <= to)
