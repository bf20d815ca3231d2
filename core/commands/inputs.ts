// Pieces of input that several commands take, each described once.
import { Type } from 'typebox'
import { oneOf } from '../../schemas/shapes.ts'

export const closed = { additionalProperties: false } as const
export const ticketId = Type.String({ pattern: '^tkt_[0-9a-f]{32}$', description: 'The ticket: tkt_…' })
export const messageText = Type.String({ maxLength: 100_000, description: 'What is said, as plain text.' })
export const templateInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 512, description: 'As the vendor knows the template.' }),
    language: Type.String({ minLength: 2, maxLength: 35, description: 'Of the template: `tr`, `en_US`.' }),
    values: Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 4096 }), {
      description: 'What goes into its variables, by name or place.',
      maxProperties: 100,
    }),
  },
  { ...closed, description: 'A message the vendor has approved beforehand.' },
)
export const partsInput = Type.Array(
  Type.Object(
    { kind: Type.String({ minLength: 1, description: 'location, contacts, interactive …' }) },
    { additionalProperties: true, description: 'What the kind needs, as the channel’s page says.' },
  ),
  { maxItems: 10, description: 'Content that is neither text nor a file.' },
)
export const attachmentsInput = Type.Array(Type.String({ pattern: '^att_[0-9a-f]{32}$' }), {
  maxItems: 50,
  uniqueItems: true,
  description: 'Files that were uploaded before: att_…',
})
export const addressInput = Type.String({
  minLength: 1,
  maxLength: 320,
  description: 'As a person types it: +90…, name@example.com.',
})
export const authorInput = oneOf(
  ['person', 'bot'],
  'Who wrote it; a person when left out. Some windows are for persons only.',
)
export const word = (description: string) => Type.String({ minLength: 1, maxLength: 200, description })
