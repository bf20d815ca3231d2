// What is known when a machine may answer: the ticket, which reply fits it, what an answer needs, and what was sent by itself lately.
import type { AutoReplyAsk, AutoReplyCount } from '../../core/ports/auto-reply-rows.ts'
import type { Desk } from '../../core/ports/desk.ts'
import type { Reader, TriageRow } from '../../core/ports/reader.ts'
import type { MessageRow } from '../../core/ports/rows.ts'
import { chairsOf, isTheirs, room } from '../../core/rules/assign/chairs.ts'
import { choices, kindsFor, type Chosen } from '../../core/rules/auto-reply/choose.ts'
import { addressOf, domainOf } from '../../core/rules/auto-reply/withhold.ts'
import { readReplyFacts } from '../../core/reads/reply-facts.ts'
import type { ReplyFacts } from '../../core/rules/reply-facts.ts'
import { askedBy, type Asked, type Heard } from './heard.ts'

/** Null: nothing fits. */
export type Facts = {
  /** The best of each kind, in the order of kinds. */
  readonly choices: readonly Chosen[]
  readonly row: TriageRow
  readonly desk: Desk
  readonly isLive: boolean
  readonly reply: ReplyFacts
  /** The last of the ticket that it follows up on. */
  readonly earlier: readonly MessageRow[]
  readonly asked: AutoReplyAsk
  readonly count: AutoReplyCount
  readonly isOurs: boolean
} | null

/** Where no automatic reply is configured this is all: one look at the version of the desk, a batch. */
export async function readFacts(events: readonly Heard[], read: Reader) {
  const each: Facts[] = events.map(() => null)
  const desk = await read.desk()
  const wanted = events.flatMap((event, at) => {
    const asked = askedBy(event)
    return asked !== null && mayFit(asked, desk) ? [{ asked, at }] : []
  })
  if (wanted.length === 0) return { each, shared: undefined }
  const rows = await read.triage.of(wanted.map(({ asked: { ticket, message } }) => ({ ticket, message })))
  for (const [n, { asked, at }] of wanted.entries()) {
    const row = rows[n] ?? null
    if (row !== null) each[at] = await factsOf(asked, row, desk, read)
  }
  return { each, shared: undefined }
}

const mayFit = ({ isOpening }: Asked, { autoReplies: { kinds } }: Desk): boolean =>
  [true, false].some((isLive) => kindsFor({ isOpening, isLive }).some((kind) => kinds.has(kind)))

async function factsOf(asked: Asked, row: TriageRow, desk: Desk, read: Reader): Promise<Facts> {
  const { ticket, kind, message } = row
  const can = ticket.channel === null || kind === null ? null : read.capabilities(ticket.channel, kind)
  // What was opened by us, or elsewhere, is no customer's first word (D2).
  const isTheirs = !asked.isOpening || ticket.origin === 'customer'
  if (can === null || message === null || !isTheirs) return null
  const isLive = can.live
  const isBusy = isLive && desk.autoReplies.kinds.has('busy') && (await isFull(row, desk, read))
  const isPublic = can.visibility === 'public'
  const fitting = choices({ isOpening: asked.isOpening, row, desk, isLive, isPublic, isBusy })
  if (fitting.length === 0) return null
  const reply = await readReplyFacts({ ticket: ticket.id, replyTo: null, attachments: [], addresses: [] }, read)
  const { conversation } = reply
  if (conversation === null) return null
  const { party, id, contact } = conversation
  const ask = {
    ticket: ticket.id,
    cause: message.id,
    conversation: id,
    contact,
    address: addressOf(party),
    domain: domainOf(party),
  }
  const [count] = await read.autoReplies.count([ask])
  const ours = await read.accounts.routesAmong(conversation.channel, [message.from.id])
  // To the customer it is one conversation, whichever ticket an agent wrote on a minute ago.
  const earlier = ticket.parent === null ? [] : await read.messages.lastOf(ticket.parent, lookBack)
  return { choices: fitting, row, desk, isLive, reply, earlier, asked: ask, count: count!, isOurs: ours.size > 0 }
}

const lookBack = 20

/** It waits, and nobody who is online has room for one more. Where there are no agents nobody knows who is there. */
async function isFull({ ticket, kind }: TriageRow, desk: Desk, read: Reader): Promise<boolean> {
  if (ticket.assignee !== null || ticket.channel === null || kind === null || desk.agents.size === 0) return false
  const need = {
    channel: ticket.channel,
    brand: ticket.brand,
    isLive: true,
    group: null,
    isGroupByLanguage: false,
    agent: null,
    language: null,
  }
  const { seats } = await read.assigning.board()
  return !chairsOf(desk, seats).some(
    (chair) => chair.seat.presence === 'online' && isTheirs(chair.agent, need) && room(chair, need) > 0,
  )
}
