// Pure: the bytes of one call → every fact in it, in the vendor's order, in whichever of four places it stands (G6).
import type { InboundEvent, Raw } from '../../../core/ports/channel.ts'
import { instantOfMilliseconds, instantOfSeconds } from '../../../core/rules/instants.ts'
import { eventsOf, itemsOf, unknownItem, type Item } from '../items.ts'
import { envelopesIn } from '../meta-routes.ts'
import { field, idAt, isObject, readJson, textAt, unreadable, type Json } from '../read-json.ts'
import type { Product, Scene } from './product.ts'
import { readPrivate } from './private.ts'
import { isProfile, readProfile } from './profile.ts'

export const normalizer =
  (product: Product) =>
  (raw: Raw): readonly InboundEvent[] => {
    if (isProfile(raw)) return readProfile(raw, product)
    const calls = envelopesIn(raw.bytes)
    const path = (at: number): string => (calls.length === 1 ? 'entry' : `[${at}].entry`)
    return calls.flatMap((bytes, at) => itemsOfCall(bytes, path(at), { raw, product })).flatMap(eventsOf)
  }

interface Reader {
  readonly raw: Raw
  readonly product: Product
}

function itemsOfCall(bytes: Uint8Array, path: string, reader: Reader): readonly Item<Scene>[] {
  const call = readJson(bytes, 'a webhook call')
  const entries = field(call, 'entry')
  const { object } = reader.product
  if (textAt(call, 'object') !== object) throw unreadable('a webhook call', `its object is not ${object}`)
  if (!Array.isArray(entries)) throw unreadable('a webhook call', 'it has no list of entries')
  return entries.flatMap((entry: unknown, at) => itemsOfEntry(entry, `${path}[${at}]`, reader))
}

/** Places of an entry, in the order of its bytes; what is none of them is only around them (`id`, `time`). */
function itemsOfEntry(entry: unknown, path: string, reader: Reader): readonly Item<Scene>[] {
  const scene = sceneOf(entry, reader)
  if (!isObject(entry)) return [unknownItem({ path, scene }, entry, 'it is not an object')]
  const items = Object.keys(entry).flatMap((key): readonly Item<Scene>[] => {
    if (key === 'messaging') return itemsOf(entry, key, { path, scene, read: readPrivate })
    if (key === 'standby') return itemsOf(entry, key, { path, scene: beside(scene), read: readPrivate })
    if (key === 'changes') return itemsOfChanges(entry, path, scene)
    return key === 'field' ? itemsOfChange(entry, path, scene) : []
  })
  const known = ['messaging', 'standby', 'changes', 'field'].some((key) => Object.hasOwn(entry, key))
  return known ? items : [unknownItem({ path, scene }, entry, 'an entry that holds nothing that is known')]
}

const beside = (scene: Scene): Scene => ({ ...scene, standby: true })

/** `time` is in milliseconds beside private messages, in seconds beside public ones. */
function sceneOf(entry: unknown, { raw, product }: Reader): Scene {
  const home = idAt(entry, 'id') ?? raw.route
  const time = field(entry, 'time')
  const told = instantOfMilliseconds(time) ?? instantOfSeconds(time)
  return {
    product,
    home,
    us: { id: home, name: null, address: null, keys: [] },
    at: told ?? raw.receivedAt,
    told: told ?? raw.receivedAt.slice(0, 'YYYY-MM-DDTHH'.length),
    standby: false,
  }
}

function itemsOfChanges(entry: Json, path: string, scene: Scene): readonly Item<Scene>[] {
  const changes = entry['changes']
  if (!Array.isArray(changes)) return itemsOf(entry, 'changes', { path, scene, read: () => [] })
  return changes.flatMap((change: unknown, at) =>
    isObject(change)
      ? itemsOfChange(change, `${path}.changes[${at}]`, scene)
      : [unknownItem({ path: `${path}.changes[${at}]`, scene }, change, 'it is not an object')],
  )
}

/** The dashboard's test button sends private messages as changes of the field `messages`. */
function itemsOfChange(change: Json, path: string, scene: Scene): readonly Item<Scene>[] {
  const name = textAt(change, 'field') ?? ''
  const value = field(change, 'value')
  const place = { path: `${path}.value`, scene }
  if (!isObject(value)) return [unknownItem({ path, scene }, change, 'a change without a value')]
  if (privateFields.has(name)) return [{ ...place, content: value, read: readPrivate }]
  return scene.product.itemsOfChange(name, value, place)
}
const privateFields: ReadonlySet<string> = new Set([
  'messages',
  'messaging_postbacks',
  'messaging_referral',
  'messaging_referrals',
  'message_reactions',
  'message_edit',
  'message_edits',
  'message_echoes',
  'messaging_seen',
  'message_deliveries',
  'message_reads',
  'messaging_handovers',
  'messaging_optins',
])
