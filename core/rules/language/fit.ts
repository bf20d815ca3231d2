// How well words fit each of sixty languages, by the n-grams of their letters: what the package eld finds with its smallest table, from one that is small in memory.

export interface Fit {
  readonly language: string
  /** 0 to 1. */
  readonly score: number
}
/** The best first; empty where the words are too few, or fit none as well as its own words do. */
export type FitsOf = (words: string) => readonly Fit[]

interface Table {
  readonly languages: readonly { readonly language: string; readonly usual: number }[]
  readonly ngrams: string
}

/** The n-grams by number, ascending, and where in `bytes` what is known of each begins. */
interface Index {
  readonly ngrams: Float64Array
  readonly starts: Uint32Array
  readonly bytes: Uint8Array
}

export const fitting = (): Promise<FitsOf> =>
  import('./table.json', { with: { type: 'json' } }).then(({ default: { ngrams, languages } }: { default: Table }) => {
    const index = indexOf(Buffer.from(ngrams, 'base64'))
    return (words) => fitsOf(ngramsIn(words), languages, index)
  })

/** Written by infra/commands/language-table.ts: length, bytes, how many languages, and of each its number and its weight. */
function indexOf(bytes: Uint8Array): Index {
  const ngrams: number[] = []
  const starts: number[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes[at]!
    ngrams.push(numberOf(bytes, at + 1, end))
    starts.push(end)
    at = end + 1 + 2 * bytes[end]!
  }
  return { ngrams: Float64Array.from(ngrams), starts: Uint32Array.from(starts), bytes }
}

/** Six bytes at the most: exact. */
function numberOf(bytes: Uint8Array, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at += 1) number = number * 256 + bytes[at]!
  return number
}

/** Where it begins; -1: no language has it. */
function startOf(ngram: number, { ngrams, starts }: Index): number {
  let low = 0
  for (let high = ngrams.length; low < high;) {
    const middle = (low + high) >>> 1
    if (ngrams[middle]! < ngram) low = middle + 1
    else high = middle
  }
  return ngrams[low] === ngram ? starts[low]! : -1
}

/** Kept out of the table, as each weight has it. */
const leastWeight = 53
/** Brings what fits well near 0.75. */
const scale = 25
/** As well as its own words fit it, at least so much of it. */
const usualShare = 0.75
const leastNgrams = 3

function fitsOf(ngrams: ReadonlySet<number>, languages: Table['languages'], index: Index): readonly Fit[] {
  if (ngrams.size < leastNgrams) return []
  const weights = new Float64Array(languages.length)
  for (const ngram of ngrams) {
    const start = startOf(ngram, index)
    if (start < 0) continue
    const end = start + 2 * index.bytes[start]!
    for (let at = start + 1; at < end; at += 2) weights[index.bytes[at]!]! += index.bytes[at + 1]! + leastWeight
  }
  const fits = languages.flatMap(({ language, usual }, n) => {
    const each = weights[n]! / ngrams.size
    return each === 0 ? [] : [{ language, usual, score: each / (each + scale) }]
  })
  const best = fits.toSorted((a, b) => b.score - a.score)
  return best[0] === undefined || best[0].score < best[0].usual * usualShare ? [] : best
}

/** Links, addresses, codes and numbers are no words. Each begins where such a run begins: tried at every letter of one, a text made for it would take long (S15). */
const noWords = [
  /[hw](?:(?:ttps?:\/\/(?:www\.)?)|ww\.)[^\s]+/gi,
  /(?<![a-zA-Z0-9.!$%&’+_`-])[a-zA-Z0-9.!$%&’+_`-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,64}/g,
  /(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]+\.)+com(?:\/\S*|[^\p{L}])/gu,
  /(?<![a-zA-Z])[a-zA-Z]*[0-9]+[a-zA-Z0-9]*/g,
]
/** An apostrophe inside a word is part of it. */
const betweenWords = /(?<!\P{L})\P{L}+(?<!['`’])/gu
/** Words that begin behind so many bytes say nothing new. */
const enoughBytes = 351
const longestWord = 70

function ngramsIn(text: string): ReadonlySet<number> {
  const cleaned = noWords.reduce((rest, it) => rest.replace(it, ' '), text)
  const found = new Set<number>()
  let read = 0
  for (const word of cleaned.replace(betweenWords, ' ').trim().toLowerCase().split(' ')) {
    if (read > enoughBytes) break
    if (word === '') continue
    const bytes = Buffer.from(` ${word} `)
    addNgrams(bytes, found)
    read += bytes.length - 1
  }
  return found
}

/** Four bytes at every third place, and the last four; the space before a word belongs to its first, the one behind it to its last. */
function addNgrams(word: Uint8Array, found: Set<number>): void {
  const length = Math.min(word.length - 2, longestWord)
  for (let at = 0; at + 4 < length; at += 3) found.add(numberOf(word, at === 0 ? 0 : at + 1, at + 5))
  found.add(numberOf(word, length <= 4 ? 0 : length - 3, length + 2))
}
