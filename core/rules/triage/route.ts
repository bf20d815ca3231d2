// Whose it is: by a rule of its own, by its type, by language or channel, by the default group of its channel, or nobody's yet (3.5 stage 11).
import type { Desk } from '../../ports/desk.ts'
import type { RuleMatch } from '../../ports/rule-book.ts'
import type { TicketRow } from '../../ports/rows.ts'
import type { Change, TicketSet } from '../../ports/worker.ts'
import { noChannel } from '../assign/need.ts'
import { modeOf, ofKnownGroup, waitingOf } from '../assign/keep-queue.ts'
import { plusSeconds } from '../durations.ts'
import { ownerChanged, type Reason } from '../ticket-events.ts'
import { statusCategories } from '../../../schemas/ticket.ts'
import type { Condition } from '../../../schemas/rule.ts'
import { machine } from './question.ts'
import { isOfBrand } from '../sees.ts'
import { byDesk, byRule } from './reasons.ts'
import { idle, type Deeds, type Snapshot } from './snapshot.ts'

/** Where a ticket goes: a group, an agent of it, or both; and what said so. */
interface Way {
  readonly group: string | null
  readonly agent: string | null
  readonly reason: Reason
  readonly rule: string | null
  readonly isByLanguage: boolean
}
export interface Routed extends Deeds {
  /** It waits for an agent from now on. */
  readonly waits: boolean
}

/** `made`: what the other parts of triage make of it. */
export function route(it: Snapshot, made: TicketSet): Routed {
  const ticket = { ...it.ticket, ...made }
  const way = mayRoute(it) ? wayOf(it, made) : null
  const moved = way === null ? idle : move(it, ticket, way)
  const line = lineUp(it, { ...ticket, ...moved.set }, { way, isMoved: moved.events.length > 0 })
  return { ...moved, changes: [...moved.changes, ...line.changes], waits: line.waits }
}

/**
 * One that is opened goes where it belongs, unless its opener said so; on a message only one that is nobody's, when it gets a type (B3). What
 * follows from the machine's own assignment gives it to nobody else.
 */
function mayRoute({ question, ticket }: Snapshot): boolean {
  if (question.after.includes(machine)) return false
  return question.on === 'changed' || question.on === 'time' || (ticket.assignee === null && ticket.group === null)
}

function wayOf(it: Snapshot, made: TicketSet): Way | null {
  const ruled = it.question.on === 'message' ? [] : it.matches.flatMap((match) => ruledWay(it, match) ?? [])
  const own = ruled.find(({ isGeneral }) => !isGeneral)
  return own ?? typeWay(it, made) ?? ruled[0] ?? defaultWay(it)
}

function ruledWay({ desk, question }: Snapshot, match: RuleMatch): (Way & { readonly isGeneral: boolean }) | null {
  const { then, when, id } = match.rule
  const owner = ownerOf(desk, then)
  if (owner === null) return null
  const fields = when === null ? [] : fieldsOf(when)
  const isGeneral = fields.every((field) => general.has(field))
  const isByLanguage = isGeneral && fields.some((field) => field.endsWith('.language'))
  const reason = byRule(match, question.after, isByLanguage ? 'language' : 'rule')
  return { ...owner, reason, rule: id, isByLanguage, isGeneral }
}
/** What a rule by language or channel looks at, and no more: the type of a ticket says more of it than these (D13, D44). */
const general: ReadonlySet<string> = new Set([
  'ticket.language',
  'ticket.channel',
  'ticket.account',
  'ticket.brand',
  'contact.language',
])

function fieldsOf(when: Condition): readonly string[] {
  if ('all' in when) return when.all.flatMap(fieldsOf)
  if ('any' in when) return when.any.flatMap(fieldsOf)
  return 'not' in when ? fieldsOf(when.not) : [when.field]
}

/** What of it is there still; null: nothing. */
function ownerOf(
  desk: Desk,
  said: { readonly group?: string | null; readonly agent?: string | null },
): Pick<Way, 'group' | 'agent'> | null {
  const group = desk.groups.get(said.group ?? '')?.id ?? null
  const named = desk.agents.get(said.agent ?? '')
  const agent = named?.isActive === true ? named.id : null
  return group === null && agent === null ? null : { group, agent }
}

/** Of a ticket that is opened, or whose type was just set: by a rule here, or by somebody (D14). */
function typeWay({ news, question, desk, ticket, matches }: Snapshot, made: TicketSet): Way | null {
  const type = made.type ?? ticket.type
  const isSetNow = news.typed === type
  if (type === null || !(question.on === 'created' || made.type !== undefined || isSetNow)) return null
  const entry = desk.types.get(type)
  const owner = entry !== undefined && isOfBrand(entry.brands, ticket.brand) ? ownerOf(desk, entry) : null
  if (entry === undefined || owner === null) return null
  const names = [desk.groups.get(owner.group ?? '')?.name, desk.agents.get(owner.agent ?? '')?.name]
  const setter = made.type === undefined ? undefined : matches.find(({ rule }) => rule.then.type === made.type)?.rule.id
  const after = setter === undefined ? question.after : [...question.after, setter]
  const why = `Tickets of type “${entry.name}” are those of ${names.filter((it) => it !== undefined).join(', ')}`
  return { ...owner, reason: byDesk('type', entry.name, why, after), rule: null, isByLanguage: false }
}

/** What no rule gave to anybody (D55). */
function defaultWay({ question, desk, ticket: { channel } }: Snapshot): Way | null {
  if (question.on !== 'created') return null
  const group = desk.rows.groups.find((it) => it.isDefault && it.channels.includes(channel ?? noChannel))
  if (group === undefined) return null
  const why = `No rule said whose it is; “${group.name}” is the default group of its channel`
  return {
    group: group.id,
    agent: null,
    reason: byDesk('default_group', group.name, why),
    rule: null,
    isByLanguage: false,
  }
}

/** The group is set here; whoever has it and is not meant any more gives it back. Who gets it is decided by `assignment`. */
function move({ desk, ticket: before }: Snapshot, ticket: TicketRow, { group, agent, reason, rule }: Way): Deeds {
  const isOther = group !== null && group !== ticket.group
  const { assignee } = ticket
  const leaves =
    assignee !== null &&
    (agent === null ? isOther && desk.agents.get(assignee)?.groups.includes(group) !== true : assignee !== agent)
  const did =
    rule === null ? [] : [...(isOther ? ['group' as const] : []), ...(agent !== null ? ['agent' as const] : [])]
  return {
    set: { ...(isOther ? { group } : {}), ...(leaves ? { assignee: null, assignedAt: null } : {}) },
    changes: [],
    events: [
      ...(isOther ? [ownerChanged(before, 'group', group, reason)] : []),
      ...(leaves ? [ownerChanged(before, 'assignee', null, reason)] : []),
    ],
    did: did.map((target) => ({ rule: rule ?? '', target })),
  }
}

/**
 * Whether it waits for an agent, by the mode of its account; for one that was named it waits in every mode. What is brought in from another
 * desk, or read once more, is given to nobody: its time has passed.
 */
function lineUp(
  { news, question, desk, isLive, now }: Snapshot,
  ticket: TicketRow,
  { way, isMoved }: { readonly way: Way | null; readonly isMoved: boolean },
): { readonly changes: readonly Change[]; readonly waits: boolean } {
  const none = { changes: [], waits: false }
  const agent = way?.agent ?? null
  const category = statusCategories[ticket.status]
  const isWork = category === 'open' || (agent !== null && category === 'waiting')
  const { channel, account } = ticket
  if (ticket.assignee !== null || !isWork) return none
  if (news.origin === 'import' || (question.on !== 'created' && !isMoved && agent === null)) return none
  const held = { ...ofKnownGroup(ticket, desk), isLive }
  const mode = modeOf(desk, held)
  // Whoever it waited for is not meant any more.
  const leaves: readonly Change[] =
    isMoved && question.on !== 'created' ? [{ do: 'unqueue-ticket', ticket: ticket.id }] : []
  if (agent === null && mode === 'pool') return { changes: leaves, waits: false }
  if (agent === null && mode === 'pool_then_auto') {
    const dueAt = plusSeconds(now, (desk.accounts.get(`${channel}/${account}`)?.autoAfterMinutes ?? 0) * 60)
    const wake: Change = { do: 'wake-me', kind: 'assign_ticket', subject: ticket.id, dueAt, basis: null }
    return { changes: [...leaves, wake], waits: false }
  }
  const isGroupByLanguage = way?.isByLanguage === true && way.group === held.group
  const because = way?.reason.because ?? null
  const waiting = { ...waitingOf(held, ticket.createdAt), isGroupByLanguage, agent, because }
  return { changes: [{ do: 'queue-ticket', waiting }], waits: true }
}
