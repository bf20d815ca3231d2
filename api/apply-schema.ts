// The file of desk settings that `apply` reads and `export` writes, described so that editors complete it.
import { Type } from '@fastify/type-provider-typebox'
import { closed } from './call.ts'

const id = Type.String({
  pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$',
  description: 'Letters, digits, dots, hyphens, underscores.',
})
const reference = Type.String({
  minLength: 1,
  description: '`env:NAME` or `file:PATH`; a plain text is stored encrypted and never given back.',
})
export const applySchema = Type.Object(
  {
    brands: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id,
            name: Type.String({ minLength: 1, description: 'As customers know it.' }),
            language: Type.Optional(Type.String({ description: 'BCP 47: tr, en-GB.' })),
            timezone: Type.Optional(Type.String({ description: 'IANA: Europe/Istanbul.' })),
          },
          closed,
        ),
        { description: 'Who customers believe they are writing to.' },
      ),
    ),
    accounts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            channel: Type.String({ minLength: 1, description: 'The channel’s name.' }),
            id,
            endpoint: Type.Optional(
              Type.String({ description: 'The account whose address the vendor calls, where several share one.' }),
            ),
            brand: Type.Optional(Type.String({ description: 'A brand’s id.' })),
            settings: Type.Optional(
              Type.Record(Type.String(), Type.Unknown(), { description: 'As the channel’s page says.' }),
            ),
            secrets: Type.Optional(
              Type.Record(Type.String(), reference, { description: 'By name, as the channel’s page says.' }),
            ),
          },
          closed,
        ),
        { description: 'What customers write to: numbers, pages, mailboxes, apps.' },
      ),
    ),
  },
  { ...closed, description: 'Desk settings of one workspace.' },
)
