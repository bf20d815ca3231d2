// How this channel hears: Meta's handshake and signature, and which account an entry is for; and it looks after its accounts by itself.
import { idAt } from '../_shared/read-json.ts'
import { watchOver } from '../_shared/meta-dm/watch.ts'
import type { RouteOf } from '../_shared/meta-routes.ts'
import { metaWebhook } from '../_shared/meta-webhook.ts'
import { graphOf } from './graph.ts'
import { renewInTime } from './renew.ts'
import { isByPage, senderOf, wantedFields, type SecretName, type Settings } from './settings.ts'

export const routeOf: RouteOf = (entry) => idAt(entry, 'id') ?? ''
/** Instagram Login signs with a secret of its own; accounts of both models may share an address. */
export const webhook = metaWebhook<Settings, SecretName>(routeOf, ['appSecret', 'otherAppSecret'])
export const watch = watchOver<Settings, SecretName>({
  graphOf,
  path: (settings) => `${senderOf(settings)}/subscribed_apps`,
  fields: wantedFields,
  before: (account, keep, edges, signal) =>
    isByPage(account.settings) ? Promise.resolve({}) : renewInTime(account, keep, { edges, signal }),
})
