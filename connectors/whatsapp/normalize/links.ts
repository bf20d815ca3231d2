// When the vendor says that two ids are one person: a changed number, a new user id, a phone handed over on request.
import type { InboundEvent } from '../../../core/ports/channel.ts'
import { phoneKeys } from '../../../core/rules/phone-keys.ts'
import type { Party } from '../../../schemas/message.ts'
import { isObject, listAt, objectAt, textAt } from '../../_shared/read-json.ts'
import { unread } from '../../_shared/unread.ts'
import { readPerson, type Ids, type WireMessage } from '../wire.ts'
import { partyOf, personKeys } from './people.ts'
import { keyed, type Reading } from '../../_shared/items.ts'
import type { Scene } from './scene.ts'

/** The ones that move a person. The last tells that somebody may hold the number anew: it joins nobody, and is kept on the contact. */
const known: ReadonlySet<string> = new Set(['user_changed_number', 'user_changed_user_id', 'customer_identity_changed'])

/**
 * System messages are no words of the customer: they open no ticket and get no answer (sheet section 9, point 7). The text in them
 * names old and new ids too, but the customer's chosen name stands in it, so only the fields are read.
 */
export function changedIdentity(message: WireMessage, old: Ids, scene: Scene): Reading {
  const system = objectAt(message.body, 'system')
  const why = textAt(system, 'type')
  if (system === undefined || why === undefined) return unread('.system.type', 'a system message of no type')
  if (!known.has(why)) return unread('.system.type', `a system message of the unknown type ${why.slice(0, 80)}`)
  const now = why === 'customer_identity_changed' ? old : readPerson(system)
  if (now.userId === undefined && now.phone === undefined) return unread('.system', 'a change that names no new id')
  return [linked(message, { old, now, why }, scene)]
}

/** The customer tapped "share my number": the message stays a message, and the phone joins the user id (contact_request; sheet 3.5). */
export function sharedPhone(message: WireMessage, old: Ids, scene: Scene): readonly InboundEvent[] {
  const cards = listAt(message.body, 'contacts')
  if (!textAt(message.body, 'origin')?.startsWith('contact_request') || cards.length !== 1) return []
  const [phone] = listAt(cards[0], 'phones')
  if (!isObject(phone)) return []
  const digits = (textAt(phone, 'wa_id') ?? textAt(phone, 'phone') ?? '').replace(/[^\d]/g, '')
  if (phoneKeys(digits).length === 0) return []
  return [linked(message, { old, now: { ...old, phone: digits }, why: 'contacts_shared_phone' }, scene)]
}

function linked(
  message: WireMessage,
  of: { readonly old: Ids; readonly now: Ids; readonly why: string },
  scene: Scene,
): InboundEvent<'contact.linked'> {
  const from = personKeys(of.old)
  const to: Party = partyOf(of.now, scene.profiles)
  return {
    type: 'contact.linked',
    ...keyed(scene, { dedupe: [message.id], threadKeys: [...new Set([...from, ...to.keys])], at: message.at }),
    data: { from, to, why: of.why },
  }
}
