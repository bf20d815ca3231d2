// Who is told of it: those it concerns, as the notifications of the desk narrow them, each at their own address, by an account that sends letters.
import type { NoticeNote, NotificationRow } from '../../core/ports/auto-reply-rows.ts'
import type { AgentRow } from '../../core/ports/desk-rows.ts'
import type { Desk } from '../../core/ports/desk.ts'
import type { Reader } from '../../core/ports/reader.ts'
import type { TicketRow } from '../../core/ports/rows.ts'
import { accountNamed, letterbox, type Letterbox } from '../../core/reads/letters.ts'
import { maySee } from '../../core/rules/sees.ts'
import { spokenOf, type Spoken } from '../../core/rules/spoken.ts'
import type { MessageId } from '../../schemas/ids.ts'
import { newsIn, type Heard, type News } from './heard.ts'

export interface Told extends Letterbox {
  readonly agent: AgentRow
  /** Theirs, else that of the brand it is about. */
  readonly language: Spoken
  /** What they were told in the last hour, and of this event. */
  readonly lately: readonly NoticeNote[]
}
export type Facts = {
  readonly news: News
  readonly ticket: TicketRow | null
  readonly told: readonly Told[]
} | null

/** Where nobody is to be told of such things this is all: one look at the version of the desk, a batch. */
export async function readFacts(events: readonly Heard[], read: Reader) {
  const each: Facts[] = events.map(() => null)
  const desk = await read.desk()
  const active = desk.rows.notifications.filter(({ isActive }) => isActive)
  if (active.length === 0) return { each, shared: undefined }
  for (const [at, event] of events.entries()) {
    const news = newsIn(event)
    if (news === null || !active.some(({ on }) => on.includes(news.kind))) continue
    each[at] = await factsOf(news, event, { desk, active, read })
  }
  return { each, shared: undefined }
}

interface Known {
  readonly desk: Desk
  readonly active: readonly NotificationRow[]
  readonly read: Reader
}

/** What is spam is no news but where a person makes it somebody's. */
async function factsOf(news: News, event: Heard, { desk, active, read }: Known): Promise<Facts> {
  const ticket = news.ticket === null ? null : ((await read.tickets.byId([news.ticket])).get(news.ticket) ?? null)
  if (news.ticket !== null && ticket === null) return null
  if (ticket?.category === 'junk' && news.doer === null) return null
  if (news.kind === 'customerReplied' && (await isOfGuest(event, read))) return null
  const of = ticket ?? { brand: null, channel: event.channel }
  const rows = active.filter((it) => it.on.includes(news.kind) && isOf(it, of))
  const told: Told[] = []
  const home = desk.accounts.get(`${event.channel}/${event.account}`)
  const place = { brand: home?.brand ?? null, channel: event.channel }
  const ofBrand = desk.brands.get(ticket?.brand ?? place.brand ?? '')?.language
  for (const agent of concerned(news, { ticket, place }, desk)) {
    const theirs = rows.filter((it) => (it.agents?.includes(agent.id) ?? true) && !it.except.includes(agent.id))
    const found = await toldBy(theirs, agent, event, read)
    if (found !== null) told.push({ ...found, language: spokenOf([...agent.languages, ofBrand]) })
  }
  return { news, ticket, told }
}

/** Somebody else than the customer wrote it, to an address that was passed on: no answer of theirs, and it must not quieten the word of one. */
async function isOfGuest(event: Heard, read: Reader): Promise<boolean> {
  if (event.type !== 'ticket.message_added') return false
  const id = event.data.message as MessageId
  const message = (await read.messages.byId([id])).get(id)
  return message?.parts.some(({ kind }) => kind === 'guest') ?? false
}

const isOf = (
  { brands, channels }: NotificationRow,
  of: { readonly brand: string | null; readonly channel: string | null },
): boolean =>
  (brands === null || (of.brand !== null && brands.includes(of.brand))) &&
  (channels === null || (of.channel !== null && channels.includes(of.channel)))

interface Subject {
  readonly ticket: TicketRow | null
  /** Of the account that it is about. */
  readonly place: { readonly brand: string | null; readonly channel: string | null }
}
/** Whoever did it knows it; who may not see the ticket or the account is not told of it. */
function concerned({ kind, owner, doer }: News, { ticket, place }: Subject, desk: Desk): readonly AgentRow[] {
  const all = desk.rows.agents.filter((it) => it.isActive && it.id !== doer)
  if (kind === 'accountDown') return all.filter((it) => it.role === 'administrator' && maySee(it, place))
  const seeing = all.filter((it) => ticket !== null && maySee(it, ticket))
  const group = kind === 'newInGroup' ? owner : isOfNobody(kind, ticket) ? ticket.group : undefined
  if (group !== undefined) return seeing.filter(({ groups }) => group !== null && groups.includes(group))
  return seeing.filter(({ id }) => id === (owner ?? ticket?.assignee))
}

/** A target of what nobody has yet is the group's. */
const isOfNobody = (kind: News['kind'], ticket: TicketRow | null): ticket is TicketRow =>
  (kind === 'slaWarning' || kind === 'slaBreached') && ticket?.assignee === null

/** By the first that can send: that an account is down is not told by itself. Null: none can. */
async function toldBy(rows: readonly NotificationRow[], agent: AgentRow, event: Heard, read: Reader) {
  for (const { account } of rows) {
    const box = await letterbox(await accountNamed(account, read), agent.email, read)
    if (box !== null) return { agent, ...box, lately: await read.autoReplies.noticesTo(agent.id, event.id) }
  }
  return null
}
