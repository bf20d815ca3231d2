// What was found, short enough to be kept in a history and read there: of a long text what lies around the place.
import type { Fact } from './seen.ts'

export const shownLimits = { units: 200, items: 20 } as const
export interface Place {
  readonly at: number
  readonly length: number
}
export type Finder = (text: string) => Place | null
export const nowhere: Finder = () => null

export function shownFact(fact: Fact, find: Finder): unknown {
  if (typeof fact === 'string') return shortened(fact, find)
  if (!Array.isArray(fact)) return fact ?? null
  const items = (fact as readonly string[]).map((it) => shortened(it, find))
  const more = items.length - shownLimits.items
  return more > 0 ? [...items.slice(0, shownLimits.items), `… and ${more} more`] : items
}

function shortened(text: string, find: Finder): string {
  const { units } = shownLimits
  if (text.length <= units) return text
  const { at, length } = find(text) ?? { at: 0, length: 0 }
  const room = Math.max(0, units - length) / 2
  const from = Math.max(0, Math.min(Math.floor(at - room), text.length - units))
  const until = Math.min(text.length, from + units)
  return `${from > 0 ? '…' : ''}${wholeLetters(text, from, until)}${until < text.length ? '…' : ''}`
}
/** No half of a letter that takes two units. */
const wholeLetters = (text: string, from: number, until: number): string =>
  text.slice(from, until).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '')

/** Folded words in a text as it was written. One run of letters after the other, so that it takes no longer than the text is long. */
export function findWords(words: string): Finder {
  const letters = [...words].map((it) => (it === 'i' ? '[iİıI]\\u0307?' : it === ' ' ? '\\s+' : literal(it)))
  const search = new RegExp(letters.join(''), 'iu')
  return (text) => {
    const found = search.exec(text.normalize('NFC'))
    return found === null ? null : { at: found.index, length: found[0].length }
  }
}
const literal = (letter: string): string => letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
