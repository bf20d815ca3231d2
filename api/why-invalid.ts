// Says which field of a request does not fit and what would; for an unknown one, what was perhaps meant.
import type { FastifyError, FastifySchema } from 'fastify'
import { nearest } from '../core/rules/nearest.ts'
import type { Trouble } from './problem.ts'

interface SchemaPart {
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly items?: SchemaPart
  readonly description?: string
  readonly enum?: readonly unknown[]
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
): Pick<Trouble, 'code' | 'detail' | 'field'> {
  const found = ((error.validation ?? []) as readonly Found[]).toSorted(unknownFirst)[0] ?? {}
  const path = (found.instancePath ?? '').split('/').slice(1)
  const part = partAt(schema?.[error.validationContext as keyof FastifySchema] as SchemaPart | undefined, path)
  const unknown = namesOf(found.params?.['additionalProperties'])[0]
  if (unknown !== undefined) return unknownField(unknown, path, part)
  const missing = namesOf(found.params?.['requiredProperties'])[0]
  const field = [...path, ...(missing === undefined ? [] : [missing])].join('.')
  const detail =
    missing === undefined ? `${field === '' ? 'The body' : field} ${words(found, part)}` : `${field} is missing.`
  return { code: 'invalid', detail, ...(field === '' ? {} : { field }) }
}

/** Of several faults a mistyped name explains most: the field it was meant to be is then missing too. */
const unknownFirst = (a: Found, b: Found): number => rank(a) - rank(b)
const rank = ({ keyword }: Found): number => (keyword === 'additionalProperties' ? 0 : keyword === 'required' ? 1 : 2)

function unknownField(name: string, path: readonly string[], part: SchemaPart | undefined) {
  const known = Object.keys(part?.properties ?? {})
  const meant = nearest(name, known)
  const hint = meant === null ? ` Known are: ${known.join(', ')}.` : ` Did you mean ${meant}?`
  const field = [...path, name].join('.')
  return { code: 'unknown_field', field, detail: `${field} is not a field here.${hint}` }
}

function words(found: Found, part: SchemaPart | undefined): string {
  const said = part?.enum === undefined ? (found.message ?? 'does not fit') : `must be one of ${part.enum.join(', ')}`
  return part?.description === undefined ? `${said}.` : `${said} (${part.description})`
}

const namesOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []

function partAt(schema: SchemaPart | undefined, path: readonly string[]): SchemaPart | undefined {
  let part = schema
  for (const step of path) part = part?.properties?.[step] ?? (/^\d+$/.test(step) ? part?.items : undefined)
  return part
}
