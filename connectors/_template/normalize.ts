// Pure: the bytes of one call → every fact in it, in the vendor's order; what cannot be read is a fact of its own.
import { createHash } from 'node:crypto'
import type { InboundEvent, IncomingFile, Raw } from '../../core/ports/channel.ts'
import { cleanFileName } from '../../core/rules/file-name.ts'
import type { Part, Party } from '../../schemas/message.ts'
import { field, idAt, isObject, objectAt, readJson, textAt, unreadable, type Json } from '../_shared/read-json.ts'
import { readItem, type WireItem } from './wire.ts'

export function normalize(raw: Raw): readonly InboundEvent[] {
  const call = readJson(raw.bytes, 'a call')
  const items = field(call, 'items')
  if (!Array.isArray(items)) throw unreadable('a call', 'it has no list of items')
  return items.map((content: unknown, at) => eventOf(content, `items[${at}]`, raw))
}

function eventOf(content: unknown, path: string, raw: Raw): InboundEvent {
  const item = isObject(content) ? readItem(content) : null
  if (item === null) return quarantined(path, 'it has no kind, id or time', raw)
  const person = personOf(item.body)
  if (item.is === 'receipt') return receipt(item, raw) ?? quarantined(path, 'a receipt of an unknown state', raw)
  if (person === null) return quarantined(`${path}.from`, 'nobody is named as its sender', raw)
  return message(item, person, raw)
}

/** The same bytes again are the same fact. */
const quarantined = (path: string, why: string, raw: Raw): InboundEvent => ({
  type: 'ingest.quarantined',
  dedupe: `${path} ${createHash('sha256').update(raw.bytes).digest('hex')}`,
  lane: `${raw.route}/quarantine`,
  threadKeys: [],
  at: raw.receivedAt,
  data: { path, why },
})

function personOf(item: Json): Party | null {
  const from = objectAt(item, 'from')
  const id = idAt(from, 'id')
  if (id === undefined) return null
  return { id, name: textAt(from, 'name') ?? null, address: null, keys: [`_template.user:${id}`] }
}

function message(item: WireItem, from: Party, raw: Raw): InboundEvent {
  const text = textAt(item.body, 'text')
  const answered = textAt(item.body, 'answers')
  const known = item.is === 'message'
  const parts: readonly Part[] = known ? [] : [{ kind: 'unsupported', type: item.is } as Part]
  return {
    type: 'message.received',
    dedupe: item.id,
    lane: `${raw.route}/${from.keys[0]}`,
    threadKeys: from.keys,
    at: item.at,
    data: {
      kind: 'dm',
      externalId: item.id,
      from,
      text: known ? (text ?? '') : '',
      parts,
      attachments: filesOf(item.body),
      repliesTo: answered === undefined ? [] : [answered],
      vendor: { to: from.id },
    },
  }
}

function filesOf(item: Json): readonly IncomingFile[] {
  const file = objectAt(item, 'file')
  const id = idAt(file, 'id')
  if (id === undefined) return []
  const type = textAt(file, 'type') ?? 'application/octet-stream'
  return [{ name: cleanFileName(textAt(file, 'name'), 'file'), type, source: { atVendor: id } }]
}

/** One fact a state: the id of the message alone would make `delivered` a repeat of `sent`. */
function receipt(item: WireItem, raw: Raw): InboundEvent | null {
  const state = (['sent', 'delivered', 'read', 'failed'] as const).find((it) => it === item.body['state'])
  if (state === undefined) return null
  const ours = textAt(item.body, 'ours')
  return {
    type: 'message.delivery_updated',
    dedupe: `${item.id} ${state}`,
    lane: `${raw.route}/receipts`,
    threadKeys: [],
    at: item.at,
    data: { externalId: item.id, state, ...(ours === undefined ? {} : { ours }) },
  }
}
