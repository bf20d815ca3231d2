// A record in memory for pure tests: interprets the verbs of decisions and answers what facts ask, so that whole sequences can be run.
import type { SlaClockRow } from '../../core/ports/sla.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { statusCategories } from '../../schemas/ticket.ts'
import type { Instant, MessageId, TicketId } from '../../schemas/ids.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import { isRefusal, type Asker, type Command, type Refusal } from '../../core/ports/command.ts'
import type {
  AccountRow,
  BrandRow,
  ContactRow,
  ConversationRow,
  KeyRow,
  MessageRow,
  ReplyRow,
  SaidRow,
  TargetFacts,
  TemplateRow,
  TicketRow,
  UploadRow,
  WorkspaceRow,
} from '../../core/ports/rows.ts'
import type { AutoReplyNote, NoticeNote } from '../../core/ports/auto-reply-rows.ts'
import type { DeskRows, PresenceRow, WaitingRow } from '../../core/ports/desk-rows.ts'
import { emptyDesk } from '../../core/rules/make-desk.ts'
import type { Change, Verb, Verbs, Worker } from '../../core/ports/worker.ts'
import { raise } from '../../core/runtime/raise.ts'
import type { EventOf, EventType } from '../../schemas/events.ts'
import { agent, dm, moment, start, workspace } from './given.ts'
import { readerOf } from './world-reader.ts'
import { verbs } from './world-verbs.ts'

export interface World {
  readonly contacts: Map<string, ContactRow>
  readonly gone: Map<string, string>
  readonly conversations: Map<string, ConversationRow>
  readonly threadKeys: Map<string, string>
  readonly tickets: Map<string, TicketRow>
  readonly messages: Map<
    string,
    MessageRow & Pick<TargetFacts, 'textRevision' | 'deleted' | 'reactions'> & Pick<SaidRow, 'replacedBy'>
  >
  readonly refs: Map<string, { message: MessageId | null; waiting: readonly AnyEvent[] }>
  readonly replies: Map<string, ReplyRow & { readonly outbound: Verbs['queue-reply']['outbound'] }>
  readonly wakes: Map<string, Verbs['wake-me']>
  readonly templates: Map<string, TemplateRow>
  readonly accounts: Map<string, AccountRow>
  readonly brands: Map<string, BrandRow>
  readonly keys: Map<string, KeyRow>
  readonly passwords: Map<string, Verbs['put-password']>
  readonly invitations: Map<string, Verbs['put-invitation']>
  readonly sessions: Map<string, Verbs['put-session']>
  readonly uploads: Map<string, UploadRow>
  desk: DeskRows
  readonly presences: Map<string, PresenceRow>
  readonly waiting: Map<string, WaitingRow>
  readonly hours: Map<string, Instant>
  readonly clocks: Map<string, SlaClockRow>
  readonly given: { readonly agent: string; readonly ticket: string; readonly at: Instant }[]
  /** What was sent or withheld by itself. */
  readonly notes: AutoReplyNote[]
  readonly notices: NoticeNote[]
  /** By the database: of the transaction. */
  now: Instant
  readonly seen: string[]
  readonly audit: Verbs['audit'][]
  readonly aside: AnyEvent[]
  readonly feed: Map<string, AnyEvent>
  readonly inbox: Set<string>
  readonly events: AnyEvent[]
  readonly kinds: Record<string, Capabilities>
  workspace: WorkspaceRow
  number: number
}

export const emptyWorld = (): World => ({
  contacts: new Map(),
  gone: new Map(),
  conversations: new Map(),
  threadKeys: new Map(),
  tickets: new Map(),
  messages: new Map(),
  refs: new Map(),
  replies: new Map(),
  wakes: new Map(),
  templates: new Map(),
  accounts: new Map(),
  brands: new Map(),
  keys: new Map(),
  passwords: new Map(),
  invitations: new Map(),
  sessions: new Map(),
  uploads: new Map(),
  desk: emptyDesk,
  presences: new Map(),
  waiting: new Map(),
  hours: new Map(),
  clocks: new Map(),
  given: [],
  notes: [],
  notices: [],
  now: start,
  seen: [],
  audit: [],
  aside: [],
  feed: new Map(),
  inbox: new Set(),
  events: [],
  kinds: { dm },
  workspace: {
    id: 'main',
    name: 'Main',
    onReply: 'pending',
    followUpDays: 7,
    closeDays: 14,
    requireTopic: false,
    version: 1,
  },
  number: 1000,
})

export const keyOf = (...parts: readonly (string | null)[]): string => JSON.stringify(parts)

/** In the fixed order of the verbs, as the store applies them. */
export function apply(world: World, changes: readonly Change[]): void {
  const order = Object.keys(verbs)
  for (const change of changes.toSorted((a, b) => order.indexOf(a.do) - order.indexOf(b.do)))
    (verbs[change.do] as (world: World, change: Change<Verb>) => void)(world, change)
}

/** One event through one worker: claimed, decided, applied. What it raised comes back, and is kept. */
export async function take<T extends EventType, F>(
  world: World,
  worker: Worker<T, F>,
  event: EventOf<T>,
  now: Instant = event.receivedAt,
): Promise<readonly AnyEvent[]> {
  const claim = keyOf(worker.name, event.id)
  if (worker.guard === 'inbox' && world.inbox.has(claim)) return []
  world.inbox.add(claim)
  world.now = now > event.receivedAt ? now : event.receivedAt
  const { each, shared } = await worker.facts([event], readerOf(world))
  const facts = each[0] as F
  worker.locks(event)
  worker.moreLocks?.(event, facts)
  const decision = worker.decide(
    event,
    facts,
    moment(now > event.receivedAt ? now : event.receivedAt, `${worker.name}${event.id}`),
    shared,
  )
  apply(world, decision.changes)
  const raised = raise(decision.events, {
    workspace,
    channel: event.channel,
    account: event.account,
    decider: worker.name,
    name: event.id,
    event: event.id,
    correlation: event.correlation,
    actor: { kind: 'system', id: worker.name },
    origin: event.origin,
    now,
  })
  world.events.push(...raised)
  return raised
}

export interface Done {
  readonly answer: unknown
  readonly raised: readonly AnyEvent[]
}
/** A call, decided and applied; a refusal changes nothing. */
export async function call<I, F>(
  world: World,
  command: Command<I, F>,
  input: I,
  asked: { readonly now?: Instant; readonly by?: Asker } = {},
): Promise<Done | Refusal> {
  const now = asked.now ?? start
  const by = asked.by ?? agent
  const facts = await command.facts(input, readerOf(world))
  const name = `${command.name}${world.events.length}${world.audit.length}`
  const decision = command.decide(input, facts, moment(now, name), by)
  if (isRefusal(decision)) return decision
  apply(world, decision.changes)
  const cause = { channel: null, account: null, event: null, origin: 'live', ...decision.about } as const
  const who = { workspace, decider: command.name, name, correlation: by.correlation, actor: by.actor, now }
  const raised = raise(decision.events, { ...who, ...cause })
  world.events.push(...raised)
  return { answer: decision.answer, raised }
}

export const onlyTicket = (world: World): TicketRow => {
  const [ticket, ...more] = world.tickets.values()
  if (ticket === undefined || more.length > 0) throw new Error(`expected one ticket, found ${world.tickets.size}`)
  return ticket
}
export const setTicket = (world: World, ticket: TicketId, set: Partial<TicketRow>): void => {
  const row = { ...world.tickets.get(ticket)!, ...set }
  world.tickets.set(ticket, { ...row, category: statusCategories[row.status] })
}
