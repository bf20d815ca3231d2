// winmail.dat: what Outlook packs a mail into (MS-OXTNEF). Its HTML, RTF or text, and its files; whatever does not fit is left alone (P12).
import { charsetOfPage, decoded } from './charset.ts'
import { decompressedRtf } from './compressed-rtf.ts'
import { fromRtf } from './rtf.ts'
import { cleanFileName } from '../../../core/rules/file-name.ts'

export interface Tnef {
  readonly html: string | null
  readonly text: string | null
  readonly files: readonly { readonly name: string; readonly type: string; readonly bytes: Buffer }[]
}
interface Piece {
  name: string
  type: string
  bytes: Buffer | null
}

const signature = 0x223e9f78
const attribute = {
  renderData: 0x9002,
  mapi: 0x9003,
  attachment: 0x9005,
  title: 0x8010,
  data: 0x800f,
  codepage: 0x9007,
} as const
const property = {
  body: 0x1000,
  html: 0x1013,
  rtf: 0x1009,
  longName: 0x3707,
  shortName: 0x3704,
  type: 0x370e,
  data: 0x3701,
  codepage: 0x3fde,
} as const
const mostFiles = 100
const mostProperties = 2_000

export const isTnef = (bytes: Uint8Array): boolean =>
  bytes.length > 16 && Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE(0) === signature

/** Never throws: a file that breaks off gives what stood before. */
export function tnefIn(given: Uint8Array): Tnef {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  const pieces: Piece[] = []
  let message: ReadonlyMap<number, Buffer> = new Map()
  let codepage = 'windows-1252'
  for (const { id, value } of attributesOf(bytes)) {
    if (id === attribute.renderData && pieces.length < mostFiles)
      pieces.push({ name: '', type: 'application/octet-stream', bytes: null })
    else if (id === attribute.codepage && value.length >= 4) codepage = charsetOfPage(value.readUInt32LE(0))
    else if (id === attribute.mapi) message = propertiesOf(value)
    else if (pieces.length > 0) add(pieces.at(-1)!, id, value, codepage)
  }
  const page = message.get(property.codepage)
  if (page !== undefined && page.length >= 4) codepage = charsetOfPage(page.readInt32LE(0))
  const html = message.get(property.html)
  const text = message.get(property.body)
  const rtf = html === undefined ? rtfOf(message.get(property.rtf)) : null
  return {
    html: html === undefined ? (rtf?.html ?? null) : decoded(html, codepage),
    text: text === undefined ? (rtf?.text ?? null) : string(text),
    files: pieces.flatMap(({ name, type, bytes: content }, n) =>
      content === null ? [] : [{ name: cleanFileName(name || undefined, `file-${n + 1}`), type, bytes: content }],
    ),
  }
}

function rtfOf(packed: Buffer | undefined) {
  const rtf = packed === undefined ? null : decompressedRtf(packed)
  return rtf === null ? null : fromRtf(rtf.toString('latin1'))
}

function* attributesOf(bytes: Buffer): Generator<{ readonly id: number; readonly value: Buffer }> {
  for (let at = 6; at + 9 <= bytes.length;) {
    const id = bytes.readUInt32LE(at + 1) & 0xffff
    const length = bytes.readUInt32LE(at + 5)
    const value = bytes.subarray(at + 9, at + 9 + length)
    if (value.length < length) return
    yield { id, value }
    at += 9 + length + 2
  }
}

function add(piece: Piece, id: number, value: Buffer, codepage: string): void {
  if (id === attribute.title) piece.name ||= beforeNul(decoded(value, codepage))
  if (id === attribute.data) piece.bytes = value
  if (id !== attribute.attachment) return
  const properties = propertiesOf(value)
  const name = properties.get(property.longName) ?? properties.get(property.shortName)
  const type = properties.get(property.type)
  if (name !== undefined) piece.name = string(name)
  if (type !== undefined && /^[\w.+-]+\/[\w.+-]+$/.test(string(type))) piece.type = string(type)
  piece.bytes ??= properties.get(property.data) ?? null
}

const beforeNul = (text: string): string => text.split('\0', 1)[0]!

/** UTF-16 where every other byte says so, else Latin. */
function string(value: Buffer): string {
  const isWide = value.length > 1 && value.length % 2 === 0 && value.includes(0) && value.at(-1) === 0
  return beforeNul(decoded(value, isWide && value.at(-2) === 0 ? 'utf-16le' : 'windows-1252'))
}

const fixedSizes: Readonly<Record<number, number>> = {
  0x02: 4,
  0x03: 4,
  0x04: 4,
  0x05: 8,
  0x06: 8,
  0x07: 8,
  0x0a: 4,
  0x0b: 4,
  0x14: 8,
  0x40: 8,
  0x48: 16,
}
const padded = (length: number): number => Math.ceil(length / 4) * 4

/** The first value of each; a type nobody knows ends the list, for nothing after it can be found. */
function propertiesOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>()
  try {
    const count = Math.min(bytes.readUInt32LE(0), mostProperties)
    let at = 4
    for (let n = 0; n < count; n += 1) at = readProperty(bytes, at, found)
  } catch (error) {
    // Broken off: what was read before stands.
    if (!(error instanceof RangeError)) throw error
  }
  return found
}

function readProperty(bytes: Buffer, start: number, found: Map<number, Buffer>): number {
  const type = bytes.readUInt16LE(start) & 0xfff
  const isMany = (bytes.readUInt16LE(start) & 0x1000) !== 0
  const id = bytes.readUInt16LE(start + 2)
  let at = id >= 0x8000 ? afterName(bytes, start + 4) : start + 4
  const fixed = fixedSizes[type]
  const isLong = fixed === undefined
  if (isLong && ![0x0d, 0x1e, 0x1f, 0x102].includes(type)) throw new RangeError('a type nobody knows')
  let values = 1
  if (isMany || isLong) {
    values = bytes.readUInt32LE(at)
    at += 4
  }
  for (let n = 0; n < Math.min(values, mostProperties); n += 1) {
    const length = isLong ? bytes.readUInt32LE(at) : fixed
    if (isLong) at += 4
    if (at + length > bytes.length) throw new RangeError('cut off')
    // An embedded object begins with 16 bytes that name what it is.
    if (!found.has(id)) found.set(id, bytes.subarray(type === 0x0d ? at + 16 : at, at + length))
    at += padded(length)
  }
  return at
}

function afterName(bytes: Buffer, at: number): number {
  const kind = bytes.readUInt32LE(at + 16)
  return kind === 0 ? at + 24 : at + 24 + padded(bytes.readUInt32LE(at + 20))
}
