// The vendor's payload, only the fields we read. Put the link to the vendor's page and the day it was checked beside each.
import { instantOfSeconds } from '../../core/rules/instants.ts'
import type { Instant } from '../../schemas/ids.ts'
import { idAt, textAt, type Json } from '../_shared/read-json.ts'

/** `{"app": "…", "items": [{"is": "message"|"receipt", "id", "at", …}]}` */
export interface WireItem {
  readonly is: string
  readonly id: string
  readonly at: Instant
  readonly body: Json
}

/** Null: without these three nothing can be said about an item. */
export function readItem(item: Json): WireItem | null {
  const is = textAt(item, 'is')
  const id = idAt(item, 'id')
  const at = instantOfSeconds(item['at'])
  return is === undefined || id === undefined || at === null ? null : { is, id, at, body: item }
}
