// A call is a list of items: where each lies in the bytes, what reads it, and that one which cannot be read is an event of its own (G6).
import type { InboundEvent } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { field, isObject, type Json } from './read-json.ts'
import { digestOf, isUnread, unread, type Unread } from './unread.ts'

/** What every item stands in: whose it is (a number, a page), part of every key, and the time of what carries none of its own. */
export interface Home {
  readonly home: string
  readonly at: Instant
  readonly imported?: boolean
}
/** An item gives events, in order, or says why it cannot be read. */
export type Reading = readonly InboundEvent[] | Unread
/** Where an item lies in the bytes, and the scene it belongs to. */
export interface Place<S extends Home> {
  readonly path: string
  readonly scene: S
}
/** One thing to read. */
export interface Item<S extends Home> extends Place<S> {
  readonly content: unknown
  readonly read: (content: Json, scene: S) => Reading
}

/** Every element of a list. What should be a list and is none is one item that cannot be read. */
export function itemsOf<S extends Home>(
  from: Json,
  key: string,
  at: Place<S> & Pick<Item<S>, 'read'>,
): readonly Item<S>[] {
  const value = field(from, key)
  const path = `${at.path}.${key}`
  if (value === undefined) return []
  if (!Array.isArray(value)) return [{ ...at, path, content: { value }, read: () => unread('', 'it is not a list') }]
  return value.map((content: unknown, index) => ({ ...at, path: `${path}[${index}]`, content }))
}

export const unknownItem = <S extends Home>(place: Place<S>, content: unknown, why: string): Item<S> => ({
  ...place,
  content: isObject(content) ? content : { content },
  read: (): Reading => unread('', why),
})

export function eventsOf<S extends Home>(item: Item<S>): readonly InboundEvent[] {
  const reading = isObject(item.content) ? item.read(item.content, item.scene) : unread('', 'it is not an object')
  return isUnread(reading) ? [quarantined(item, `${item.path}${reading.below}`, reading.unread)] : reading
}

/** The digest tells twins of one path in different calls apart; the path tells twins of one call apart. */
function quarantined<S extends Home>(item: Item<S>, path: string, why: string): InboundEvent {
  return {
    type: 'ingest.quarantined',
    dedupe: [item.scene.home, path, digestOf(item.content)].join(' '),
    lane: `${item.scene.home}/quarantine`,
    threadKeys: [],
    at: item.scene.at,
    data: { path, why },
  }
}

/** The part of an event that orders it and tells it from others. Parts of `dedupe` are ids without blanks, so the join is one to one. */
export function keyed(
  scene: Home,
  of: { readonly dedupe: readonly string[]; readonly threadKeys: readonly string[]; readonly at: Instant },
) {
  return {
    dedupe: [scene.home, ...of.dedupe].join(' '),
    lane: `${scene.home}/${of.threadKeys[0] ?? 'account'}`,
    threadKeys: of.threadKeys,
    at: of.at,
    ...(scene.imported === true ? { origin: 'import' as const } : {}),
  }
}
