// What an account of this channel needs to be told: its settings, its secrets, and the hosts its files come from.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { apiVersion, verifyToken } from '../_shared/meta-settings.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

const digits = { pattern: '^[0-9]{5,32}$' }
export const SettingsSchema = Type.Object(
  {
    accountId: Type.String({
      ...digits,
      description: 'ID of the Instagram professional account, as webhooks name it. Calls are routed by it.',
    }),
    loginModel: Type.Optional(
      Type.Union([Type.Literal('instagram'), Type.Literal('facebook')], {
        default: 'instagram',
        description:
          'How the app is joined: `instagram` (Instagram Login, token of the account) or `facebook` (Facebook Login, token of the linked Page).',
      }),
    ),
    pageId: Type.Optional(
      Type.String({
        ...digits,
        description: 'ID of the linked Facebook Page; needed with Facebook Login, unused else.',
      }),
    ),
    apiBase: Type.Optional(
      Type.String({
        pattern: addressPattern,
        description:
          'Where the API answers, if not `https://graph.instagram.com` (Instagram Login) or `https://graph.facebook.com`. Trusted as written.',
      }),
    ),
    apiVersion,
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  appSecret: {
    description:
      'The key of every webhook’s signature: with Instagram Login the Instagram app secret, else the app secret.',
    of: 'endpoint',
    required: true,
  },
  otherAppSecret: {
    description: 'The secret of the other login model, where accounts of both knock at this address.',
    of: 'endpoint',
    required: false,
  },
  verifyToken,
  accessToken: {
    description:
      'Token of the Instagram account (renewed here before it ends), or with Facebook Login of the linked Page.',
    of: 'account',
    required: true,
  },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

export const routesOf = (of: Settings): readonly string[] => [of.accountId]
export const isByPage = (of: Settings): boolean => of.loginModel === 'facebook'
export const baseOf = (of: Settings): string =>
  isByPage(of) ? 'https://graph.facebook.com' : 'https://graph.instagram.com'
/** The node that sends: the linked page, or the account the token is of. */
export const senderOf = (of: Settings): string => (isByPage(of) ? (of.pageId ?? 'me') : 'me')

/** Where the vendor serves files of people (sheet 3.3, checked 2026-11). */
export const mediaHosts = ['.fbcdn.net', '.fbsbx.com', '.cdninstagram.com'] as const
/** Fields an account must be subscribed with: without one of them something customers say never arrives. */
export const wantedFields = [
  'messages',
  'messaging_postbacks',
  'message_reactions',
  'messaging_seen',
  'comments',
] as const
