// Walks the parts of a mail once, line by line: how many, how deep, where each lies. Nothing is decoded and nothing recurses.
import { firstOf, headerBlock, mediaType, parameter, type RawHeader } from './headers.ts'
import { limits, TooMuch } from './limits.ts'

/** One part without parts of its own. */
export interface Leaf {
  readonly headers: readonly RawHeader[]
  readonly type: string
  readonly headerStart: number
  readonly bodyStart: number
  readonly bodyEnd: number
  readonly depth: number
  /** Where the outermost alternative it stands in begins; null: in none. */
  readonly alternative: number | null
}
export interface Structure {
  readonly headers: readonly RawHeader[]
  readonly bodyStart: number
  /** Type of the whole. */
  readonly type: string
  readonly leaves: readonly Leaf[]
  /** Types of the multiparts, outermost first. */
  readonly multiparts: readonly string[]
}

const dash = 0x2d
const lf = 0x0a

interface Open {
  readonly boundary: string
  /** What its parts are when they do not say. */
  readonly usual: string
  readonly alternative: number | null
}
interface Walk {
  readonly bytes: Uint8Array
  readonly open: Open[]
  readonly leaves: Leaf[]
  readonly multiparts: string[]
  parts: number
  leaf: Omit<Leaf, 'bodyEnd'> | null
}

/** Throws `TooMuch` beyond the limits. */
export function structureOf(bytes: Uint8Array): Structure {
  const walk: Walk = { bytes, open: [], leaves: [], multiparts: [], parts: 0, leaf: null }
  const top = headerBlock(bytes, 0, bytes.length)
  let at = begin(walk, { headers: top.headers, start: 0, body: top.end, usual: 'text/plain' })
  while (at < bytes.length) at = line(walk, at)
  endLeaf(walk, bytes.length)
  const type = mediaType(firstOf(top.headers, 'content-type')) || 'text/plain'
  return { headers: top.headers, bodyStart: top.end, type, leaves: walk.leaves, multiparts: walk.multiparts }
}

interface Beginning {
  readonly headers: readonly RawHeader[]
  readonly start: number
  readonly body: number
  readonly usual: string
}

function begin(walk: Walk, part: Beginning): number {
  walk.parts += 1
  if (walk.parts > limits.parts) throw new TooMuch(`it has more than ${limits.parts} parts`)
  const value = firstOf(part.headers, 'content-type')
  const type = mediaType(value) || part.usual
  const boundary = type.startsWith('multipart/') ? parameter(value, 'boundary') : null
  if (boundary !== null && boundary !== '') {
    const usual = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    const around = walk.open.at(-1)?.alternative ?? null
    const alternative = around ?? (type === 'multipart/alternative' ? part.start : null)
    walk.open.push({ boundary, usual, alternative })
    walk.multiparts.push(type)
    if (walk.open.length > limits.depth) throw new TooMuch(`its parts are nested deeper than ${limits.depth}`)
    return part.body
  }
  const depth = walk.open.length
  const alternative = walk.open.at(-1)?.alternative ?? null
  walk.leaf = { headers: part.headers, type, headerStart: part.start, bodyStart: part.body, depth, alternative }
  return part.body
}

/** One line of a body: text, or the boundary of a part that is open. */
function line(walk: Walk, at: number): number {
  const { bytes } = walk
  const found = bytes.indexOf(lf, at)
  const next = found === -1 ? bytes.length : found + 1
  if (bytes[at] !== dash || bytes[at + 1] !== dash || walk.open.length === 0) return next
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + 2, Math.min(next - at - 2, 300)).toString('latin1')
  const which = walk.open.findLastIndex(({ boundary }) => text.startsWith(boundary) && isEnd(text, boundary))
  if (which === -1) return next
  endLeaf(walk, at)
  const isLast = text.startsWith('--', walk.open[which]!.boundary.length)
  walk.open.length = isLast ? which : which + 1
  if (isLast) return next
  const { headers, end } = headerBlock(bytes, next, bytes.length)
  return begin(walk, { headers, start: next, body: end, usual: walk.open[which]!.usual })
}

/** After the boundary comes nothing, or `--`: one boundary may be the beginning of another. */
const isEnd = (text: string, boundary: string): boolean => /^(?:--)?\s*$/.test(text.slice(boundary.length))

function endLeaf(walk: Walk, at: number): void {
  if (walk.leaf === null) return
  walk.leaves.push({ ...walk.leaf, bodyEnd: Math.max(walk.leaf.bodyStart, at) })
  walk.leaf = null
}
