// Pure: the bytes of a webhook call or of a polled page → every fact in them, in the vendor's order; both ways give one message one id.
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import { isObject, listAt, objectAt, readJson, unreadable } from '../_shared/read-json.ts'
import { readActivity } from './normalize/activity.ts'
import { readAccountActivity } from './normalize/account-activity.ts'
import { readPolled } from './normalize/polled.ts'
import { sceneOf, type Us } from './normalize/scene.ts'

export function normalize(raw: Raw, account: { readonly id: string; readonly settings: Us }): readonly InboundEvent[] {
  const call = readJson(raw.bytes, 'a call')
  const scene = sceneOf(call, raw, account.settings)
  const data = call['data']
  if (isObject(data) && typeof data['event_type'] === 'string') return readActivity(data, call, scene)
  if (Array.isArray(data)) return readPolled(listAt(call, 'data'), call, scene)
  // One post that a rule of the filtered stream found.
  if (isObject(data) && Array.isArray(call['matching_rules'])) return readPolled([data], call, scene)
  // An empty page has no `data`; partial errors may stand beside nothing.
  if (data === undefined && (objectAt(call, 'meta') !== undefined || objectAt(call, 'replay_job_status') !== undefined))
    return []
  const events = readAccountActivity(call, scene)
  if (events === null) throw unreadable('a call', 'it is neither account activity, an activity event nor a polled page')
  return events
}
