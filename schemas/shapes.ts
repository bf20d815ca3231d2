// Small builders that the schemas share, so that each field carries its description in one line.
import Type, { type TSchema } from 'typebox'
import type { BlobRef, Instant } from './ids.ts'

export const text = (description: string) => Type.String({ description })
export const nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description })
export const record = <T extends TSchema>(value: T, description: string) =>
  Type.Record(Type.String(), value, { description })
/** Objects that readers must take with fields they do not know. */
export const open = { additionalProperties: true } as const
export const instant = Type.Unsafe<Instant>(
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
    description: 'RFC 3339, UTC, milliseconds.',
  }),
)
export const blobRef = Type.Unsafe<BlobRef>(
  Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'Where the bytes lie: sha256:<hex>.' }),
)
export const oneOf = <const T extends readonly string[]>(values: T, description?: string) =>
  Type.Unsafe<T[number]>(Type.Enum([...values], description === undefined ? {} : { description }))
