// What an account of this channel needs to be told: its settings and its secrets. The README table is made from the descriptions.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

export const SettingsSchema = Type.Object(
  {
    app: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The app’s id at the vendor. Calls are routed by it.',
    }),
    apiBase: Type.String({
      pattern: addressPattern,
      description: 'Where the vendor’s API answers. Trusted as written.',
    }),
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  signingSecret: { description: 'What the vendor signs its calls with.', of: 'endpoint', required: true },
  accessToken: { description: 'What we call the vendor with.', of: 'account', required: true },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

export const routesOf = (of: Settings): readonly string[] => [of.app]
