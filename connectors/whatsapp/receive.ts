// How this channel hears: Meta's handshake and signature, and which number or business account a change is for.
import { idAt, objectAt } from '../_shared/read-json.ts'
import { metaWebhook } from '../_shared/meta-webhook.ts'
import type { RouteOf } from '../_shared/meta-routes.ts'
import { wabaRoute, type SecretName, type Settings } from './settings.ts'

/** A change names its number; one about templates or the account does not, and goes by the business account of its entry. */
export const routeOf: RouteOf = (entry, change) => {
  const number = idAt(objectAt(objectAt(change, 'value'), 'metadata'), 'phone_number_id')
  const waba = idAt(entry, 'id')
  return number ?? (waba === undefined ? '' : wabaRoute(waba))
}

export const webhook = metaWebhook<Settings, SecretName>(routeOf)
