// One item of `statuses` → a receipt of what we sent. States only say what happened; who never goes back is decided later (W5).
import type { InboundData } from '../../../core/ports/channel.ts'
import { instantOfSeconds } from '../../../core/rules/instants.ts'
import { listAt, textAt, type Json } from '../../_shared/read-json.ts'
import { unread } from '../../_shared/unread.ts'
import { readErrors, readStatusRecipient } from '../wire.ts'
import { fullIds } from './people.ts'
import { keyed, type Reading } from '../../_shared/items.ts'
import { threadKeysOf, type Scene } from './scene.ts'

type State = InboundData['message.delivery_updated']['state']
/** `played` is a voice message that was listened to: it was read, and is a fact of its own. */
const states: ReadonlyMap<string, State> = new Map<string, State>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'read'],
  ['failed', 'failed'],
])

export function readStatus(item: Json, scene: Scene): Reading {
  const externalId = textAt(item, 'id')
  const status = textAt(item, 'status')
  const state = states.get(status ?? '')
  const at = instantOfSeconds(item['timestamp'])
  if (externalId === undefined) return unread('.id', 'a receipt of no message')
  if (status === undefined || state === undefined)
    return unread('.status', `a receipt of the unknown status ${String(status).slice(0, 80)}`)
  if (at === null) return unread('.timestamp', 'its time is not Unix seconds')
  const ours = textAt(item, 'biz_opaque_callback_data')
  const participant = textAt(item, 'recipient_participant_user_id') ?? textAt(item, 'recipient_participant_id')
  const errors = state === 'failed' ? readErrors(listAt(item, 'errors')) : {}
  return [
    {
      type: 'message.delivery_updated',
      ...keyed(scene, { dedupe: [externalId, status, participant ?? ''], threadKeys: recipientKeys(item, scene), at }),
      data: {
        externalId,
        ...(ours === undefined ? {} : { ours }),
        state,
        ...errors,
        ...(participant === undefined ? {} : { participant }),
      },
    },
  ]
}

/** Failed receipts carry no contacts and some carry no recipient at all: the message id is what finds ours then. */
function recipientKeys(item: Json, scene: Scene): readonly string[] {
  const group = textAt(item, 'recipient_type') === 'group' ? textAt(item, 'recipient_id') : undefined
  return threadKeysOf(fullIds(readStatusRecipient(item), scene.profiles), group)
}
