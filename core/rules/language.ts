// Which language somebody wrote in, read offline from their words (D71); nothing where no language stands out.
import { fitting, type Fit } from './language/fit.ts'

export interface Detected {
  /** ISO 639-1. */
  readonly language: string
  /** 0 to 1: how well the words fit, and how far the next language is behind. */
  readonly confidence: number
}
export type Detector = (text: string) => Detected | null

let loading: Promise<Detector> | null = null

/** Its table takes a megabyte: it is read when the first message needs it, and kept. */
export function languageDetector(): Promise<Detector> {
  loading ??= fitting().then((fitsOf) => (text) => detected(text, (words) => possible(words, fitsOf(words))))
  return loading
}

/** What is behind the beginning says nothing new. */
const readUnits = 1_000

function detected(text: string, ranked: (words: string) => Ranked): Detected | null {
  const words = lowered(text.slice(0, readUnits))
  if (!saysEnough(words)) return null
  const whole = ranked(words)
  if (!standsOut(whole)) return null
  const [best] = whole
  return isMixed(words, best.language, ranked) ? null : { language: best.language, confidence: confidenceOf(whole) }
}

/** The best first. */
type Ranked = readonly Fit[]

/** Letters that few languages have: neighbours that share most of their words are told apart by them. */
const lettersOf: readonly (readonly [letters: RegExp, languages: readonly string[]])[] = [
  [/[ыэё]/, ['ru', 'be']],
  [/[їєґ]/, ['uk']],
  [/[іў]/, ['uk', 'be']],
  [/[јљњћђџ]/, ['sr']],
  [/[پچژگکی]/, ['fa', 'ur', 'ku']],
  [/[ةكىؤ]/, ['ar']],
  [/ə/, ['az']],
  [/[ığ]/, ['tr', 'az']],
]
function possible(words: string, fits: Ranked): Ranked {
  const found = lettersOf.filter(([letters]) => letters.test(words))
  return fits.filter(({ language }) => found.every(([, languages]) => languages.includes(language)))
}

/** Scores end near 1; before they were squeezed they say how many times better one fits than the other. */
const weightOf = ({ score }: Fit): number => score / (1 - score)
const timesBetter = ([best, next]: Ranked): number =>
  best === undefined ? 0 : next === undefined ? Infinity : weightOf(best) / weightOf(next)

/** Russian and Ukrainian, Danish and Norwegian: of a few words of theirs one may not be told from the other. */
const clearly = 1.12
const standsOut = (ranked: Ranked): ranked is readonly [Fit, ...Fit[]] => timesBetter(ranked) >= clearly

const fitsWell = 0.75
function confidenceOf(ranked: readonly [Fit, ...Fit[]]): number {
  const ahead = 1 / (1 + timesBetter(ranked) ** -2)
  return Math.round(ahead * Math.min(1, ranked[0].score / fitsWell) * 100) / 100
}

/** As Turkish lowers its letters, where it is Turkish: İ and I would become letters that no table knows. */
const lowered = (text: string): string => {
  const isShouted = /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text)
  if (isShouted && lettersIn(text) < shoutedLetters) return ''
  return /[İışğŞĞ]/.test(text) ? text.toLocaleLowerCase('tr') : text.toLowerCase()
}
const lettersIn = (text: string): number => text.match(/\p{L}/gu)?.length ?? 0
/** A few words in capitals are mostly abbreviations. */
const shoutedLetters = 15

/** One word may be of ten languages, or a name; where words are not parted by spaces, a few signs say as much. */
function saysEnough(words: string): boolean {
  const found = words.match(/[\p{L}\p{M}'’]{2,}/gu) ?? []
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u.test(words))
    return lettersIn(words) >= 3
  return found.length >= 2 && lettersIn(words) >= 8
}

/** Sentences that are in another language than the whole, and are a good part of it. */
function isMixed(words: string, language: string, ranked: (words: string) => Ranked): boolean {
  const sentences = words.split(/[.,;:!?¿¡…。，！？؟\n]+/).filter(saysEnough)
  if (sentences.length < 2) return false
  const longest = sentences.toSorted((a, b) => b.length - a.length).slice(0, 4)
  const others = longest.filter((it) => isClearlyAnother(ranked(it), language))
  return others.join('').length >= words.length * mixedShare
}
const mixedShare = 0.2
function isClearlyAnother(ranked: Ranked, language: string): boolean {
  const [best] = ranked
  if (best === undefined || best.language === language) return false
  const asWhole = ranked.find((it) => it.language === language)
  return asWhole === undefined || weightOf(best) >= 1.5 * weightOf(asWhole)
}
