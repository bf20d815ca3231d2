// Puts the queue right about tickets something happened to: looks at each as it stands now, so that repeats and late events change nothing.
import type { HeldRow, PresenceRow, WaitingRow } from '../../ports/desk-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { AssignmentMode } from '../../../schemas/agent.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { plusSeconds } from '../durations.ts'
import { maySee } from '../sees.ts'
import { noChannel } from './need.ts'

/** What was heard of a ticket since it was last looked at. */
export type Heard =
  /** It is open again: where agents are found by themselves it waits for one, from now on. */
  | 'opened'
  /** Nobody has it any more, by a person's word: so, at its old place. */
  | 'given-back'
  /** Its time in the pool is over. */
  | 'pool-is-over'
  /** How its account finds agents is another way by now. */
  | 'another-way'
  /** It has another group by a person's word. */
  | 'regrouped'
  /** Whose it is may be there no more. */
  | 'left'
  /** It is the customer's turn, or on hold, or done. */
  | 'set-aside'
  /** By a rule: who was named beside waits no less for it. */
  | 'ruled-aside'
  | 'changed'

export interface Looked {
  readonly heard: ReadonlySet<Heard>
  readonly ticket: HeldRow
  readonly waiting: WaitingRow | null
  /** Of whose it is, where that is asked. */
  readonly presence: PresenceRow | null
  /** When what was heard happened. */
  readonly at: Instant
}
export type Kept =
  | { readonly is: 'right' }
  /** It waits no more. */
  | { readonly is: 'out' }
  /** It waits, and so. */
  | { readonly is: 'in'; readonly waiting: WaitingRow }
  /** Whose it was gives it back, and it waits at its old place. */
  | { readonly is: 'back'; readonly from: string; readonly waiting: WaitingRow }
  /** It lies in the pool, and is looked at again then. */
  | { readonly is: 'later'; readonly dueAt: Instant; readonly leaves: boolean }

const right: Kept = { is: 'right' }

/** It can be somebody's: also while it is the customer's turn, as whose it was may have left. */
export const isWork = ({ category }: Pick<HeldRow, 'category'>): boolean =>
  category === 'open' || category === 'waiting'

/** How tickets of its account find their agent: live conversations by themselves, others in the pool, where nothing is said (3.8). */
export const modeOf = (
  desk: Desk,
  { channel, account, isLive }: Pick<HeldRow, 'channel' | 'account' | 'isLive'>,
): AssignmentMode => desk.accounts.get(`${channel}/${account}`)?.mode ?? (isLive ? 'auto' : 'pool')

export function keepQueue(found: Looked, desk: Desk): Kept {
  const looked = { ...found, ticket: ofKnownGroup(found.ticket, desk) }
  const { ticket, waiting, heard } = looked
  if (ticket.assignee !== null) return keepHeld(looked, ticket.assignee, desk)
  if (!isWork(ticket) || isSetAside(looked)) return waiting === null ? right : { is: 'out' }
  if (heard.has('another-way')) return followMode(looked, desk)
  return waiting === null ? mayQueue(looked, desk) : refreshed(looked, waiting, desk)
}

/** A ticket keeps the name of a group that is gone, but nobody is of it any more: it waits for anybody. */
export const ofKnownGroup = <T extends Pick<HeldRow, 'group'>>(ticket: T, desk: Desk): T =>
  ticket.group === null || desk.groups.has(ticket.group) ? ticket : { ...ticket, group: null }

/** Of one that a rule sets aside and gives to somebody by name, both hold (B3). */
const isSetAside = ({ ticket, waiting, heard }: Looked): boolean =>
  ticket.category === 'waiting' &&
  (heard.has('set-aside') || (heard.has('ruled-aside') && (waiting === null || waiting.agent === null)))

/** Who went offline keeps mail and reviews, which wait in their list; live conversations go to somebody who is there (D47). Who is active no more keeps nothing, and nobody what they may not see (D54). */
function keepHeld({ ticket, waiting, presence, heard }: Looked, from: string, desk: Desk): Kept {
  const agent = desk.agents.get(from)
  const isOffline = ticket.isLive && presence?.presence === 'offline'
  const isAway = agent !== undefined && (!agent.isActive || !maySee(agent, ticket) || isOffline)
  if (isAway && isWork(ticket) && (heard.has('left') || heard.has('opened')))
    return { is: 'back', from, waiting: waitingOf(ticket, ticket.createdAt) }
  return waiting === null ? right : { is: 'out' }
}

function mayQueue({ ticket, heard, at }: Looked, desk: Desk): Kept {
  if (ticket.category !== 'open') return right
  if (heard.has('pool-is-over'))
    return modeOf(desk, ticket) === 'pool' ? right : { is: 'in', waiting: waitingOf(ticket, ticket.createdAt) }
  const isBack = heard.has('given-back')
  if (!isBack && !heard.has('opened')) return right
  const mode = modeOf(desk, ticket)
  if (mode === 'auto') return { is: 'in', waiting: waitingOf(ticket, isBack ? ticket.createdAt : at) }
  if (mode === 'pool') return right
  return { is: 'later', dueAt: poolEnds(desk, ticket, at), leaves: false }
}
const poolEnds = (desk: Desk, { channel, account }: HeldRow, since: Instant): Instant =>
  plusSeconds(since, (desk.accounts.get(`${channel}/${account}`)?.autoAfterMinutes ?? 0) * 60)

/** Its account finds agents in another way from now on. Whoever was named for it is waited for in every way. */
function followMode({ ticket, waiting, at }: Looked, desk: Desk): Kept {
  if (ticket.category !== 'open' || (waiting !== null && waiting.agent !== null)) return right
  const mode = modeOf(desk, ticket)
  if (mode === 'pool') return waiting === null ? right : { is: 'out' }
  const dueAt = mode === 'auto' ? at : poolEnds(desk, ticket, ticket.createdAt)
  if (dueAt > at) return { is: 'later', dueAt, leaves: waiting !== null }
  return waiting === null ? { is: 'in', waiting: waitingOf(ticket, ticket.createdAt) } : right
}

/** What changed of it while it waits. Its group only by a person's word: what a rule gave it came with the row. */
function refreshed({ ticket, heard }: Looked, row: WaitingRow, desk: Desk): Kept {
  const { priority, language, brand } = ticket
  const isMoved = heard.has('regrouped') && ticket.group !== null && ticket.group !== row.group
  // Who was named before is not meant by whoever gives it to a group; only for them it waited in a pool.
  if (isMoved && row.agent !== null && modeOf(desk, ticket) === 'pool') return { is: 'out' }
  const waiting = isMoved ? { ...row, agent: null } : row
  const group = heard.has('regrouped') ? ticket.group : waiting.group
  const isGroupByLanguage = waiting.isGroupByLanguage && group === waiting.group
  const because = group === waiting.group ? waiting.because : null
  const now: WaitingRow = { ...waiting, priority, language, brand, group, isGroupByLanguage, because }
  const isSame = (['priority', 'language', 'brand', 'group'] as const).every((it) => now[it] === waiting[it])
  return isSame ? right : { is: 'in', waiting: now }
}

/** It waits for its group once more: what gave it to the group says again whether others may have it when nobody of it is there (D44), and why. */
export const groupedBy = (waiting: WaitingRow, because: WaitingRow['because']): WaitingRow => ({
  ...waiting,
  isGroupByLanguage: because?.by === 'language',
  because,
})

export const waitingOf = (ticket: HeldRow, since: Instant): WaitingRow => ({
  ticket: ticket.id,
  channel: ticket.channel ?? (noChannel as WaitingRow['channel']),
  account: ticket.account ?? '',
  brand: ticket.brand,
  language: ticket.language,
  isLive: ticket.isLive,
  priority: ticket.priority,
  group: ticket.group,
  isGroupByLanguage: false,
  agent: null,
  because: null,
  since,
})
