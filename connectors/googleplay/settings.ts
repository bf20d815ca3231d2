// What an account of this channel needs to be told: the app, the service account, how often the reviews are read.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

export const defaults = {
  apiBase: 'https://androidpublisher.googleapis.com/androidpublisher/v3',
  pollSeconds: 300,
  deepHours: 6,
  historyDays: 2,
  readsPerHour: 200,
} as const

export const SettingsSchema = Type.Object(
  {
    packageName: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_]*(\\.[A-Za-z][A-Za-z0-9_]*)+$',
      maxLength: 200,
      description: 'Package name of the app: com.example.shop.',
    }),
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
        maximum: 96,
        default: defaults.deepHours,
        description: 'Hours between two looks through everything Google shows, for reviews that were deleted.',
      }),
    ),
    historyDays: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7,
        default: defaults.historyDays,
        description: 'Reviews of so many days before the account was connected are brought in; Google shows seven.',
      }),
    ),
    readsPerHour: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 1_000_000,
        default: defaults.readsPerHour,
        description:
          'Reads an hour that Google allows; four fifths are used. Where several apps share the quota of one project, give each its share.',
      }),
    ),
    deviceDetails: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Show agents the device the review was written on. It says something about a person: off.',
      }),
    ),
    apiBase: Type.Optional(
      Type.String({
        default: defaults.apiBase,
        pattern: addressPattern,
        description: 'Where the Google Play Developer API answers. Trusted as written.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  serviceAccount: {
    description:
      'The JSON key file of the service account, as it was downloaded. Tokens are asked for at its token_uri.',
    of: 'account',
    required: true,
  },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

export const routesOf = (of: Settings): readonly string[] => [of.packageName]
export const reviewsOf = ({ apiBase = defaults.apiBase, packageName }: Settings): string =>
  `${apiBase.replace(/\/+$/, '')}/applications/${encodeURIComponent(packageName)}/reviews`
