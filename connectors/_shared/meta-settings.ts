// Settings and secrets that every account of this family has.
import { Type } from 'typebox'
import type { SecretShape } from '../../core/ports/channel.ts'
import { graphVersion } from './meta-account.ts'

export const apiVersion = Type.Optional(
  Type.String({
    default: graphVersion,
    pattern: '^v[0-9]{1,3}\\.[0-9]$',
    description: 'Graph API version of outgoing calls. The version of webhooks is set in Meta’s dashboard.',
  }),
)
export const appSecret = {
  description: 'App secret (App settings, Basic). The key of every webhook’s signature.',
  of: 'endpoint',
  required: true,
} as const satisfies SecretShape
export const verifyToken = {
  description: 'A text you make up and type into Meta’s webhook form; proves the handshake is yours.',
  of: 'endpoint',
  required: true,
} as const satisfies SecretShape
