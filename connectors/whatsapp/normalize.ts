// Pure: the bytes of one call → every fact in it, in the vendor's order; what cannot be read is a fact of its own (G6).
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import { instantOfSeconds } from '../../core/rules/instants.ts'
import { field, idAt, isObject, readJson, textAt, unreadable, type Json } from '../_shared/read-json.ts'
import { eventsOf, itemsOf, unknownItem, type Item, type Place } from '../_shared/items.ts'
import { accountFields, readAccountFact, readValueError } from './normalize/account.ts'
import { historyItems, readHistoryFile } from './normalize/history.ts'
import { readEcho, readInbound } from './normalize/messages.ts'
import { readPreference } from './normalize/preferences.ts'
import { sceneOf, type Scene } from './normalize/scene.ts'
import { readStatus } from './normalize/statuses.ts'
import { isTemplateEvent, readTemplate } from './normalize/templates.ts'
import { wabaRoute } from './settings.ts'
import { product } from './wire.ts'

export function normalize(raw: Raw): readonly InboundEvent[] {
  const call = readJson(raw.bytes, 'a webhook call')
  const entries = field(call, 'entry')
  if (textAt(call, 'object') !== product) throw unreadable('a webhook call', `its object is not ${product}`)
  if (!Array.isArray(entries)) throw unreadable('a webhook call', 'it has no list of entries')
  return entries.flatMap((entry: unknown, at) => itemsOfEntry(entry, `entry[${at}]`, raw)).flatMap(eventsOf)
}

function itemsOfEntry(entry: unknown, path: string, raw: Raw): readonly Item<Scene>[] {
  const waba = idAt(entry, 'id')
  const time = instantOfSeconds(field(entry, 'time'))
  const about = {
    route: waba === undefined ? raw.route : wabaRoute(waba),
    at: time ?? raw.receivedAt,
    told: time ?? raw.receivedAt.slice(0, 'YYYY-MM-DDTHH'.length),
  }
  const changes = field(entry, 'changes')
  if (!Array.isArray(changes))
    return [unknownItem({ path, scene: sceneOf({}, about) }, entry, 'an entry without changes')]
  return changes.flatMap((change: unknown, at) => itemsOfChange(change, `${path}.changes[${at}]`, about))
}

/** Fields whose values hold lists of items; every list is looked for in each, as one value may hold several. */
const listFields: ReadonlySet<string> = new Set(['messages', 'smb_message_echoes', 'history', 'user_preferences'])
const lists: readonly (readonly [key: string, read: Item<Scene>['read']])[] = [
  ['messages', readInbound],
  ['message_echoes', readEcho],
  ['statuses', readStatus],
  ['errors', readValueError],
  ['user_preferences', readPreference],
]

function itemsOfChange(change: unknown, path: string, about: Parameters<typeof sceneOf>[1]): readonly Item<Scene>[] {
  const name = textAt(change, 'field') ?? ''
  const value = field(change, 'value')
  const scene = sceneOf(isObject(value) ? value : {}, about, name === 'history')
  const place: Place<Scene> = { path: `${path}.value`, scene }
  if (!isObject(value)) return [unknownItem({ path, scene }, change, 'a change without a value')]
  if (isTemplateEvent(value)) return [{ ...place, content: value, read: readTemplate }]
  if (accountFields.has(name))
    return [{ ...place, content: value, read: (it, where) => readAccountFact(name, it, where) }]
  if (!listFields.has(name)) return [unknownItem(place, value, `the field ${name.slice(0, 80)} is not known`)]
  return itemsOfValue(value, place)
}

function itemsOfValue(value: Json, place: Place<Scene>): readonly Item<Scene>[] {
  const items = [
    ...lists.flatMap(([key, live]) => {
      const read = key === 'messages' && place.scene.imported ? readHistoryFile : live
      return itemsOf(value, key, { ...place, read })
    }),
    ...historyItems(value, place),
  ]
  const saysNothing = ![...lists.map(([key]) => key), 'history'].some((key) => Object.hasOwn(value, key))
  return saysNothing ? [unknownItem(place, value, 'it holds nothing that is known')] : items
}
