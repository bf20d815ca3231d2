// What an account of this channel needs to be told: its settings, its secrets, and the hosts its files come from.
import { Type, type Static } from 'typebox'
import { defaultApi } from './account-graph.ts'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { apiVersion, appSecret, verifyToken } from '../_shared/meta-settings.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

const digits = { pattern: '^[0-9]{5,32}$' }
export const SettingsSchema = Type.Object(
  {
    phoneNumberId: Type.String({
      ...digits,
      description: 'Phone number ID from Meta’s dashboard (API setup), not the number itself. Calls are routed by it.',
    }),
    wabaId: Type.Optional(
      Type.String({
        ...digits,
        description:
          'WhatsApp Business Account ID. Needed for template and account events, which name no number; give it to one account of an endpoint.',
      }),
    ),
    displayPhoneNumber: Type.Optional(
      Type.String({ maxLength: 40, description: 'The number as people see it; only shown, never dialled.' }),
    ),
    apiBase: Type.Optional(
      Type.String({
        default: defaultApi.base,
        pattern: addressPattern,
        description: 'Where the Graph API answers. Trusted as written; change it for a proxy or a stand-in.',
      }),
    ),
    apiVersion,
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  appSecret,
  verifyToken,
  accessToken: {
    description: 'System user token with whatsapp_business_messaging and whatsapp_business_management.',
    of: 'account',
    required: true,
  },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

/** Events about the business account name no number; they travel under this route. */
export const wabaRoute = (wabaId: string): string => `waba:${wabaId}`
export const routesOf = (of: Settings): readonly string[] =>
  of.wabaId === undefined ? [of.phoneNumberId] : [of.phoneNumberId, wabaRoute(of.wabaId)]

/** Where the vendor serves media from (lookaside: sheet section 6, checked 2026-11; the other two: its sister products). The token goes nowhere else. */
export const mediaHosts = ['lookaside.fbsbx.com', '.fbcdn.net', '.whatsapp.net'] as const
