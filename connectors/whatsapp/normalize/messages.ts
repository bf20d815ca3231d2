// One item of `messages`, `message_echoes` or a history thread → what it says: a message, an edit, a reaction, a changed number.
import type { Incoming, InboundEvent } from '../../../core/ports/channel.ts'
import type { Party } from '../../../schemas/message.ts'
import { objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { isUnread, unread } from '../../_shared/unread.ts'
import { readMessage, readRecipient, type Ids, type WireMessage } from '../wire.ts'
import { contentOf } from './content.ts'
import { changedIdentity, sharedPhone } from './links.ts'
import { fullIds, partyOf, replyAddress } from './people.ts'
import { keyed, type Reading } from '../../_shared/items.ts'
import { threadKeysOf, type Scene } from './scene.ts'

/** A message with its people: `customer` names the conversation, `author` wrote it. */
interface Spoken {
  readonly message: WireMessage
  readonly customer: Ids
  readonly author: Party
  readonly byUs: boolean
  readonly scene: Scene
}

/** Written by the customer. */
export function readInbound(item: Json, scene: Scene): Reading {
  const message = readMessage(item)
  if (isUnread(message)) return message
  const customer = fullIds(message.sender, scene.profiles)
  if (message.type === 'system') return changedIdentity(message, customer, scene)
  const author = partyOf(customer, scene.profiles)
  return eventsOf({ message, customer, author, byUs: false, scene })
}

/** Written by a person of ours in the phone app. It opens no window and starts no clock (sheet section 9). */
export function readEcho(item: Json, scene: Scene): Reading {
  const message = readMessage(item)
  if (isUnread(message)) return message
  const customer = fullIds(readRecipient(item), scene.profiles)
  if (customer.userId === undefined && customer.phone === undefined && message.groupId === undefined)
    return unread('.to', 'nobody is named as its recipient')
  return eventsOf({ message, customer, author: scene.us, byUs: true, scene })
}

function eventsOf(spoken: Spoken): Reading {
  const { type } = spoken.message
  if (type === 'reaction') return reaction(spoken)
  if (type === 'edit') return edit(spoken)
  if (type === 'revoke') return revoke(spoken)
  return written(spoken)
}

const keysOf = ({ message, customer, scene }: Spoken) =>
  keyed(scene, { dedupe: [message.id], threadKeys: threadKeysOf(customer, message.groupId), at: message.at })

function written(spoken: Spoken): Reading {
  const { message, customer, author, scene } = spoken
  const content = contentOf(message.type, message.body)
  if (isUnread(content)) return content
  const answered = textAt(objectAt(message.body, 'context'), 'id')
  const data: Incoming = {
    kind: message.groupId === undefined ? 'dm' : 'group',
    externalId: message.id,
    from: author,
    ...content,
    repliesTo: answered === undefined ? [] : [answered],
    vendor: {
      ...(message.groupId === undefined ? replyAddress(customer) : { group: message.groupId }),
      messageId: message.id,
    },
  }
  if (!spoken.byUs)
    return [{ type: 'message.received', ...keysOf(spoken), data }, ...sharedPhone(message, customer, scene)]
  const to = [partyOf(customer, scene.profiles)]
  return [{ type: 'message.echoed', ...keysOf(spoken), data: { ...data, to } }]
}

/** Orders facts about one message: seconds are all the vendor gives; the id makes an order of what the same second brought. */
const aboutOf = ({ message, author }: Spoken, target: string) => ({
  target,
  revision: `${message.at} ${message.id}`,
  by: author,
})

function edit(spoken: Spoken): Reading {
  const edited = objectAt(spoken.message.body, 'edit')
  const target = textAt(edited, 'original_message_id')
  const inner = objectAt(edited, 'message')
  const type = textAt(inner, 'type')
  if (target === undefined) return unread('.edit.original_message_id', 'an edit of no message')
  if (inner === undefined || type === undefined) return unread('.edit.message', 'an edit without its new content')
  const content = contentOf(type, inner)
  if (isUnread(content)) return unread(`.edit.message${content.below}`, content.unread)
  return [{ type: 'message.edited', ...keysOf(spoken), data: { ...aboutOf(spoken, target), ...content } }]
}

function revoke(spoken: Spoken): Reading {
  const target = textAt(objectAt(spoken.message.body, 'revoke'), 'original_message_id')
  if (target === undefined) return unread('.revoke.original_message_id', 'a deletion of no message')
  return [{ type: 'message.deleted', ...keysOf(spoken), data: aboutOf(spoken, target) }]
}

/** A missing or empty emoji takes the reaction back (sheet 3.5). */
function reaction(spoken: Spoken): Reading {
  const reacted = objectAt(spoken.message.body, 'reaction')
  const target = textAt(reacted, 'message_id')
  if (target === undefined) return unread('.reaction.message_id', 'a reaction to no message')
  const emoji = textAt(reacted, 'emoji') ?? null
  const event: InboundEvent<'message.reacted'> = {
    type: 'message.reacted',
    ...keysOf(spoken),
    data: { ...aboutOf(spoken, target), emoji },
  }
  return [event]
}
