// Turns whatever was handed to the logger into plain, short, harmless data: no secret, no person, no escape (S14, S18, S19).
import { GatewayError } from '../../core/errors.ts'
import { characters, maskAddress, maskCredentials, maskPersons, meaningOf, neutralise } from './personal-data.ts'
import type { KeyMeans } from './personal-data.ts'
import { secretMark } from './secret-values.ts'
import type { SecretValues } from './secret-values.ts'

const longestText = 2_000
const mostItems = 50
const mostDepth = 6
const mostCauses = 4
const mostFrames = 12

interface Walk {
  readonly secrets: SecretValues
  readonly above: readonly object[]
  readonly means: KeyMeans
}

/** The facts of a line, safe to write; a later object's fact stands over an earlier one's. */
export function cleanAbout(
  facts: readonly Readonly<Record<string, unknown>>[],
  secrets: SecretValues,
): Record<string, unknown> {
  return cleanFields(new Map(facts.flatMap(readable)), { secrets, above: [...facts], means: 'other' })
}

/** Looks at twice of what it shows: what is taken out makes room. */
export function cleanText(text: string, secrets: SecretValues, isTechnical = false): string {
  const seen = secrets.redact(text, Math.min(text.length, longestText * 2))
  const clean = neutralise(maskPersons(maskCredentials(seen), isTechnical))
  const more = Math.max(0, text.length - longestText * 2) + Math.max(0, clean.length - longestText)
  return more > 0 ? `${clean.slice(0, longestText)}…[+${more} characters]` : clean
}

function cleanFields(entries: Iterable<readonly [string, unknown]>, walk: Walk): Record<string, unknown> {
  const clean: [string, unknown][] = []
  for (const [key, value] of entries) {
    if (value === undefined) continue
    if (clean.length === mostItems) {
      clean.push(['…', 'more fields'])
      break
    }
    clean.push([
      cleanText(key, walk.secrets, true).slice(0, 80),
      cleanValue(value, { ...walk, means: meaningUnder(walk.means, key) }),
    ])
  }
  return Object.fromEntries(clean)
}

/** What is secret or personal stays so all the way down: `text: { body }`, `headers.authorization: [ … ]`. */
const meaningUnder = (outer: KeyMeans, key: string): KeyMeans => {
  const own = meaningOf(key)
  if (outer === 'secret' || own === 'secret') return 'secret'
  return (outer === 'person' || outer === 'address') && own !== 'address' ? outer : own
}

function cleanValue(value: unknown, walk: Walk): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (walk.means === 'secret') return secretMark
  if (typeof value === 'string') return cleanString(value, walk)
  if (typeof value === 'number' || typeof value === 'bigint') return cleanNumber(value, walk)
  if (typeof value !== 'object') return `[${typeof value}]`
  if (walk.above.includes(value)) return '[circular]'
  if (walk.above.length >= mostDepth + 2) return '[deeper]'
  return cleanObject(value, { ...walk, above: [...walk.above, value] })
}

/** An id of ours names nobody: `message: msg_…` and `raw: raw_…` stay readable. */
const houseId = /^(?:[a-z]{3}_[0-9a-f]{32}|sha256:[0-9a-f]{64})$/

function cleanString(text: string, walk: Walk): string {
  if (houseId.test(text)) return text
  if (walk.means === 'person') return characters(text)
  if (walk.means === 'address') return neutralise(walk.secrets.redact(maskAddress(text)))
  return cleanText(text, walk.secrets, walk.means === 'technical')
}

function cleanNumber(value: number | bigint, walk: Walk): unknown {
  const digits = String(value).length
  if ((walk.means === 'address' && digits > 6) || (walk.means === 'person' && digits > 9))
    return maskAddress(String(value))
  return typeof value === 'bigint' || !Number.isFinite(value) ? String(value) : value
}

function cleanObject(value: object, walk: Walk): unknown {
  if (value instanceof Error) return cleanError(value, walk)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString()
  if (value instanceof URL || value instanceof URLSearchParams || value instanceof RegExp)
    return cleanString(String(value), walk)
  if (value instanceof Map || value instanceof Headers) return cleanFields(pairsOf(value), walk)
  if (Array.isArray(value) || value instanceof Set) return cleanList([...value], walk)
  return cleanFields(readable(value), walk)
}

const pairsOf = (map: Map<unknown, unknown> | Headers): [string, unknown][] =>
  [...map.entries()].map(([key, value]) => [String(key), value])

/** Header lists are pairs: what the name says holds for the value. */
function cleanList(items: readonly unknown[], walk: Walk): readonly unknown[] {
  const [name, value] = items
  const isPair = items.length === 2 && typeof name === 'string' && typeof value === 'string'
  if (isPair && walk.means === 'other' && meaningOf(name) !== 'other')
    return Object.entries(cleanFields([[name, value]], walk)).flat()
  const clean = items.slice(0, mostItems).map((item) => cleanValue(item, walk))
  return items.length > mostItems ? [...clean, `[+${items.length - mostItems} items]`] : clean
}

/** A getter that throws must not cost us the line. */
const readable = (value: object): [string, unknown][] =>
  Object.keys(value).map((key) => {
    try {
      return [key, (value as Record<string, unknown>)[key]]
    } catch {
      return [key, '[unreadable]']
    }
  })

/** Only what an error says of itself: libraries hang requests, headers and bodies on theirs. */
function cleanError(error: Error, walk: Walk): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown }
  const causes = walk.above.filter((one) => one instanceof Error).length
  const inner = { ...walk, means: 'other' } as const
  const text = (it: string): string => cleanText(it, walk.secrets)
  return {
    type: text(error.name),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: text(String(code)) } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    message: text(error.message),
    ...(error instanceof GatewayError ? { about: cleanValue(error.about, inner) } : {}),
    stack: framesOf(error).map((frame) => cleanText(frame, walk.secrets, true)),
    ...(error.cause !== undefined && causes < mostCauses ? { cause: cleanValue(error.cause, inner) } : {}),
    ...(error instanceof AggregateError && causes < mostCauses ? { errors: cleanList(error.errors, inner) } : {}),
  }
}

/** Only the frames: the message, which may hold anything, stands before them and is told on its own. */
const framesOf = (error: Error): readonly string[] => {
  const lines = String(error.stack ?? '').split('\n')
  const frames = lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
  return frames.slice(-mostFrames * 2).slice(0, mostFrames)
}
