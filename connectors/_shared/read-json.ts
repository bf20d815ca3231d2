// Reads a vendor's JSON without trusting it: every digit kept, depth bounded, each field checked where it is used.
import { GatewayError, isGatewayError } from '../../core/errors.ts'

/** An object as it came; `__proto__` is a key like any other in it, and nothing is ever assigned from it. */
export type Json = Readonly<Record<string, unknown>>

/** Deeper than any vendor nests; a parser that recurses meets nothing worse (S7). */
export const maxDepth = 32
const openBracket = 0x5b
const openBrace = 0x7b
const quote = 0x22
const backslash = 0x5c

/** Nothing of these bytes can be read; ingest keeps them and puts them aside. */
export const unreadable = (what: string, found: string): GatewayError =>
  new GatewayError('event.invalid', `Reading ${what}: ${found}. The bytes are kept; nothing of them was used.`)

/** The text of the bytes; broken UTF-8 reads as U+FFFD, as the bytes themselves are kept beside it. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes)

/** Counts brackets outside strings, before anything recursive sees the bytes. */
export function depthOf(bytes: Uint8Array): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!
    if (byte === quote) at = endOfString(bytes, at)
    else if (byte === openBrace || byte === openBracket) deepest = Math.max(deepest, (depth += 1))
    else if (byte === openBrace + 2 || byte === openBracket + 2) depth -= 1
  }
  return deepest
}
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from + 1
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at
}

/** A long run of digits or an exponent after a colon, bracket or comma: only then is the slower, exact way needed. */
const mayRound = /[:[,]\s*-?(?:\d{16}|\d+\.\d{15}|\d+(?:\.\d+)?[eE])/

/** A call is read to find its routes and at once again for its items. One is enough, and a WeakMap costs more in the collector than it saves. */
let last: { readonly bytes: Uint8Array; readonly value: Json } | null = null

/** The object in these bytes. Numbers a double would round (64-bit ids) stay text, digit for digit. Throws `unreadable`. */
export function readJson(bytes: Uint8Array, what: string): Json {
  if (last?.bytes === bytes) return last.value
  if (depthOf(bytes) > maxDepth) throw unreadable(what, `it is nested deeper than ${maxDepth} levels`)
  const value = parse(textOf(bytes), what)
  if (!isObject(value)) throw unreadable(what, 'it is not a JSON object')
  last = { bytes, value }
  return value
}
/** Null where there is no object in it: for callers to whom that is an answer too. */
export function readJsonOrNull(bytes: Uint8Array, what: string): Json | null {
  try {
    return readJson(bytes, what)
  } catch (error) {
    if (isGatewayError(error, 'event.invalid')) return null
    throw error
  }
}
function parse(text: string, what: string): unknown {
  try {
    return mayRound.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable(what, 'it is not JSON')
    throw error
  }
}
function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value)) ? value : context.source
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Only what the sender wrote: never what every object inherits. */
export const field = (from: unknown, key: string): unknown =>
  isObject(from) && Object.hasOwn(from, key) ? from[key] : undefined
export function objectAt(from: unknown, key: string): Json | undefined {
  const value = field(from, key)
  return isObject(value) ? value : undefined
}
export function listAt(from: unknown, key: string): readonly unknown[] {
  const value = field(from, key)
  return Array.isArray(value) ? value : []
}
/** A string that says something. */
export function textAt(from: unknown, key: string): string | undefined {
  const value = field(from, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}
export function numberAt(from: unknown, key: string): number | undefined {
  const value = field(from, key)
  return typeof value === 'number' ? value : undefined
}
/** An id: text, or a number whose digits are all there. */
export function idAt(from: unknown, key: string): string | undefined {
  const value = field(from, key)
  return Number.isSafeInteger(value) ? String(value) : textAt(from, key)
}
/** Leaves out what is not there, so that a part holds only what was said. */
export function present<T extends object>(of: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
