// Mails that are text, HTML or both and nothing else, read without the library: most are, and its streams are a third of what reading costs.
import { charsetOf, hasHighBytes } from './charset.ts'
import { firstOf, parameter } from './headers.ts'
import { labelOf } from './repair.ts'
import type { Leaf, Structure } from './structure.ts'
import type { Tree } from './tree.ts'

const mostBytes = 1_000_000

/** Null: something about it is for the library to decide. What is read here is, to the byte, what the library would give. */
export function plainTree(bytes: Uint8Array, structure: Structure): Tree | null {
  const { leaves, multiparts } = structure
  const isAlternative = multiparts.length === 1 && multiparts[0] === 'multipart/alternative'
  if (leaves.length === 0 || leaves.length > 2 || !(isAlternative ? isClosed(bytes, structure) : isSingle(structure)))
    return null
  const found = { 'text/plain': '', 'text/html': '' }
  const seen = new Set<string>()
  for (const leaf of leaves) {
    if (!isBare(leaf) || seen.has(leaf.type)) return null
    seen.add(leaf.type)
    const content = contentOf(bytes, leaf, isAlternative)
    if (content === null) return null
    found[leaf.type] = content.toString('utf8').replace(/\r?\n/g, '\n')
  }
  return { text: found['text/plain'], html: found['text/html'], files: [], left: [] }
}

const isSingle = ({ multiparts, leaves }: Structure): boolean =>
  multiparts.length === 0 && leaves.length === 1 && leaves[0]!.headerStart === 0

/** Its boundary stands where a part begins, and at the end, and nowhere else. */
function isClosed(bytes: Uint8Array, { headers, leaves, type }: Structure): boolean {
  const encoding = firstOf(headers, 'content-transfer-encoding') ?? '8bit'
  const value = firstOf(headers, 'content-type') ?? ''
  const boundary = parameter(value, 'boundary') ?? ''
  if (
    type !== 'multipart/alternative' ||
    !clear.test(value) ||
    !/^[\w.=+-]{1,70}$/.test(boundary) ||
    !/^(?:[78]bit|binary)$/i.test(encoding)
  )
    return false
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const line = `--${boundary}`
  let count = 0
  for (let at = all.indexOf(line); at !== -1; at = all.indexOf(line, at + line.length)) count += 1
  const end = all.toString('latin1', leaves.at(-1)!.bodyEnd, leaves.at(-1)!.bodyEnd + boundary.length + 6)
  return count === leaves.length + 1 && /^(?:\r?\n|$)/.test(afterwards(end, `--${boundary}--`))
}

/** What follows the mark; where it is not there, something no line ends with. */
const afterwards = (text: string, mark: string): string => (text.startsWith(mark) ? text.slice(mark.length) : '-')

/** A Content-Type that everybody reads alike. */
const clear =
  /^(?:text\/(?:plain|html)|multipart\/alternative)(?:\s?;\s?[a-z-]{1,30}=(?:"[\w.:=+-]{1,70}"|[\w.:=+-]{1,70})){0,4};?$/i

type Bare = Leaf & { readonly type: 'text/plain' | 'text/html' }
/** Nothing but words: no name, no place of its own in the mail, no lines that flow. */
function isBare(leaf: Leaf): leaf is Bare {
  const { headers, type } = leaf
  const value = firstOf(headers, 'content-type')
  if ((type !== 'text/plain' && type !== 'text/html') || (value !== null && !clear.test(value))) return false
  if (['content-disposition', 'content-id', 'content-location'].some((it) => firstOf(headers, it) !== null))
    return false
  return value === null || !/\b(?:name|format|delsp|boundary)\b/i.test(value)
}

/** The bytes that are its words, in UTF-8; null where they are in another charset, or packed in a way that wants judgement. */
function contentOf(bytes: Uint8Array, leaf: Leaf, isBeforeBoundary: boolean): Buffer | null {
  const end = isBeforeBoundary ? withoutLineEnd(bytes, leaf) : leaf.bodyEnd
  if (end <= leaf.bodyStart || end - leaf.bodyStart > mostBytes) return null
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset + leaf.bodyStart, end - leaf.bodyStart)
  const content = unpacked(raw, (firstOf(leaf.headers, 'content-transfer-encoding') ?? '7bit').trim().toLowerCase())
  if (content === null) return null
  const charset = charsetOf(content, labelOf(leaf, content))
  return charset === 'utf-8' || (!hasHighBytes(content) && charset.startsWith('windows-125')) ? content : null
}

/** The line end before a boundary belongs to the boundary. */
function withoutLineEnd(bytes: Uint8Array, { bodyStart, bodyEnd }: Leaf): number {
  const end = bodyEnd - (bytes[bodyEnd - 1] === 0x0a ? 1 : 0)
  return Math.max(bodyStart, end - (end < bodyEnd && bytes[end - 1] === 0x0d ? 1 : 0))
}

function unpacked(raw: Buffer, encoding: string): Buffer | null {
  if (encoding === '7bit' || encoding === '8bit' || encoding === 'binary') return raw
  const text = raw.toString('latin1')
  if (encoding === 'base64') return /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(text) ? Buffer.from(text, 'base64') : null
  if (encoding !== 'quoted-printable' || /=(?![0-9A-F]{2}|\r\n)|[ \t]\r?\n|[ \t]$|[^\r]\n|\r(?!\n)/.test(text))
    return null
  const words = text.replaceAll('=\r\n', '')
  return Buffer.from(
    words.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  )
}
