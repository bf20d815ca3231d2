// The same mail with its labels put right: what a parser would lose or guess wrongly is mended in the bytes before it sees them.
import { charsetNamed, charsetOf, hasHighBytes } from './charset.ts'
import { firstOf, parameter, type RawHeader } from './headers.ts'
import type { Lifted } from './lift.ts'
import { limits } from './limits.ts'
import type { Leaf, Structure } from './structure.ts'
import { repairedWords } from './words.ts'

const cr = 0x0d
const lf = 0x0a
const lookAt = 64 * 1024

/** Mails of old Macs end their lines by CR alone. */
export function withLineEnds(bytes: Uint8Array): Uint8Array {
  const head = bytes.subarray(0, lookAt)
  if (!head.includes(cr) || head.includes(lf)) return bytes
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r', '\r\n'), 'latin1')
}

/** Some programs put empty lines, or the mark of UTF-8, before the first header: read as it stands the mail would have none. */
export function withoutLead(bytes: Uint8Array): Uint8Array {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1_000)).toString('latin1')
  const lead = /^(?:\xef\xbb\xbf)?[\r\n]*(?=[!-9;-~]{1,200}[ \t]*:)/.exec(head)?.[0] ?? ''
  return bytes.subarray(lead.length)
}

/** The bytes of a leaf's text as its transfer encoding means them; bounded, for looking at. */
export function textBytes(bytes: Uint8Array, leaf: Leaf, most: number = limits.textPartBytes): Buffer {
  const body = bytes.subarray(leaf.bodyStart, Math.min(leaf.bodyEnd, leaf.bodyStart + most))
  const raw = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const encoding = (firstOf(leaf.headers, 'content-transfer-encoding') ?? '').trim().toLowerCase()
  if (encoding === 'base64') return Buffer.from(raw.toString('latin1').replace(/[^A-Za-z0-9+/]/g, ''), 'base64')
  if (encoding === 'quoted-printable') return fromQuoted(raw.toString('latin1'))
  return raw
}
const fromQuoted = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/=[ \t]*\r?\n/g, '')
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  )

const isText = (leaf: Leaf): boolean => leaf.type === 'text/plain' || leaf.type === 'text/html'

/** Of the first text that says or shows one: raw 8-bit headers are read by it. */
export function fallbackCharset(bytes: Uint8Array, { leaves }: Structure): string | null {
  for (const leaf of leaves.filter(isText)) {
    const body = textBytes(bytes, leaf)
    const label = labelOf(leaf, body)
    if (hasHighBytes(body)) return charsetOf(body, label)
    if (label !== null) return charsetNamed(label)
  }
  return null
}

/** What the part says of itself; HTML without a label may say it inside. */
export function labelOf({ headers, type }: Leaf, body: Buffer): string | null {
  const label = parameter(firstOf(headers, 'content-type'), 'charset')
  if (label !== null || type !== 'text/html') return label
  const found = /<meta\b[^>]{0,300}?\bcharset\s{0,3}=\s{0,3}["']?([\w.:-]{1,40})/i.exec(
    body.toString('latin1', 0, 2_048),
  )
  return found?.[1] ?? null
}
const fittingCharset = (bytes: Uint8Array, leaf: Leaf): string => {
  const body = textBytes(bytes, leaf)
  return charsetOf(body, labelOf(leaf, body))
}

const single: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
])

/** Each header once where there may be one (the first counts), in UTF-8, its words clean; what was lifted stays out. */
export function repaired(
  bytes: Uint8Array,
  structure: Structure,
  { fallback, lifted }: { readonly fallback: string | null; readonly lifted: Lifted },
): Uint8Array {
  const top = structure.leaves.find((it) => it.headerStart === 0)
  const charset = top === undefined || !isText(top) ? null : fittingCharset(bytes, top)
  const pieces: Uint8Array[] = [headerBytes(structure.headers, { fallback, charset })]
  let at = structure.bodyStart
  for (const leaf of structure.leaves) {
    if (leaf.headerStart < at) continue
    const fitting = isText(leaf) ? fittingCharset(bytes, leaf) : null
    pieces.push(...unpadded(bytes, at, leaf.headerStart), headerBytes(leaf.headers, { fallback, charset: fitting }))
    const standIn = lifted.standIn(leaf)
    if (standIn !== undefined) pieces.push(standIn)
    at = standIn === undefined ? leaf.bodyStart : leaf.bodyEnd
  }
  pieces.push(bytes.subarray(at))
  return Buffer.concat(pieces)
}

/** Blanks behind a boundary are allowed (RFC 2046, 5.1.1); the library loses the part that begins there. */
function unpadded(bytes: Uint8Array, from: number, to: number): readonly Uint8Array[] {
  let end = to
  while (end > from && (bytes[end - 1] === lf || bytes[end - 1] === cr)) end -= 1
  let last = end
  while (last > from && (bytes[last - 1] === 0x20 || bytes[last - 1] === 0x09)) last -= 1
  return last === end ? [bytes.subarray(from, to)] : [bytes.subarray(from, last), bytes.subarray(end, to)]
}

interface Mend {
  readonly fallback: string | null
  /** What the text of this part is in. */
  readonly charset: string | null
}

function headerBytes(headers: readonly RawHeader[], mend: Mend): Uint8Array {
  const seen = new Set<string>()
  const lines: string[] = []
  for (const { name, value } of headers) {
    if (single.has(name) && seen.has(name)) continue
    seen.add(name)
    lines.push(`${name}: ${mended(name, value, mend)}\r\n`)
  }
  if (mend.charset !== null && !seen.has('content-type'))
    lines.push(`content-type: text/plain; charset=${mend.charset}\r\n`)
  return Buffer.from(`${lines.join('')}\r\n`)
}

function mended(name: string, value: string, { fallback, charset }: Mend): string {
  if (name === 'content-type') {
    const text = repairedWords(value, fallback)
    return charset === null
      ? text
      : `${text.replace(/;?\s{0,20}charset\s{0,20}=\s{0,20}("[^"]*"|[^\s;]*)/i, '')}; charset="${charset}"`
  }
  if (name === 'content-transfer-encoding') return encodings.has(value.trim().toLowerCase()) ? value.trim() : '8bit'
  return repairedWords(value, fallback)
}
const encodings: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable'])
