// Which automatic reply fits what a customer wrote: one at most, by kind first, then by weight; nothing here knows whether it may be sent.
import type { AutoReplyRow } from '../../ports/auto-reply-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { CalendarRow } from '../../ports/desk-rows.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { RuleMatch } from '../../ports/rule-book.ts'
import type { AutoReplyKind } from '../../../schemas/auto-reply.ts'
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

/** In this order: whoever writes at night hears that first. */
export function kindsFor({ isOpening, isLive }: Pick<Scene, 'isOpening' | 'isLive'>): readonly AutoReplyKind[] {
  if (isLive) return isOpening ? ['outOfHours', 'busy', 'greeting'] : ['outOfHours', 'busy']
  return isOpening ? ['outOfHours', 'opened'] : ['outOfHours']
}

export function choose(scene: Scene): Chosen | null {
  const { row, desk } = scene
  const kinds = kindsFor(scene).filter((it) => desk.autoReplies.kinds.has(it))
  if (kinds.length === 0 || row.message === null) return null
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
  for (const kind of kinds) {
    const found = all.find((it) => it.reply.kind === kind && fits(it, scene))
    if (found !== undefined) return found
  }
  return null
}

/** Hours are those of the moment the customer wrote. */
function fits({ reply, calendar }: Chosen, { row, isBusy, isPublic }: Scene): boolean {
  // Where everybody reads along a machine speaks only if somebody named that place.
  if (isPublic && reply.channels === null && reply.accounts === null) return false
  const isOpen = isOpenAt(calendar, row.message!.sentAt)
  if (reply.hours !== 'any' && (reply.hours === 'inside') !== isOpen) return false
  if (reply.kind === 'outOfHours') return !isOpen
  return reply.kind !== 'busy' || isBusy
}
