// Separates what the writer of a mail added from what their program quoted. Nothing is thrown away: on doubt all of it is shown.
import { headerNames, isSeparator, wroteLines } from './patterns.ts'

export interface Cut {
  readonly visible: string
  /** Answers stand between quoted lines: all is kept. */
  readonly inlineReply: boolean
}

const maxLines = 2_000
const maxUnits = 64 * 1024
const maxLine = 1_000

/** What is shown are the lines as they were written; only what the patterns look at is bounded, and beyond the bounds nothing is looked for. */
export function cutQuoted(text: string): Cut {
  const written = text
    .slice(0, maxUnits)
    .split(/\r\n|[\n\r]/)
    .slice(0, maxLines)
  const lines = written.map(bounded)
  const at = quoteStart(lines)
  if (at === null) return { visible: text.trim(), inlineReply: false }
  const own = written.slice(0, at).join('\n').trim()
  const after = lines.slice(at).filter((it) => it.trim() !== '')
  if (own === '' || isInline(after)) return { visible: text.trim(), inlineReply: own !== '' || isInline(after) }
  return { visible: own, inlineReply: false }
}

/** Short enough that no pattern can be made slow by it. */
const bounded = (line: string): string =>
  line
    .slice(0, maxLine)
    .replace(/[^\S\n]{20,}/g, ' ')
    .trimEnd()

function quoteStart(lines: readonly string[]): number | null {
  for (const [at, line] of lines.entries()) {
    const bare = line.trim()
    if (bare === '') continue
    if (isSeparator(bare)) return isFollowedByHeader(lines, at) || !/^_+$/.test(bare) ? at : null
    if (isWrote(lines, at) || isHeaderBlock(lines, at)) return at
    if (bare.startsWith('>') && isQuoteToTheEnd(lines, at)) return at
  }
  return null
}

/** A rule of underscores is a quote only over a header block; else people draw lines. */
const isFollowedByHeader = (lines: readonly string[], at: number): boolean => {
  const next = lines.findIndex((it, n) => n > at && it.trim() !== '')
  return next !== -1 && isHeaderBlock(lines, next)
}

/** Programs break the line in two. A quote must follow, or nothing. */
function isWrote(lines: readonly string[], at: number): boolean {
  const one = lines[at]!.trim()
  const [next1, next2] = [(lines[at + 1] ?? '').trim(), (lines[at + 2] ?? '').trim()]
  const two = next1 === '' ? '' : `${one} ${next1}`
  const three = two === '' || next2 === '' ? '' : `${two} ${next2}`
  const matches = (it: string): boolean => it.length <= 400 && wroteLines.some((rule) => rule.test(it))
  const used = matches(one) ? 1 : matches(two) ? 2 : matches(three) ? 3 : 0
  if (used === 0) return false
  const next = lines.slice(at + used).find((it) => it.trim() !== '')
  return next === undefined || next.trimStart().startsWith('>') || /:$|[:：]$/.test(lines[at + used - 1]!.trim())
}

/** Three header names of one language on lines that follow each other (a value may run on for a line). */
function isHeaderBlock(lines: readonly string[], at: number): boolean {
  const first = nameOf(lines[at]!)
  if (first === null) return false
  return headerNames.some((names) => {
    if (!names.includes(first)) return false
    const found = new Set<string>()
    for (const line of lines.slice(at, at + 8)) {
      const name = nameOf(line)
      if (name !== null && names.includes(name)) found.add(name)
    }
    return found.size >= 3
  })
}
/** Of a header line as programs quote them, in small letters; null for any other line. */
export function nameOf(line: string): string | null {
  const found = /^[>*\s]{0,6}([^:：*<>@]{1,20}?)\*{0,2}\s?[:：]\*{0,2}(?:\s|$|\S)/u.exec(line.slice(0, 60))
  return found === null ? null : found[1]!.trim().toLocaleLowerCase('tr').replace('̇', '').normalize('NFC')
}

const isQuoteToTheEnd = (lines: readonly string[], at: number): boolean =>
  lines.slice(at).every((it) => it.trim() === '' || it.trimStart().startsWith('>'))

/** After the beginning of a `>` quote, own lines again, and quoted ones after them. */
function isInline(after: readonly string[]): boolean {
  const marks = after.map((it) => (it.trimStart().startsWith('>') ? 'q' : 'o')).join('')
  return (
    /^o{0,3}q+o+q/.test(marks) || (/^o{0,3}q+o{1,}$/.test(marks) && after.length > 3 && /^o{0,3}q+o{2,}$/.test(marks))
  )
}
