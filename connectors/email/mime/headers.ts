// The raw header lines of a mail, in their order and as they came: what no parser may reorder, repair or replace.
import { limits, TooMuch } from './limits.ts'

/** `value` holds one character a byte (latin1), unfolded: charsets are somebody else's question. */
export interface RawHeader {
  readonly name: string
  readonly value: string
}
export interface HeaderBlock {
  readonly headers: readonly RawHeader[]
  /** Where the body begins. */
  readonly end: number
}

const lf = 0x0a
const cr = 0x0d
const colon = 0x3a
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09

/** From `start` to the first empty line, or to `stop`. A line that is no header is passed over, as every mail reader does. */
export function headerBlock(bytes: Uint8Array, start: number, stop: number): HeaderBlock {
  const headers: RawHeader[] = []
  let at = start
  while (at < stop) {
    const first = lineEnd(bytes, at, stop)
    if (first.length === 0) return { headers, end: first.next }
    let end = first
    while (end.next < stop && isBlank(bytes[end.next])) end = lineEnd(bytes, end.next, stop)
    const header = headerIn(bytes.subarray(at, end.end))
    if (header !== null) headers.push(header)
    at = end.next
    checked(headers.length, at - start)
  }
  return { headers, end: stop }
}

function checked(lines: number, bytes: number): void {
  if (lines > limits.headerLines) throw new TooMuch(`it has more than ${limits.headerLines} header lines`)
  if (bytes > limits.headerBytes) throw new TooMuch(`its header is larger than ${limits.headerBytes} bytes`)
}

function lineEnd(bytes: Uint8Array, at: number, stop: number): { length: number; end: number; next: number } {
  const found = bytes.indexOf(lf, at)
  const next = found === -1 || found >= stop ? stop : found + 1
  let end = found === -1 || found >= stop ? stop : found
  while (end > at && bytes[end - 1] === cr) end -= 1
  return { length: end - at, end, next }
}

function headerIn(line: Uint8Array): RawHeader | null {
  const at = line.indexOf(colon)
  if (at <= 0 || at > 200) return null
  const name = latin1(line.subarray(0, at)).trimEnd().toLowerCase()
  if (!/^[!-9;-~]+$/.test(name)) return null
  const raw = latin1(line.subarray(at + 1, at + 1 + limits.headerLineBytes))
  return { name, value: raw.replace(/\r?\n/g, '').replaceAll('\r', ' ').trim() }
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** The first one: the hop that checked this mail may have looked at no other (the last one is what forgers add). */
export const firstOf = (headers: readonly RawHeader[], name: string): string | null =>
  headers.find((it) => it.name === name)?.value ?? null
export const allOf = (headers: readonly RawHeader[], name: string): readonly string[] =>
  headers.filter((it) => it.name === name).map((it) => it.value)

/** `type/subtype` of a Content-Type, in small letters. */
export const mediaType = (value: string | null): string =>
  /^\s*([!-~]+?\/[!-~]+?)\s*(?:;|$)/.exec((value ?? '').slice(0, 500))?.[1]?.toLowerCase() ?? ''

/** A parameter of a structured header, its quotes taken off; null where it is not there. Good enough for boundary, charset and the like. */
export function parameter(value: string | null, name: string): string | null {
  const found = new RegExp(`(?:^|[;\\s])${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(
    (value ?? '').slice(0, 8_000),
  )
  const text = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2]
  return text === undefined ? null : text
}
