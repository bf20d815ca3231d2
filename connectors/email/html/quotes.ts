// What a program quoted, by how its HTML marks it: the words before it are what the writer added (sheet section 8).
import { textOfHtml } from '../../../core/rules/html-text.ts'

/** In these stands what is quoted, and perhaps words of the writer behind it. */
const quotes: readonly RegExp[] = [
  /\bclass\s{0,3}=\s{0,3}["']?[^"'>]{0,200}\b(?:gmail_quote|gmail_quote_container|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|tutanota_quote|mail-quote-collapse)\b/i,
  /^<blockquote\b[^>]{0,1000}\btype\s{0,3}=\s{0,3}["']?cite\b/i,
  // Mail.ru and Yandex say it by a line at the left.
  /^<blockquote\b[^>]{0,1000}\bstyle\s{0,3}=\s{0,3}["'][^"'>]{0,300}border-left\s{0,3}:\s{0,3}1px solid #0857a6/i,
]
/** After these everything is quoted, in the same level. */
const lines: readonly RegExp[] = [
  /\bid\s{0,3}=\s{0,3}["']?[^"'>]{0,40}(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container)\b/i,
  /^<div\b[^>]{0,1000}\bstyle\s{0,3}=\s{0,3}["'][^"'>]{0,300}border-top\s{0,3}:\s{0,3}solid #(?:e1e1e1|b5c4df)\s[^"'>]{0,100}padding\s{0,3}:\s{0,3}3(?:\.0)?pt/i,
]
const mostUnits = 1_000_000
const mostTags = 5_000
const mostQuotes = 200
const longestTag = 2_000

export interface HtmlCut {
  /** The words before the quote. */
  readonly own: string
  /** Words stand behind it as well: answers between what is quoted, or below. */
  readonly isInline: boolean
}

const marks =
  /gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|tutanota_quote|mail-quote-collapse|type\s{0,3}=\s{0,3}["']?cite|#0857a6|divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|reference-message-container|solid #(?:e1e1e1|b5c4df)/i
/** Most mails quote nothing: told by one look. */
export const marksQuotes = (html: string): boolean => marks.test(html)

/** Null: nothing is marked as quoted. */
export function cutHtml(html: string): HtmlCut | null {
  const given = html.slice(0, mostUnits)
  const tags = tagsOf(given)
  const first = tags.findIndex((it) => isOf(quotes, it) || isOf(lines, it))
  if (first === -1) return null
  const own = textOfHtml(given.slice(0, tags[first]!.start))
  if (isOf(lines, tags[first]!)) return { own, isInline: false }
  const behind: string[] = []
  for (let at = first, n = 0; n < mostQuotes; n += 1) {
    const end = closing(tags, at)
    const next = tags.findIndex((it, index) => index > end && (isOf(quotes, it) || isOf(lines, it)))
    behind.push(given.slice(tags[end]?.end ?? given.length, next === -1 ? given.length : tags[next]!.start))
    if (next === -1 || isOf(lines, tags[next]!)) break
    at = next
  }
  return { own, isInline: textOfHtml(behind.join(' ')) !== '' }
}

interface Tag {
  readonly name: string
  readonly isEnd: boolean
  readonly text: string
  readonly start: number
  readonly end: number
}
const isOf = (rules: readonly RegExp[], tag: Tag): boolean => !tag.isEnd && rules.some((it) => it.test(tag.text))

/** Only those that may hold a quote. */
function tagsOf(html: string): readonly Tag[] {
  const tags: Tag[] = []
  for (const found of html.matchAll(/<(\/?)(div|blockquote|hr|span|table)\b/gi)) {
    if (tags.length >= mostTags) break
    const start = found.index
    const text = html.slice(start, start + longestTag)
    const length = text.indexOf('>') + 1
    if (length === 0) continue
    const name = found[2]!.toLowerCase()
    tags.push({ name, isEnd: found[1] !== '', text: text.slice(0, length), start, end: start + length })
  }
  return tags
}

/** Which tag ends that one; the last of all where none does. */
function closing(tags: readonly Tag[], from: number): number {
  const { name } = tags[from]!
  let depth = 0
  for (let at = from; at < tags.length; at += 1) {
    if (tags[at]!.name !== name) continue
    depth += tags[at]!.isEnd ? -1 : 1
    if (depth === 0) return at
  }
  return tags.length
}
