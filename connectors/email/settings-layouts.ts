// What stands around the answers of an account, by language.
import { Type } from 'typebox'

/** Without its mark there is no place for an answer in it, and it would never be used. */
const layout = { pattern: '\\{\\{body\\}\\}', maxLength: 100_000 }

export const Layouts = Type.Record(
  Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' }),
  Type.Object(
    {
      html: Type.Optional(Type.String({ ...layout, description: 'HTML with `{{body}}` in it.' })),
      text: Type.Optional(Type.String({ ...layout, description: 'Text with `{{body}}` in it.' })),
    },
    { additionalProperties: false },
  ),
  {
    // A language that is written in another way would be nobody's.
    additionalProperties: false,
    description:
      'What stands around an answer, by language: `html` and `text`, each with `{{body}}` where the answer goes.',
  },
)
