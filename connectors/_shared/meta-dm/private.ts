// One private event → what it says: a message, an edit, a reaction, a receipt. Which of them it is, the one key of its kind tells.
import type { Incoming, InboundEvent } from '../../../core/ports/channel.ts'
import { instantOfMilliseconds, instantOfSeconds } from '../../../core/rules/instants.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Part, Party } from '../../../schemas/message.ts'
import { keyed, type Reading } from '../items.ts'
import { field, idAt, isObject, listAt, objectAt, present, textAt, type Json } from '../read-json.ts'
import { digestOf, isUnread, unread, type Unread } from '../unread.ts'
import { contentOf, referralPart, says, type Content } from './content.ts'
import { userKey, type Scene } from './product.ts'

/** Who spoke with us when. `customer` names the conversation, whichever of the two wrote. */
interface Spoken {
  readonly scene: Scene
  readonly customer: Party
  /** What sending needs to reach them again. */
  readonly reach: Readonly<Record<string, string>>
  readonly byUs: boolean
  readonly at: Instant
  readonly ms: string
}
type Read = (what: Json, spoken: Spoken) => Reading

const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['message', readMessage],
  ['postback', readPostback],
  ['reaction', readReaction],
  ['message_edit', readEdit],
  ['message_edits', readEdit],
  ['delivery', readDelivery],
  ['read', readSeen],
  ['referral', readReferral],
])
/** About the thread or the app, nothing that anybody wrote; the bytes are kept (sheets 3.3, checked 2026-11). */
const nothingSaid: ReadonlySet<string> = new Set([
  'pass_thread_control',
  'take_thread_control',
  'request_thread_control',
  'app_roles',
  'account_linking',
  'optin',
  'game_play',
  'policy_enforcement',
  'message_context',
])

export function readPrivate(item: Json, scene: Scene): Reading {
  const kind = [...readers.keys()].find((key) => isObject(field(item, key)))
  if (kind === undefined)
    return Object.keys(item).some((key) => nothingSaid.has(key)) ? [] : unread('', 'no kind of event that is known')
  const what = objectAt(item, kind)!
  const spoken = spokenIn(item, what, scene)
  if (isUnread(spoken)) return spoken
  const reading = readers.get(kind)!(what, spoken)
  return isUnread(reading) ? unread(`.${kind}${reading.below}`, reading.unread) : reading
}

function spokenIn(item: Json, what: Json, scene: Scene): Spoken | Unread {
  const byUs = field(what, 'is_echo') === true || idAt(objectAt(item, 'sender'), 'id') === scene.home
  const side = byUs ? 'recipient' : 'sender'
  const named = objectAt(item, side)
  const id = idAt(named, 'id')
  const reference = textAt(named, 'user_ref')
  const time = idAt(item, 'timestamp')
  // The dashboard's test button writes seconds.
  const at = instantOfMilliseconds(time) ?? instantOfSeconds(time)
  if (id === undefined && reference === undefined) return unread(`.${side}`, 'nobody is named as the customer')
  if (at === null) return unread('.timestamp', 'its time is not Unix milliseconds')
  const known = id ?? `ref:${reference}`
  const customer = { id: known, name: null, address: known, keys: [userKey(scene, known)] }
  const reach: Readonly<Record<string, string>> = id === undefined ? { userRef: reference! } : { user: id }
  return { scene, customer, reach, byUs, at, ms: String(Date.parse(at)) }
}

const keysOf = ({ scene, customer, at }: Spoken, ...dedupe: readonly string[]) =>
  keyed(scene, { dedupe, threadKeys: customer.keys, at })

function readMessage(message: Json, spoken: Spoken): Reading {
  const mid = idAt(message, 'mid')
  if (mid === undefined) return unread('.mid', 'the message has no id')
  // An account that writes to itself tries its own webhooks: there is no customer.
  if (field(message, 'is_self') === true || spoken.customer.id === spoken.scene.home) return []
  if (field(message, 'is_deleted') === true) return deleted(mid, spoken)
  const content = contentOf(message)
  if (isUnread(content)) return content
  return spoken.byUs ? echoed(message, { mid, content }, spoken) : [received(message, { mid, content }, spoken)]
}

interface Said {
  readonly mid: string
  readonly content: Content
}
/** What stands around a message of its own: who owns the thread, and the advertisement that brought them. */
const around = ({ scene }: Spoken): readonly Part[] =>
  scene.standby
    ? [
        {
          kind: 'standby',
          why: 'Another app answers this conversation now; an answer from here may be refused.',
        } as Part,
      ]
    : []

function incoming(message: Json, { mid, content }: Said, spoken: Spoken): Omit<Incoming, 'from'> {
  const answered = textAt(objectAt(message, 'reply_to'), 'mid')
  return {
    kind: 'dm',
    externalId: mid,
    ...content,
    parts: [...content.parts, ...around(spoken)],
    repliesTo: answered === undefined ? [] : [answered],
    vendor: spoken.reach,
  }
}

const received = (message: Json, said: Said, spoken: Spoken): InboundEvent => ({
  type: 'message.received',
  ...keysOf(spoken, said.mid),
  data: { from: spoken.customer, ...incoming(message, said, spoken) },
})

/** Written by us, by another app or in the vendor's own inbox. It opens no window and starts no clock. */
function echoed(message: Json, said: Said, spoken: Spoken): Reading {
  const { product, us } = spoken.scene
  const ours = product.oursIn(message)
  const perhaps = ours === undefined && product.echoesNameNobody ? { mayBeOurs: true as const } : {}
  const app = idAt(message, 'app_id')
  const base = incoming(message, said, spoken)
  const vendor = { ...base.vendor, ...(app === undefined ? {} : { app }) }
  const data = { from: us, to: [spoken.customer], ...base, vendor, ...present({ ours }), ...perhaps }
  return [{ type: 'message.echoed', ...keysOf(spoken, said.mid), data }]
}

function deleted(mid: string, spoken: Spoken): Reading {
  const data = { target: mid, revision: spoken.ms, by: author(spoken) }
  return [{ type: 'message.deleted', ...keysOf(spoken, mid, 'deleted'), data }]
}
const author = ({ byUs, scene, customer }: Spoken): Party => (byUs ? scene.us : customer)

/** A tapped button is what the customer says; without an id it is told apart by who, what and when. */
function readPostback(postback: Json, spoken: Spoken): Reading {
  const title = textAt(postback, 'title') ?? textAt(postback, 'payload') ?? ''
  const id = textAt(postback, 'payload')
  const mid = idAt(postback, 'mid') ?? `postback:${spoken.customer.id}:${digestOf(postback)}:${spoken.ms}`
  const answer = { kind: 'answer', of: 'button', ...present({ id, title: title === '' ? undefined : title }) } as Part
  const referral = objectAt(postback, 'referral')
  const content = says(title, answer, ...(referral === undefined ? [] : [referralPart(referral)]))
  return [received(postback, { mid, content }, spoken)]
}

/** They opened the conversation by a link or an advertisement and have said nothing yet: listed where it belongs, and nobody's turn. */
function readReferral(referral: Json, spoken: Spoken): Reading {
  const mid = `referral:${spoken.customer.id}:${spoken.ms}`
  const event = received(referral, { mid, content: says('', referralPart(referral)) }, spoken)
  if (event.type !== 'message.received') return []
  const opens = spoken.scene.product.clicksOpen ? { opens: true as const } : {}
  return [{ ...event, data: { ...event.data, automatic: 'opened by a link', ...opens } }]
}

/** Without an emoji it is taken back; a word stands for it where the vendor sends none. */
function readReaction(reaction: Json, spoken: Spoken): Reading {
  const target = idAt(reaction, 'mid')
  const action = textAt(reaction, 'action') ?? 'react'
  if (target === undefined) return unread('.mid', 'a reaction to no message')
  const shown = textAt(reaction, 'emoji') ?? textAt(reaction, 'reaction')
  const emoji = action === 'unreact' ? null : (shown ?? null)
  const data = { target, revision: spoken.ms, by: author(spoken), emoji }
  return [{ type: 'message.reacted', ...keysOf(spoken, target, author(spoken).id, action, spoken.ms), data }]
}

/** `num_edit` is documented as a number and shown in quotes (sheets 3.3, checked 2026-11). */
function readEdit(edit: Json, spoken: Spoken): Reading {
  const target = idAt(edit, 'mid')
  const text = field(edit, 'text')
  if (target === undefined) return unread('.mid', 'an edit of no message')
  if (typeof text !== 'string') return unread('.text', 'an edit without its new text')
  const number = idAt(edit, 'num_edit') ?? spoken.ms
  const data = { target, revision: number, by: author(spoken), text, parts: [], attachments: [] }
  return [{ type: 'message.edited', ...keysOf(spoken, target, 'edit', number), data }]
}

type Seen = 'delivered' | 'read'
function receipt(
  state: Seen,
  of: { readonly externalId: string } | { readonly upTo: Instant },
  spoken: Spoken,
): InboundEvent {
  const name = 'upTo' in of ? [spoken.customer.id, state, of.upTo] : [of.externalId, state]
  return { type: 'message.delivery_updated', ...keysOf(spoken, ...name), data: { ...of, state } }
}

/** Named ones are known for certain; the watermark covers what else was sent until then. */
function readDelivery(delivery: Json, spoken: Spoken): Reading {
  const mids = listAt(delivery, 'mids').filter((it): it is string => typeof it === 'string' && it !== '')
  const named = [...new Set(mids)].map((externalId) => receipt('delivered', { externalId }, spoken))
  const upTo = instantOfMilliseconds(idAt(delivery, 'watermark'))
  if (upTo === null && named.length === 0) return unread('.watermark', 'a receipt of nothing')
  return upTo === null ? named : [...named, receipt('delivered', { upTo }, spoken)]
}

/** One product names the message, the other how far they have read. */
function readSeen(seen: Json, spoken: Spoken): Reading {
  const externalId = idAt(seen, 'mid')
  if (externalId !== undefined) return [receipt('read', { externalId }, spoken)]
  const upTo = instantOfMilliseconds(idAt(seen, 'watermark'))
  return upTo === null ? unread('.watermark', 'a receipt of nothing') : [receipt('read', { upTo }, spoken)]
}
