// Says which field of a request does not fit and what would; for an unknown one, what was perhaps meant.
import type { FastifyError, FastifySchema } from 'fastify'
import { whyNoCondition } from '../core/rules/condition-shape.ts'
import { nearest } from '../core/rules/nearest.ts'
import type { Trouble } from './problem.ts'

interface SchemaPart {
  readonly properties?: Readonly<Record<string, SchemaPart>>
  /** Of names that are made by a rule. */
  readonly patternProperties?: Readonly<Record<string, SchemaPart>>
  readonly items?: SchemaPart
  readonly description?: string
  readonly anyOf?: readonly SchemaPart[]
  readonly $ref?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly required?: readonly string[]
}
interface Found {
  readonly keyword?: string
  readonly instancePath?: string
  readonly message?: string
  readonly params?: Readonly<Record<string, unknown>>
}

export function whyInvalid(
  error: FastifyError,
  schema: FastifySchema | undefined,
  value?: unknown,
): Pick<Trouble, 'code' | 'detail' | 'field'> {
  const found = ((error.validation ?? []) as readonly Found[]).toSorted(unknownFirst)[0] ?? {}
  const path = (found.instancePath ?? '').split('/').slice(1)
  const whole = schema?.[error.validationContext as keyof FastifySchema] as SchemaPart | undefined
  const trouble = whyNotThisTree(whole, path, value)
  if (trouble !== null) return { code: 'invalid', detail: `${trouble.field}: ${trouble.why}`, field: trouble.field }
  const part = partAt(whole, path)
  const odd = noSuchWay(part, path, value)
  if (odd !== null) return odd
  const unknown = namesOf(found.params?.['additionalProperties'])[0]
  if (unknown !== undefined) return unknownField(unknown, path, part)
  const missing = namesOf(found.params?.['requiredProperties'])[0]
  const field = [...path, ...(missing === undefined ? [] : [missing])].join('.')
  const detail =
    missing === undefined ? `${field === '' ? 'The body' : field} ${words(found, part)}` : `${field} is missing.`
  return { code: 'invalid', detail, ...(field === '' ? {} : { field }) }
}

/** A condition is a tree that may be many things at every place: what fits none of them is told by walking it, not by all of the ways it fails. */
function whyNotThisTree(whole: SchemaPart | undefined, path: readonly string[], value: unknown) {
  const at = path.findIndex((_, n) => isCondition(partAt(whole, path.slice(0, n + 1))))
  if (at < 0) return null
  const way = path.slice(0, at + 1)
  return whyNoCondition(valueAt(value, way), way.join('.'))
}
const isCondition = (part: SchemaPart | undefined): boolean =>
  part?.anyOf?.some(({ $ref }) => /^Condition(?:Of\d+)?$/.test($ref ?? '')) === true

/** What may be one of several things says by a word which: where that word is none of theirs or is not there, what is wrong with each of them says nothing. */
function noSuchWay(part: SchemaPart | undefined, path: readonly string[], value: unknown) {
  const ways = allWays(part).filter(({ properties }) => properties !== undefined)
  const given = valueAt(value, path) as Readonly<Record<string, unknown>> | null | undefined
  if (ways.length < 2 || typeof given !== 'object' || given === null) return null
  for (const name of Object.keys(ways[0]?.properties ?? {})) {
    const among = ways.map(({ properties }) => properties?.[name]?.enum)
    if (among.includes(undefined)) continue
    const known = [...new Set(among.flatMap((it) => it ?? []))]
    const field = [...path, name].join('.')
    const isMissing = !Object.hasOwn(given, name)
    if (isMissing && ways.every(({ required }) => required?.includes(name) === true))
      return { code: 'invalid', field, detail: `${field} is missing.` }
    if (!isMissing && !known.includes(given[name]))
      return { code: 'invalid', field, detail: `${field} must be one of ${known.join(', ')}.` }
  }
  return null
}
const allWays = (part: SchemaPart | undefined): readonly SchemaPart[] =>
  part === undefined ? [] : [part, ...(part.anyOf ?? []).flatMap(allWays)]
const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((it: unknown, step) => (it as Readonly<Record<string, unknown>> | null | undefined)?.[step], value)

/** Of several faults a mistyped name explains most: the field it was meant to be is then missing too. */
const unknownFirst = (a: Found, b: Found): number => rank(a) - rank(b)
const rank = ({ keyword }: Found): number => (keyword === 'additionalProperties' ? 0 : keyword === 'required' ? 1 : 2)

function unknownField(name: string, path: readonly string[], part: SchemaPart | undefined) {
  // What another of its ways may have is not what was meant here.
  const known = [...new Set(allWays(part).flatMap(({ properties }) => Object.keys(properties ?? {})))].filter(
    (it) => it !== name,
  )
  const meant = nearest(name, known)
  const others = known.length > 0 ? ` Known are: ${known.join(', ')}.` : inWords(part)
  const hint = meant === null ? others : ` Did you mean ${meant}?`
  const field = [...path, name].join('.')
  return { code: 'unknown_field', field, detail: `${field} is not a field here.${hint}` }
}

/** Where names are made by a rule there is no list of them. */
const inWords = (part: SchemaPart | undefined): string =>
  part?.description === undefined ? '' : ` (${part.description})`

function words(found: Found, part: SchemaPart | undefined): string {
  const among = waysOf(part).find((it) => it.enum !== undefined)?.enum ?? constantsOf(part)
  const said = among === undefined ? (found.message ?? 'does not fit') : `must be one of ${among.join(', ')}`
  return part?.description === undefined ? `${said}.` : `${said}${inWords(part)}`
}

/** Words that are written one by one. */
function constantsOf(part: SchemaPart | undefined): readonly unknown[] | undefined {
  const ways = part?.anyOf ?? []
  return ways.length > 0 && ways.every((it) => it.const !== undefined) ? ways.map((it) => it.const) : undefined
}

const namesOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []

/** What may also be null is told by what else it may be. */
const waysOf = (part: SchemaPart | undefined): readonly SchemaPart[] =>
  part === undefined ? [] : [part, ...(part.anyOf ?? [])]

function partAt(schema: SchemaPart | undefined, path: readonly string[]): SchemaPart | undefined {
  let part = schema
  for (const step of path)
    part = waysOf(part)
      .map((way) => way.properties?.[step] ?? made(way, step) ?? (/^\d+$/.test(step) ? way.items : undefined))
      .find((it) => it !== undefined)
  return part
}
const made = ({ patternProperties = {} }: SchemaPart, name: string): SchemaPart | undefined =>
  Object.entries(patternProperties).find(([rule]) => new RegExp(rule, 'u').test(name))?.[1]
