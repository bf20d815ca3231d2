// Events about the number or the business account → facts of health, and a state only where the vendor itself took something away (D64).
import type { InboundData } from '../../../core/ports/channel.ts'
import { isObject, objectAt, present, textAt, type Json } from '../../_shared/read-json.ts'
import { digestOf } from '../../_shared/unread.ts'
import { readErrors } from '../wire.ts'
import { keyed, type Reading } from '../../_shared/items.ts'
import type { Scene } from './scene.ts'

type State = NonNullable<InboundData['channel.health_changed']['state']>
/** Fields that speak of the account (sheet 3.7, checked 2026-11; name, review and security by their names alone). */
export const accountFields: ReadonlySet<string> = new Set([
  'phone_number_quality_update',
  'phone_number_name_update',
  'account_update',
  'account_review_update',
  'account_alerts',
  'business_capability_update',
  'security',
])
const maxFacts = 40
const maxFactLength = 500

export function readAccountFact(field: string, value: Json, scene: Scene): Reading {
  const facts = { field, ...factsOf(value) }
  const state = stateOf(value)
  const why = state === undefined ? undefined : whyOf(value)
  return [
    {
      type: 'channel.health_changed',
      ...keyed(scene, { dedupe: [field, scene.told, digestOf(value)], threadKeys: [], at: scene.at }),
      data: { ...present({ state, why }), facts },
    },
  ]
}

/** Errors that belong to no message; they carry no time of their own. */
export function readValueError(error: Json, scene: Scene): Reading {
  const { code, why } = readErrors([error])
  const facts = { field: 'errors', ...present({ errorCode: code, error: why?.slice(0, maxFactLength) }) }
  return [
    {
      type: 'channel.health_changed',
      ...keyed(scene, { dedupe: ['errors', scene.told, digestOf(error)], threadKeys: [], at: scene.at }),
      data: { facts },
    },
  ]
}

/**
 * account_update events that stop or give back sending (sheet 3.7; ban states: webhooks/reference/account_update, page of 2026-04). A
 * banned account stays switched on: its door must be open for the vendor's word that it is back.
 */
function stateOf(value: Json): State | undefined {
  const event = textAt(value, 'event')
  const ban = textAt(objectAt(value, 'ban_info'), 'waba_ban_state')
  if (event === 'ACCOUNT_DELETED' || ban === 'DISABLE') return 'auth_failed'
  if (event === 'ACCOUNT_RESTRICTION' || ban === 'SCHEDULE_FOR_DISABLE') return 'degraded'
  return ban === 'REINSTATE' ? 'connected' : undefined
}
function whyOf(value: Json): string {
  const facts = factsOf(value)
  const said = Object.entries(facts).filter(([name]) => name !== 'event' && !name.endsWith('expiration'))
  return [facts['event'] ?? 'The vendor changed the account', ...said.map(([, fact]) => fact)].join(': ')
}

/** Every plain value by its path: `restriction_info.0.restriction_type`. Bounded, as nothing of it is read by us. */
function factsOf(value: Json): Readonly<Record<string, string>> {
  const facts: [string, string][] = []
  collect(value, '', facts)
  return Object.fromEntries(facts.slice(0, maxFacts))
}
function collect(value: unknown, path: string, into: [string, string][]): void {
  if (into.length >= maxFacts || value === null) return
  if (!isObject(value) && !Array.isArray(value)) return void into.push([path, String(value).slice(0, maxFactLength)])
  for (const [key, inner] of Object.entries(value)) {
    if (key !== '__proto__') collect(inner, path === '' ? key : `${path}.${key}`, into)
  }
}
