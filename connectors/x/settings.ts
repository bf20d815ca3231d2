// What an account of this channel needs to be told: its settings, its secrets, and the hosts its files come from.
import { Type, type Static } from 'typebox'
import type { SecretShape, Shape } from '../../core/ports/channel.ts'
import { addressPattern } from '../_shared/setting-parts.ts'

const digits = { pattern: '^[0-9]{1,20}$' }
export const defaultApi = 'https://api.x.com'

export const SettingsSchema = Type.Object(
  {
    userId: Type.String({ ...digits, description: 'The account’s user id, a number as text. Calls are routed by it.' }),
    username: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_]{1,15}$', description: 'The handle without @; only shown.' }),
    ),
    apiBase: Type.Optional(
      Type.String({
        default: defaultApi,
        pattern: addressPattern,
        description: 'Where the API answers. Trusted as written; change it for a proxy or a stand-in.',
      }),
    ),
    clientId: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'OAuth 2.0 client id of the app; needed to renew the access token (Keys and tokens).',
      }),
    ),
    consumerKey: Type.Optional(
      Type.String({ maxLength: 200, description: 'API key of the app; needed with an OAuth 1.0a token.' }),
    ),
    webhookId: Type.Optional(
      Type.String({
        ...digits,
        description:
          'Id of the webhook at X. With appBearer it is looked after: made valid again when X has ended it, and what it missed asked for.',
      }),
    ),
    stream: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Hear activity by a connection that Inlet opens, beside or instead of a webhook; for a gateway that X cannot reach. Needs appBearer. One account of an app: the others are heard through it.',
      }),
    ),
    streamTags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        maxItems: 100,
        description: 'Tags of filtered-stream rules whose posts this account takes; such posts name no account.',
      }),
    ),
    replies: Type.Optional(
      Type.Union([Type.Literal('summoned'), Type.Literal('any')], {
        default: 'summoned',
        description:
          'Which posts may be answered: `summoned` only those that mention or quote the account, `any` on an Enterprise plan.',
      }),
    ),
    pollMentionsSeconds: Type.Optional(
      Type.Integer({
        default: 60,
        minimum: 1,
        maximum: 3600,
        description: 'How often mentions are asked for. Every post read costs; 300 pages are allowed in 15 minutes.',
      }),
    ),
    pollMessagesSeconds: Type.Optional(
      Type.Integer({
        default: 120,
        minimum: 1,
        maximum: 3600,
        description:
          'How often direct messages are asked for. 15 pages are allowed in 15 minutes; at 120 half of them are left for gaps and for looking after replies.',
      }),
    ),
    backfillHours: Type.Optional(
      Type.Integer({
        default: 24,
        minimum: 0,
        maximum: 720,
        description: 'How far back the first poll of a new account reads.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Settings = Static<typeof SettingsSchema>
export const settings: Shape<Settings> = { schema: SettingsSchema }

export const secrets = {
  consumerSecret: {
    description:
      'API secret of the app (Keys and tokens). Signs webhooks, answers the CRC challenge and signs OAuth 1.0a.',
    of: 'endpoint',
    required: true,
  },
  accessToken: {
    description: 'OAuth 2.0 user access token. Lives about two hours: give a refreshToken with it, or use OAuth 1.0a.',
    of: 'account',
    required: false,
  },
  refreshToken: {
    description: 'OAuth 2.0 refresh token (scope offline.access). Used once; its successors are kept by Inlet.',
    of: 'account',
    required: false,
  },
  clientSecret: {
    description: 'OAuth 2.0 client secret, where the app is a confidential client.',
    of: 'account',
    required: false,
  },
  userToken: {
    description: 'OAuth 1.0a access token of the account. Does not expire; the only way to files in direct messages.',
    of: 'account',
    required: false,
  },
  userTokenSecret: { description: 'The secret of userToken.', of: 'account', required: false },
  appSecret: {
    description: 'The app’s API secret once more, for an account whose endpoint is another; needed with userToken.',
    of: 'account',
    required: false,
  },
  appBearer: {
    description:
      'App-only bearer token (Keys and tokens). For looking after the webhook and for the stream; give it to one account.',
    of: 'account',
    required: false,
  },
  tokens: {
    description: 'Kept by Inlet: the newest pair of OAuth 2.0 tokens, stored as one before it is used. Never set it.',
    of: 'account',
    required: false,
  },
} as const satisfies Readonly<Record<string, SecretShape>>
export type SecretName = keyof typeof secrets

/** Posts of a filtered stream name the rule that found them, not the account. */
export const tagRoute = (tag: string): string => `tag:${tag}`
export const routesOf = (of: Settings): readonly string[] => [of.userId, ...(of.streamTags ?? []).map(tagRoute)]

/** Where files lie (sheet section 3.4, checked 2026-11): those of direct messages want the account's signature, public ones nothing. */
export const privateFileHosts = ['ton.twitter.com', 'ton.x.com'] as const
export const publicFileHosts = ['pbs.twimg.com', 'video.twimg.com'] as const
