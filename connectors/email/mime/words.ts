// Header text: RFC 2047 words, also the broken ones, and raw 8-bit bytes, as what people were meant to read.
import { charsetNamed, charsetOf, decoded, hasHighBytes } from './charset.ts'

/** The language after a star is not needed; spaces, raw bytes and a missing end are forgiven, and a question mark as it is. Bounded, so that it stays linear. */
const word = /=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,4000}(?=\?=|\??$)|(?:[^?=]|=(?!\?[^=])|\?(?!=)){0,300})(?:\?=|\??$)/g

const bytesOf = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')

interface Run {
  readonly charset: string
  readonly bytes: Buffer
}

/** `value` has one character a byte. `fallback`: the charset of raw 8-bit text that is no UTF-8. */
export function headerText(value: string, fallback: string | null): string {
  return pieces(value)
    .map((it) => (typeof it === 'string' ? rawText(it, fallback) : decoded(it.bytes, it.charset)))
    .join('')
}

/** The same, with every word written again as clean UTF-8: what a parser of addresses may be given. */
export function repairedWords(value: string, fallback: string | null): string {
  return pieces(value)
    .map((it) => (typeof it === 'string' ? rawText(it, fallback) : wordsOf(decoded(it.bytes, it.charset))))
    .join('')
}

/** Of at most 45 characters each, which stay whole. */
function wordsOf(text: string): string {
  const points = [...text]
  const words: string[] = []
  for (let at = 0; at < points.length; at += 10)
    words.push(`=?UTF-8?B?${Buffer.from(points.slice(at, at + 10).join('')).toString('base64')}?=`)
  return words.join(' ')
}

/** Text between words, and the bytes of words; neighbours of one charset are one run, since senders cut inside characters. */
function pieces(value: string): readonly (string | Run)[] {
  const found: (string | Run)[] = []
  let at = 0
  for (const match of value.matchAll(word)) {
    const between = value.slice(at, match.index)
    const last = found.at(-1)
    const glued = typeof last === 'object' && between.trim() === ''
    if (!glued && between !== '') found.push(between)
    const label = match[1]!.split('*')[0]!
    const bytes = /b/i.test(match[2]!) ? Buffer.from(match[3]!, 'base64') : fromQ(match[3]!)
    const charset = charsetNamed(label) ?? charsetOf(bytes, null)
    if (glued && last.charset === charset)
      found[found.length - 1] = { charset, bytes: Buffer.concat([last.bytes, bytes]) }
    else found.push({ charset, bytes })
    at = match.index + match[0].length
  }
  const rest = value.slice(at)
  if (rest !== '') found.push(rest)
  return found.map((it) =>
    typeof it === 'string' ? it : { ...it, charset: it.charset === 'utf-7' ? it.charset : fitting(it) },
  )
}

/** A word that says UTF-8 and is not, or the other way round. */
const fitting = ({ charset, bytes }: Run): string => (hasHighBytes(bytes) ? charsetOf(bytes, charset) : charset)

const fromQ = (text: string): Buffer =>
  bytesOf(
    text.replaceAll('_', ' ').replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
  )

function rawText(latin1: string, fallback: string | null): string {
  const bytes = bytesOf(latin1)
  return hasHighBytes(bytes) ? decoded(bytes, charsetOf(bytes, fallback)) : latin1
}

// oxlint-disable-next-line no-control-regex -- they are what is taken out
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
/** Turning text round or hiding it: names and subjects imitate others with it. */
const hiding = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g

/** A header as a fact: one line, whatever was folded or encoded into it (S12). */
export const oneLine = (text: string): string => text.replace(controls, ' ')

/** A name or subject as it may be shown: one line, nothing hidden, bounded. */
export const shown = (text: string, most: number): string =>
  text
    .slice(0, most * 4)
    .replace(controls, ' ')
    .replace(hiding, '')
    .replace(/\s+/g, ' ')
    .trim()
    .normalize('NFC')
    .slice(0, most)
    .replace(/[\ud800-\udbff]$/, '')
