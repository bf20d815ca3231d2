// What an account of this channel needs to be told: the app, its site and countries, the client, how often the reviews are read.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

/** Each site has its own hosts and gives its own tokens (read 2026-11). */
export const hosts = {
  cn: 'https://connect-api.cloud.huawei.com',
  de: 'https://connect-api-dre.cloud.huawei.com',
  sg: 'https://connect-api-dra.cloud.huawei.com',
  ru: 'https://connect-api-drru.cloud.huawei.com',
} as const
export const defaults = { platform: 'android', pollSeconds: 300, deepHours: 24, historyDays: 2 } as const

export const SettingsSchema = Type.Object(
  {
    appId: Type.String({
      pattern: '^[0-9]{5,20}$',
      description: 'App ID in AppGallery Connect: digits, not the package name.',
    }),
    site: Type.Union([Type.Literal('cn'), Type.Literal('de'), Type.Literal('sg'), Type.Literal('ru')], {
      description: 'Where the app’s data lie: cn, de, sg or ru. An app in several sites is an account for each.',
    }),
    countries: Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), {
      minItems: 1,
      maxItems: 250,
      description: 'Countries whose reviews are read, two letters each; all of this site.',
    }),
    clientId: Type.String({ pattern: '^[0-9A-Za-z]{4,64}$', description: 'Client ID of the API client.' }),
    platform: Type.Optional(
      Type.Union([Type.Literal('android'), Type.Literal('harmonyos')], {
        default: defaults.platform,
        description: 'harmonyos: an app for HarmonyOS 5 or later, whose reviews lie behind another address.',
      }),
    ),
    pollSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3600,
        default: defaults.pollSeconds,
        description: 'Seconds between two looks at the reviews of the last 48 hours.',
      }),
    ),
    deepHours: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 168,
        default: defaults.deepHours,
        description: 'Hours between two looks through the last 30 days (once a week: 180), for edits and follow-ups.',
      }),
    ),
    historyDays: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30,
        default: defaults.historyDays,
        description: 'Reviews of so many days before the account was connected are brought in.',
      }),
    ),
    apiBase: Type.Optional(
      Type.String({
        pattern: addressPattern,
        description: 'Where the Connect API answers, in place of the site’s own host. Trusted as written.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  clientSecret: { description: 'Key of the API client. Its project must be N/A.', of: 'account', required: true },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

/** Ids may come again at another site. */
export const routesOf = (of: Settings): readonly string[] => [`${of.site}:${of.appId}`]
export const baseOf = ({ apiBase, site }: Settings): string => (apiBase ?? hosts[site]).replace(/\/+$/, '')
export const reviewsOf = (of: Settings): string =>
  `${baseOf(of)}/api/${of.platform === 'harmonyos' ? 'marketing-api/v2/reviews' : 'reviews/v1'}/manage/dev/reviews`
