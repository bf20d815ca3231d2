// What an agent types to write to somebody first: the numeric user id, because a handle leads to nobody without asking the vendor.
import type { Party } from '../../schemas/message.ts'
import { conversationKey } from './normalize/messages.ts'
import { partyOf } from './normalize/scene.ts'
import { pairId } from './wire.ts'

type Address =
  { readonly to: Party; readonly lane: string; readonly threadKeys: readonly string[] } | { readonly refuse: string }

export function address(typed: string, account: { readonly settings: { readonly userId: string } }): Address {
  const id = typed.trim()
  const us = account.settings.userId
  if (!/^[1-9]\d{0,19}$/.test(id))
    return {
      refuse:
        'X sends a first message to a user id, a number such as 2244994945, not to a handle. Answer on a ticket of theirs, or look the id up.',
    }
  if (id === us) return { refuse: 'This is the account itself.' }
  const key = conversationKey(pairId(us, id))
  return { to: partyOf(id, undefined, undefined), lane: `${us}/${key}`, threadKeys: [key] }
}
