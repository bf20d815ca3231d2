// Which automatic replies fit what a customer wrote: one of a kind, by weight; nothing here knows whether it may be sent.
import type { AutoReplyRow } from '../../ports/auto-reply-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { CalendarRow } from '../../ports/desk-rows.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { RuleMatch } from '../../ports/rule-book.ts'
import type { AutoReplyKind } from '../../../schemas/auto-reply.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { ruleFactsOf } from '../match/facts.ts'
import { calendarOf, isOpenAt } from './hours.ts'

export interface Scene {
  /** The message opened its ticket. */
  readonly isOpening: boolean
  readonly row: TriageRow
  readonly desk: Desk
  readonly isLive: boolean
  /** What everybody may read. */
  readonly isPublic: boolean
  /** Nobody who is online has room for it. */
  readonly isBusy: boolean
}
export interface Chosen {
  readonly reply: AutoReplyRow
  readonly calendar: CalendarRow | null
  readonly match: RuleMatch
}

/** In this order, and the first that fits is the one: whoever writes at night hears that first. */
export function kindsFor({ isOpening, isLive }: Pick<Scene, 'isOpening' | 'isLive'>): readonly AutoReplyKind[] {
  if (isLive) return isOpening ? ['outOfHours', 'busy', 'greeting'] : ['outOfHours', 'busy']
  return isOpening ? ['outOfHours', 'opened'] : ['outOfHours']
}

/** The best of each kind, in the order of kinds. */
export function choices(scene: Scene): readonly Chosen[] {
  const { row, desk } = scene
  const kinds = kindsFor(scene).filter((it) => desk.autoReplies.kinds.has(it))
  if (kinds.length === 0 || row.message === null) return []
  const { channel, account, brand } = row.ticket
  const matches = desk.autoReplies.book.matches({
    on: 'created',
    channel,
    account,
    brand,
    facts: ruleFactsOf(row, desk),
  })
  const all = matches.flatMap((match): readonly Chosen[] => {
    const reply = desk.autoReplies.rows.get(match.rule.id)
    return reply === undefined ? [] : [{ reply, calendar: calendarOf(reply, brand, desk), match }]
  })
  return kinds.flatMap((kind) => all.find((it) => it.reply.kind === kind && fits(it, scene)) ?? [])
}

/** Whoever wrote a minute before we opened is not told that we are closed, but what others are told who write then (D12, L2). */
export const stillTrue = (all: readonly Chosen[], now: Instant): Chosen | null =>
  all.find(({ reply, calendar }) => reply.kind !== 'outOfHours' || !isOpenAt(calendar, now)) ?? null

/** Hours are those of the moment the customer wrote. */
function fits({ reply, calendar }: Chosen, { row, isBusy, isPublic }: Scene): boolean {
  // Where everybody reads along a machine speaks only if somebody named that place.
  if (isPublic && reply.channels === null && reply.accounts === null) return false
  const isOpen = isOpenAt(calendar, row.message!.sentAt)
  if (reply.hours !== 'any' && (reply.hours === 'inside') !== isOpen) return false
  if (reply.kind === 'outOfHours') return !isOpen
  return reply.kind !== 'busy' || isBusy
}
