// How this channel hears: Meta's handshake and signature, and which page an entry is for; and it looks after its pages by itself.
import { idAt } from '../_shared/read-json.ts'
import { watchOver } from '../_shared/meta-dm/watch.ts'
import type { RouteOf } from '../_shared/meta-routes.ts'
import { metaWebhook } from '../_shared/meta-webhook.ts'
import { graphOf } from './graph.ts'
import { wantedFields, type SecretName, type Settings } from './settings.ts'

export const routeOf: RouteOf = (entry) => idAt(entry, 'id') ?? ''
export const webhook = metaWebhook<Settings, SecretName>(routeOf)
export const watch = watchOver<Settings, SecretName>({
  graphOf,
  path: ({ pageId }) => `${pageId}/subscribed_apps`,
  fields: wantedFields,
})
