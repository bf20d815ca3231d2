// Bodies that nearly fit a JSON Schema: right but for a place or two, so that a call gets past its gate and further in.
import fc, { type Arbitrary } from 'fast-check'
import { hostileText, hostileValue } from './hostile.ts'

export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
}

const wrongInTen = 1
const right = 10 - wrongInTen

export function fitting(schema: Schema, ids: Arbitrary<string>, depth = 0): Arbitrary<unknown> {
  const fits = depth > 5 ? hostileValue : fit(schema, ids, depth)
  return fc.oneof({ weight: right, arbitrary: fits }, { weight: wrongInTen, arbitrary: hostileValue })
}

function fit(schema: Schema, ids: Arbitrary<string>, depth: number): Arbitrary<unknown> {
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (several !== undefined) return fc.oneof(...several.map((it) => fitting(it, ids, depth + 1)))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const type = typeof schema.type === 'string' ? schema.type : (schema.type?.[0] ?? 'object')
  if (type === 'object') return objectOf(schema, ids, depth)
  if (type === 'array') return fc.array(fitting(schema.items ?? {}, ids, depth + 1), { maxLength: 3 })
  if (type === 'integer' || type === 'number')
    return fc.integer({ min: schema.minimum ?? -5, max: Math.max(schema.minimum ?? -5, schema.maximum ?? 5) })
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  const instants = fc.constantFrom(
    '2026-11-27T00:00:00.000Z',
    '2026-11-27',
    '2030-01-01T00:00:00+14:00',
    '0001-01-01T00:00:00Z',
  )
  return fc.oneof(
    { weight: 3, arbitrary: ids },
    { weight: 3, arbitrary: hostileText },
    instants,
    fc.string({ maxLength: 12 }),
  )
}

function objectOf(schema: Schema, ids: Arbitrary<string>, depth: number): Arbitrary<unknown> {
  const entries = Object.entries(schema.properties ?? {})
  const free =
    schema.additionalProperties === true ||
    schema.patternProperties !== undefined ||
    typeof schema.additionalProperties === 'object'
  if (entries.length === 0 || free)
    return fc.dictionary(fc.oneof(hostileText, fc.string({ maxLength: 8 })), hostileValue, { maxKeys: 4 })
  const fields = Object.fromEntries(entries.map(([name, it]) => [name, fitting(it, ids, depth + 1)]))
  const must = [...(schema.required ?? [])].filter((name) => name in fields)
  return fc.oneof(
    { weight: 9, arbitrary: fc.record(fields, { requiredKeys: must }) },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  )
}
