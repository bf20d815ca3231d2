// What an answer to a reply of ours may carry, as keys of its conversation: its token, and its Message-ID from each who got it.
import type { OutboundMessage } from '../../../core/ports/channel.ts'
import { idKey, tokenKey } from '../normalize/ids.ts'
import type { Settings } from '../settings.ts'
import { messageIdOf, tokenOf } from './compose.ts'

export function keysOfReply(message: OutboundMessage, account: { readonly settings: Settings }): readonly string[] {
  const id = messageIdOf(message.ours, account.settings)
  const people = [
    message.to.address,
    message.vendor['replyTo'],
    ...[...(message.also ?? []), ...(message.cc ?? [])].map((it) => it.address),
  ]
  const keys = people.flatMap((it) => (it === null || it === undefined ? [] : [idKey(id, it)]))
  return [...new Set([tokenKey(tokenOf(message.ours)), ...keys])]
}
