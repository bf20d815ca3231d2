// Where an item stands: the number it belongs to, who is known there, and how its events are keyed.
import type { Instant } from '../../../schemas/ids.ts'
import type { Party } from '../../../schemas/message.ts'
import type { Home } from '../../_shared/items.ts'
import { idAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import type { Ids } from '../wire.ts'
import { personKeys, profilesOf, type Profiles } from './people.ts'

export interface Scene extends Home {
  /** `phone_number_id`, or `waba:<id>` where the value names no number. Part of every key. */
  readonly home: string
  readonly us: Party
  readonly profiles: Profiles
  /** Of the entry where it says so, else when we had the bytes: for facts that carry no time of their own. */
  readonly at: Instant
  /** The time as a part of keys. Where the vendor gives none: the hour we had it, so that a retried call is the same fact. */
  readonly told: string
  readonly imported: boolean
}
export function sceneOf(
  value: Json,
  about: { readonly route: string; readonly at: Instant; readonly told: string },
  imported: boolean = false,
): Scene {
  const metadata = objectAt(value, 'metadata')
  const number = idAt(metadata, 'phone_number_id') ?? about.route
  const shown = textAt(metadata, 'display_phone_number')
  return {
    home: number,
    us: { id: number, name: null, address: shown === undefined ? null : `+${shown.replace(/^\+/, '')}`, keys: [] },
    profiles: profilesOf(value),
    at: about.at,
    told: about.told,
    imported,
  }
}

/** Keys of the conversation: the group, or the person (sheet section 5). */
export const threadKeysOf = (person: Ids, groupId: string | undefined): readonly string[] =>
  groupId === undefined ? personKeys(person) : [`group:${groupId}`]
