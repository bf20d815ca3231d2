// Where an item stands: whose account it came to, who is known there, which files lie beside it, and how what cannot be read is said.
import { createHash } from 'node:crypto'
import type { InboundEvent, Raw } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Party } from '../../../schemas/message.ts'
import { field, idAt, isObject, listAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'

/** What is read of the settings. */
export interface Us {
  readonly userId: string
  readonly username?: string
}
export interface Scene {
  readonly us: Us
  readonly route: string
  readonly receivedAt: Instant
  /** Of the bytes: what has no id of its own is told apart by it. */
  readonly digest: () => string
  person(id: string): Party
  /** What the page says of a file by its key. */
  media(key: string): Json | undefined
}

export function sceneOf(call: Json, raw: Raw, us: Us): Scene {
  const people = peopleIn(call)
  const media = new Map(
    includedIn(call, 'media').flatMap((it) => {
      const key = textAt(it, 'media_key')
      return key === undefined || !isObject(it) ? [] : [[key, it] as const]
    }),
  )
  let digest: string | undefined
  return {
    us: { userId: us.userId, ...(us.username === undefined ? {} : { username: us.username }) },
    route: raw.route,
    receivedAt: raw.receivedAt,
    digest: () => (digest ??= createHash('sha256').update(raw.bytes).digest('hex')),
    person: (id) => people.get(id) ?? partyOf(id, undefined, undefined),
    media: (key) => media.get(key),
  }
}

export const userKey = (id: string): string => `x.user:${id}`
export const partyOf = (id: string, name: string | undefined, handle: string | undefined): Party => ({
  id,
  name: name ?? null,
  address: handle === undefined ? null : `@${handle}`,
  keys: [userKey(id)],
})
export const groupOf = (conversation: string): Party => ({
  id: conversation,
  name: null,
  address: null,
  keys: [`x.group:${conversation}`],
})

/** A page says what its items name beside them; an activity event inside its `data`. */
const includedIn = (call: Json, what: string): readonly unknown[] => [
  ...listAt(objectAt(call, 'includes'), what),
  ...listAt(objectAt(objectAt(call, 'data'), 'includes'), what),
]

/** Users stand in `users` by id, flat or under `data`; in `includes.users` as a list; and, of account activity, in the post itself. */
function peopleIn(call: Json): ReadonlyMap<string, Party> {
  const inside = objectAt(objectAt(call, 'data'), 'payload')
  const byId = [objectAt(call, 'users'), objectAt(inside, 'users')].flatMap((users) =>
    Object.values(users ?? {}).map((user) => objectAt(user, 'data') ?? user),
  )
  const listed = includedIn(call, 'users')
  return new Map(
    [...byId, ...listed].flatMap((user) => {
      const party = personIn(user)
      return party === null ? [] : [[party.id, party] as const]
    }),
  )
}
export function personIn(user: unknown): Party | null {
  const id = textAt(user, 'id_str') ?? idAt(user, 'id')
  if (id === undefined) return null
  return partyOf(id, textAt(user, 'name'), textAt(user, 'username') ?? textAt(user, 'screen_name'))
}

/** An item gives events, in order, or says why it cannot be read. */
export type Reading = readonly InboundEvent[] | { readonly path: string; readonly why: string }
export const unread = (path: string, why: string): Reading => ({ path, why })

/** One item that cannot be read is a fact of its own, so that its neighbours live. The same bytes again are the same fact. */
export function readItems(
  items: readonly unknown[],
  at: { readonly path: string; readonly scene: Scene },
  read: (item: Json, scene: Scene) => Reading,
): readonly InboundEvent[] {
  return items.flatMap((item, n) => {
    const path = `${at.path}[${n}]`
    const found = isObject(item) ? read(item, at.scene) : unread('', 'it is no object')
    return 'why' in found ? [quarantined(`${path}${found.path}`, found.why, at.scene)] : found
  })
}
export const quarantined = (path: string, why: string, scene: Scene): InboundEvent => ({
  type: 'ingest.quarantined',
  dedupe: `${path} ${scene.digest()}`,
  lane: `${scene.route}/quarantine`,
  threadKeys: [],
  at: scene.receivedAt,
  data: { path, why },
})

/** Addresses the vendor shortened, as the person wrote them. `except`: those that only stand for a file. */
export function withFullAddresses(text: string, entities: unknown, except: readonly string[] = []): string {
  let full = text
  for (const link of listAt(entities, 'urls')) {
    const short = textAt(link, 'url')
    const meant = textAt(link, 'unwound_url') ?? textAt(link, 'expanded_url')
    if (short === undefined || meant === undefined || except.includes(short)) continue
    if (/^https?:\/\/\S+$/.test(meant)) full = full.replaceAll(short, () => meant)
  }
  for (const short of except) full = full.replaceAll(short, '')
  return full.trim()
}
export const plainText = (item: Json, key: string): string => {
  const value = field(item, key)
  return typeof value === 'string' ? value : ''
}
