// The words of a mail: all of them, those its writer added, and the HTML made harmless.
import { textOfHtml } from '../../../core/rules/html-text.ts'
import { cleanHtml } from '../html/clean.ts'
import { cutHtml, marksQuotes } from '../html/quotes.ts'
import { cutQuoted, type Cut } from '../quoted/cut.ts'
import { limits } from './limits.ts'
import { unarmoured } from './pgp.ts'
import type { Tree } from './tree.ts'

/** `isWhole`: a mail inside stands in the text; its header looks like that of a quote and is none. */
export function bodyOf(tree: Pick<Tree, 'text' | 'html'>, isWhole = false) {
  const clean = tree.html.trim() === '' ? null : cleanHtml(tree.html)
  const plain = tree.text.slice(0, limits.textUnits).trim()
  const ofHtml = clean !== null && isStub(plain) ? textOfHtml(tree.html.slice(0, limits.textUnits)) : ''
  const text = ofHtml || plain
  const open = unarmoured(text)
  const { visible, inlineReply } = isWhole
    ? { visible: open.text.trim(), inlineReply: false }
    : cut(open.text, clean === null ? null : tree.html, ofHtml !== '')
  return {
    text,
    visible,
    html: clean?.html ?? null,
    cids: clean?.cids ?? [],
    state: { inlineReply, remoteImages: clean?.remoteImages ?? 0 },
    pgp: open,
    anomalies: [
      ...(tree.text.length > limits.textUnits || tree.html.length > limits.textUnits ? ['text-cut'] : []),
      ...(isGarbled(text) ? ['charset'] : []),
    ],
  }
}

const notShown =
  /\bhtml\b.{0,80}\b(?:not|unable|cannot|support|view|version)\b|\b(?:not|unable|cannot|support|view|version)\b.{0,80}\bhtml\b|görüntüleyemiyor/i
/** Ten letters are words; the first ten decide it, however long it is. Some programs write there that they would rather be read as HTML. */
export function isStub(plain: string): boolean {
  const letter = /\p{L}/gu
  for (let found = 0; found < 10; found += 1) if (letter.exec(plain) === null) return true
  return plain.length < 200 && !plain.includes('\n\n') && notShown.test(plain)
}

/** What the HTML marks as quoted is surer than what its words look like; where both are there, the text decides, and the HTML helps out. */
function cut(text: string, html: string | null, isFromHtml: boolean): Cut {
  const byText = cutQuoted(text)
  if (html === null || !marksQuotes(html)) return byText
  if (!isFromHtml && (byText.inlineReply || byText.visible !== text.trim())) return byText
  const marked = cutHtml(html)
  if (marked === null || marked.own === '') return byText
  return marked.isInline
    ? { visible: text.trim(), inlineReply: true }
    : { visible: cutQuoted(marked.own).visible, inlineReply: false }
}

/** More than one in a hundred characters could not be read. */
function isGarbled(text: string): boolean {
  let count = 0
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', at + 1)) count += 1
  return count * 100 > text.length
}
