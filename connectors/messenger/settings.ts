// What an account of this channel needs to be told: its settings, its secrets, and the hosts its files come from.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { apiVersion, appSecret, verifyToken } from '../_shared/meta-settings.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

export const graphBase = 'https://graph.facebook.com'

export const SettingsSchema = Type.Object(
  {
    pageId: Type.String({
      pattern: '^[0-9]{5,32}$',
      description: 'ID of the Facebook Page (Page settings, Page transparency). Calls are routed by it.',
    }),
    apiBase: Type.Optional(
      Type.String({
        default: graphBase,
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
    description:
      'Page access token with pages_messaging, pages_manage_metadata and, for comments, pages_read_user_content and pages_manage_engagement.',
    of: 'account',
    required: true,
  },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

export const routesOf = (of: Settings): readonly string[] => [of.pageId]

/** Where the vendor serves files of people (sheet 3.3, checked 2026-11). */
export const mediaHosts = ['.fbcdn.net', '.fbsbx.com'] as const
/** Fields a page must be subscribed with: without one of them something customers say never arrives (sheet section 1). */
export const wantedFields = [
  'messages',
  'messaging_postbacks',
  'message_echoes',
  'message_reactions',
  'message_edits',
  'message_deliveries',
  'message_reads',
] as const
