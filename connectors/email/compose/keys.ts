// What an answer to a reply of ours may carry, as keys of its conversation: its token, its Message-ID and its ticket's number.
import type { OutboundMessage } from '../../../core/ports/channel.ts'
import { idKey, idOfOrganisation, numberKey, tokenKey, tokenOfKey, tokenOfOrganisation } from '../normalize/ids.ts'
import { organisationOf } from '../normalize/organisation.ts'
import type { Settings } from '../settings.ts'
import { digitsOf, messageIdOf } from './compose.ts'

/** The token leads here whoever has it; all else only from those who got the reply, and from proven colleagues of the requester. */
export function keysOfReply(message: OutboundMessage, account: { readonly settings: Settings }): readonly string[] {
  if (message.notice === true) return []
  const id = messageIdOf(message.ours, account.settings)
  const token = digitsOf(message.ours)
  const { to, also = [], cc = [], vendor, number } = message
  const addresses = [to.address, vendor['replyTo'], ...[...also, ...cc].map((it) => it.address)]
  const keys = addresses.flatMap((it) =>
    it === null || it === undefined
      ? []
      : [tokenOfKey(token, it), idKey(id, it), ...(number === undefined ? [] : [numberKey(number, it)])],
  )
  const organisation = organisationOf(to.address, account.settings)
  const colleagues =
    organisation === null ? [] : [tokenOfOrganisation(token, organisation), idOfOrganisation(id, organisation)]
  return [...new Set([tokenKey(token), ...keys, ...colleagues])]
}
