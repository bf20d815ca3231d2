// Where an item stands: the number it belongs to, who is known there, and how its events are keyed.
import type { InboundEvent } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Party } from '../../../schemas/message.ts'
import { field, idAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { unread, type Unread } from '../../_shared/unread.ts'
import type { Ids } from '../wire.ts'
import { personKeys, profilesOf, type Profiles } from './people.ts'

export interface Scene {
  /** `phone_number_id`, or `waba:<id>` where the value names no number. Part of every key. */
  readonly number: string
  readonly us: Party
  readonly profiles: Profiles
  /** Of the entry where it says so, else when we had the bytes: for facts that carry no time of their own. */
  readonly at: Instant
  /** The time as a part of keys. Where the vendor gives none: the hour we had it, so that a retried call is the same fact. */
  readonly told: string
  readonly imported: boolean
}
/** An item gives events, in order, or says why it cannot be read. */
export type Reading = readonly InboundEvent[] | Unread

/** Where an item lies in the bytes, and the scene it belongs to. */
export interface Place {
  readonly path: string
  readonly scene: Scene
}
/** One thing to read. */
export interface Item extends Place {
  readonly content: unknown
  readonly read: (content: Json, scene: Scene) => Reading
}

/** Every element of a list. What should be a list and is none is one item that cannot be read. */
export function itemsOf(from: Json, key: string, at: Place & Pick<Item, 'read'>): readonly Item[] {
  const value = field(from, key)
  const path = `${at.path}.${key}`
  if (value === undefined) return []
  if (!Array.isArray(value)) return [{ ...at, path, content: { value }, read: () => unread('', 'it is not a list') }]
  return value.map((content: unknown, index) => ({ ...at, path: `${path}[${index}]`, content }))
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
    number,
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

/** The part of an event that orders it and tells it from others. Parts of `dedupe` are ids without blanks, so the join is one to one. */
export function keyed(
  scene: Scene,
  of: { readonly dedupe: readonly string[]; readonly threadKeys: readonly string[]; readonly at: Instant },
) {
  return {
    dedupe: [scene.number, ...of.dedupe].join(' '),
    lane: `${scene.number}/${of.threadKeys[0] ?? 'account'}`,
    threadKeys: of.threadKeys,
    at: of.at,
    ...(scene.imported ? { origin: 'import' as const } : {}),
  }
}
