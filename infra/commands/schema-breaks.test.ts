// Which changes of a schema are refused within one version, and which are not.
import Type, { type TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import { breaksOf, type Shape } from './schema-breaks.ts'

const breaks = (old: TSchema, now: TSchema) =>
  breaksOf(JSON.parse(JSON.stringify(old)) as Shape, JSON.parse(JSON.stringify(now)) as Shape, 'it')
const text = Type.String()
const object = Type.Object

describe('what may change within a version (G18)', () => {
  it.each([
    ['nothing', object({ a: text }), object({ a: text })],
    ['other words about it', object({ a: text }), object({ a: Type.String({ description: 'now explained' }) })],
    ['a field that may be absent', object({ a: text }), object({ a: text, b: Type.Optional(text) })],
    ['a word more', object({ a: oneOf(['x', 'y']) }), object({ a: oneOf(['x', 'y', 'z']) })],
    ['a constant that becomes a list with it', object({ a: Type.Literal('x') }), object({ a: oneOf(['x', 'y']) })],
    [
      'the same choices in another order',
      object({ a: Type.Union([text, Type.Null()]) }),
      object({ a: Type.Union([Type.Null(), text]) }),
    ],
    [
      'a field that may be absent, inside a choice and a list',
      object({ a: nullable(Type.Array(object({ b: text }))) }),
      object({ a: nullable(Type.Array(object({ b: text, c: Type.Optional(text) }))) }),
    ],
  ])('%s', (_what, old, now) => {
    expect(breaks(old, now)).toEqual([])
  })
})

describe('what may not (G18)', () => {
  it.each([
    ['a field is gone', object({ a: text, b: text }), object({ a: text }), 'it.b: it is gone'],
    ['a field has another name', object({ a: text }), object({ b: text }), 'it.a: it is gone'],
    ['a new field must be there', object({ a: text }), object({ a: text, b: text }), 'it.b: it is new and must be'],
    ['a field must now be there', object({ a: Type.Optional(text) }), object({ a: text }), 'it.a: it must now'],
    ['a field may now be absent', object({ a: text }), object({ a: Type.Optional(text) }), 'it.a: it need not'],
    ['another type', object({ a: text }), object({ a: Type.Integer() }), 'it.a: its type was "string"'],
    ['null besides', object({ a: text }), object({ a: nullable(text) }), 'it.a: it can now also be null'],
    ['no null any more', object({ a: nullable(text) }), object({ a: text }), 'it.a: it can no longer be null'],
    ['a word less', object({ a: oneOf(['x', 'y']) }), object({ a: oneOf(['x']) }), '"y" is no longer'],
    ['free text becomes words', object({ a: text }), object({ a: oneOf(['x']) }), 'it.a: it was free'],
    ['words become free text', object({ a: oneOf(['x']) }), object({ a: text }), 'is not any more'],
    ['a limit', object({ a: text }), object({ a: Type.String({ minLength: 1 }) }), 'its minLength was not said'],
    [
      'a pattern',
      object({ a: Type.String({ pattern: 'a' }) }),
      object({ a: Type.String({ pattern: 'b' }) }),
      'pattern',
    ],
    ['deep inside', Type.Array(object({ a: text })), Type.Array(object({ b: text })), 'it[].a: it is gone'],
    ['in a choice', nullable(object({ a: text })), nullable(object({ b: text })), 'it can no longer be object'],
    [
      'in the values of a record',
      Type.Record(text, object({ a: text })),
      Type.Record(text, object({ a: Type.Integer() })),
      'its type was "string"',
    ],
    [
      'unknown fields are refused',
      object({ a: text }),
      object({ a: text }, { additionalProperties: false }),
      'its additionalProperties was not said',
    ],
  ])('%s', (_what, old, now, why) => {
    expect(breaks(old, now).join('\n')).toContain(why)
  })
})
