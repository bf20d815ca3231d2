// What an answer to a reply of ours may carry, as keys of its conversation: its token, its Message-ID and its ticket's number.
import type { OutboundMessage } from '../../../core/ports/channel.ts'
import { idKey, numberKey, tokenKey, tokenOfKey } from '../normalize/ids.ts'
import type { Settings } from '../settings.ts'
import { digitsOf, messageIdOf } from './compose.ts'

/** The token leads here whoever has it; all else only from those who got the reply. */
export function keysOfReply(message: OutboundMessage, account: { readonly settings: Settings }): readonly string[] {
  const id = messageIdOf(message.ours, account.settings)
  const token = digitsOf(message.ours)
  const { to, also = [], cc = [], vendor, number } = message
  const addresses = [to.address, vendor['replyTo'], ...[...also, ...cc].map((it) => it.address)]
  const keys = addresses.flatMap((it) =>
    it === null || it === undefined
      ? []
      : [tokenOfKey(token, it), idKey(id, it), ...(number === undefined ? [] : [numberKey(number, it)])],
  )
  return [...new Set([tokenKey(token), ...keys])]
}
