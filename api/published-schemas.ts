// JSON Schemas by name: the data of every published event, the envelope they come in, and the file of desk settings.
import { Type, type TSchema } from '@fastify/type-provider-typebox'
import { schemaAddress } from '../core/rules/cloud-event.ts'
import { dataSchemas, origins, publishedTypes, type EventType } from '../schemas/events.ts'
import { instant } from '../schemas/shapes.ts'
import { applySchema } from './apply-schema.ts'

const draft = 'https://json-schema.org/draft/2020-12/schema'

/** Null: no such schema. */
export function publishedSchema(name: string): object | null {
  if (name === 'apply') return named(name, applySchema)
  if (name === 'event') return named(name, EventSchema)
  return (publishedTypes as readonly string[]).includes(name) ? named(name, dataSchemaOf(name as EventType)) : null
}
export const schemaNames: readonly string[] = [...publishedTypes, 'event', 'apply']

const named = (name: string, schema: TSchema): object => ({
  $schema: draft,
  $id: schemaAddress(name),
  title: name,
  ...plain(schema),
})

/** As the feed gives it: the data, and when we had it. Readers take fields they do not know. */
export function dataSchemaOf(type: EventType): TSchema {
  const { properties } = dataSchemas[type] as unknown as { readonly properties: Record<string, TSchema> }
  return Type.Object({ ...properties, receivedAt: instant })
}

export const EventSchema = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ description: 'A repeat carries the same id: drop repeats by it.' }),
  source: Type.String({ description: '/workspace/channel/account' }),
  type: Type.Enum([...publishedTypes]),
  subject: Type.String({ description: 'The ticket; before one is known, the lane of the conversation.' }),
  time: Type.String({ format: 'date-time', description: 'When it happened, by the vendor.' }),
  schemaversion: Type.String(),
  datacontenttype: Type.Literal('application/json'),
  dataschema: Type.String(),
  partitionkey: Type.String({ description: 'Order is kept among events of one key within one topic.' }),
  workspace: Type.String(),
  channel: Type.Optional(Type.String()),
  account: Type.Optional(Type.String()),
  correlationid: Type.String({ description: 'One id from the webhook to the reply.' }),
  causationid: Type.Optional(Type.String({ description: 'The event this one came of.' })),
  actor: Type.String({ description: 'customer:con_…, tool:key_…, system' }),
  origin: Type.Enum([...origins]),
  sequence: Type.Optional(Type.String({ description: 'Of the feed, per workspace; absent on Kafka.' })),
  data: Type.Object({}, { additionalProperties: true }),
})

/** Without what TypeBox keeps for itself. */
export const plain = (schema: TSchema): Record<string, unknown> =>
  JSON.parse(JSON.stringify(schema)) as Record<string, unknown>
