// What an account of this channel needs to be told: the app, the key, how often the reviews are read.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

export const defaults = {
  apiBase: 'https://api.appstoreconnect.apple.com',
  pollSeconds: 300,
  deepHours: 6,
  deepPages: 5,
  historyDays: 2,
} as const

export const SettingsSchema = Type.Object(
  {
    appId: Type.String({
      pattern: '^[0-9]{5,20}$',
      description: 'Apple ID of the app: the digits under App Information, not the bundle id.',
    }),
    keyId: Type.String({ pattern: '^[A-Za-z0-9]{4,32}$', description: 'Key ID of the App Store Connect API key.' }),
    issuerId: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F-]{36}$',
        description: 'Issuer ID, above the list of team keys. Leave it out for an individual key, which has none.',
      }),
    ),
    pollSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3600,
        default: defaults.pollSeconds,
        description: 'Seconds between two looks at the newest reviews.',
      }),
    ),
    deepHours: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 168,
        default: defaults.deepHours,
        description:
          'Hours between two looks far into the list, for edits that keep their date and reviews that were deleted.',
      }),
    ),
    deepPages: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20,
        default: defaults.deepPages,
        description:
          'How many pages of 200 such a look reads. Edits of older reviews that keep their date are not seen.',
      }),
    ),
    historyDays: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3650,
        default: defaults.historyDays,
        description: 'Reviews of so many days before the account was connected are brought in.',
      }),
    ),
    apiBase: Type.Optional(
      Type.String({
        default: defaults.apiBase,
        pattern: addressPattern,
        description: 'Where App Store Connect answers. Trusted as written; change it for a proxy or a stand-in.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  privateKey: {
    description: 'The .p8 file of the key, as it was downloaded (once): the text with BEGIN PRIVATE KEY.',
    of: 'account',
    required: true,
  },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

export const routesOf = (of: Settings): readonly string[] => [of.appId]
export const baseOf = ({ apiBase = defaults.apiBase }: Settings): string => apiBase.replace(/\/+$/, '')
