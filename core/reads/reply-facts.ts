// Reads what an answer needs to know, for commands and workers alike.
import type { OutboundMessage } from '../ports/channel.ts'
import type { Reader } from '../ports/reader.ts'
import type { ContactRow, ConversationRow, SaidRow } from '../ports/rows.ts'
import { lifecycleOf } from '../rules/lifecycle.ts'
import type { ReplyAsk, ReplyFacts } from '../rules/reply-facts.ts'

export async function readReplyFacts(ask: ReplyAsk, read: Reader): Promise<ReplyFacts> {
  const ticket = (await read.tickets.byId([ask.ticket])).get(ask.ticket) ?? null
  const id = ticket?.conversation ?? null
  const conversation = id === null ? null : ((await read.conversations.byId([id])).get(id) ?? null)
  const uploads = ask.attachments.length === 0 ? null : await read.uploads.byId(ask.attachments)
  const recent = ticket === null ? [] : await read.messages.lastOf(ticket.id, lookBack)
  const message = ask.replyTo === null ? null : ((await read.messages.byId([ask.replyTo])).get(ask.replyTo) ?? null)
  return {
    ticket,
    life: ticket === null ? null : lifecycleOf(await read.desk(), ticket),
    conversation,
    contact: conversation === null ? null : await contactOf(conversation, read),
    ...(await readHome(conversation, ask, read)),
    answered: { asked: ask.replyTo !== null, message },
    heard: recent.find((it) => it.direction === 'in') ?? null,
    recent,
    uploads: ask.attachments.map((it) => ({ id: it, attachment: uploads?.get(it)?.attachment ?? null })),
  }
}

const contactOf = async ({ contact }: ConversationRow, read: Reader): Promise<ContactRow | null> =>
  (await read.contacts.byId([contact])).get(contact) ?? null

/** So many of our own answers in a row are looked behind for the customer's last message. */
const lookBack = 20

const homeless = {
  account: null,
  can: null,
  template: null,
  last: null,
  standing: null,
  addressed: [],
  keysOf: () => [],
}

/** What the conversation's account and kind allow. */
async function readHome(conversation: ConversationRow | null, ask: ReplyAsk, read: Reader) {
  if (conversation === null) return homeless
  const { channel, account: id, kind } = conversation
  const account = await read.accounts.one(channel, id)
  const { template } = ask
  const can = read.capabilities(channel, kind)
  return {
    account,
    can,
    template: template ? await read.templates.one(channel, id, template.name, template.language) : null,
    last: await read.replies.last(conversation.id),
    standing: can?.replies === 'one-editable' ? standingIn(await read.messages.saidIn(conversation.id)) : null,
    keysOf: (message: OutboundMessage) => (account === null ? [] : read.keysOfReply(account, message)),
    addressed: account === null ? [] : ask.addresses.map((typed) => ({ typed, ...read.address(account, typed) })),
  }
}

const standingIn = (said: readonly SaidRow[]): SaidRow | null =>
  said.findLast((it) => it.direction === 'out' && it.replacedBy === null) ?? null
