// What is told of a clock between how it was and how it is: each event once, under an id that comes of the clock itself.
import type { NewEvent } from '../../schemas/events.ts'
import type { SlaCancelWhy } from '../../schemas/sla.ts'
import { shownStatus } from '../../core/rules/ticket-status.ts'
import type { SlaClockRow, SlaRow } from '../../core/ports/sla.ts'

interface About {
  readonly row: SlaRow
  readonly why: SlaCancelWhy | undefined
}
type SlaEvent = Extract<NewEvent, { type: `sla.${string}` }>

/** `before` null: it begins. */
export function told(before: SlaClockRow | null, now: SlaClockRow, { row, why }: About): readonly NewEvent[] {
  const { ticket, metric, policy, startedAt, targetMinutes, dueAt, warned, endedAt, state } = now
  const clock = { ticket, metric, policy, startedAt, targetMinutes }
  /** One a clock, or one each time it comes to that. */
  const event = (type: SlaEvent['type'], more: object, which: string | number = ''): NewEvent =>
    ({
      type,
      key: ticket,
      subject: ticket,
      slot: metric,
      as: { decider: 'sla', cause: `${ticket} ${metric} ${startedAt} ${which}` },
      data: { ...clock, ...more },
    }) as unknown as NewEvent
  const was = before?.state ?? 'running'
  const status = row.moves.at(-1)?.to ?? shownStatus(row.ticket)
  const because = now.because === null ? {} : { because: now.because }
  const events: NewEvent[] = before === null ? [event('sla.started', { dueAt, ...because })] : []
  if (before !== null && (before.policy !== policy || before.targetMinutes !== targetMinutes))
    events.push(event('sla.changed', { dueAt, from: promisedBy(before), ...because }, now.version))
  if (state === 'running' && was !== 'running') events.push(event('sla.resumed', { dueAt, why: status }, now.version))
  if (state === 'paused' && was !== 'paused') events.push(event('sla.paused', { why: status }, now.version))
  if (state === 'running' && warned > (before?.warned ?? 0))
    events.push(event('sla.warning', { dueAt, percent: warned }, warned))
  if (state === 'breached' && was !== 'breached') events.push(event('sla.breached', { dueAt }))
  if (state === 'met' && (was !== 'met' || before?.endedAt !== endedAt))
    events.push(event('sla.met', { dueAt, endedAt }, now.version))
  if (state === 'cancelled' && was !== 'cancelled')
    events.push(event('sla.cancelled', { why: why ?? 'no_policy' }, now.version))
  return events
}

const promisedBy = ({ policy, targetMinutes, dueAt }: SlaClockRow) => ({ policy, targetMinutes, dueAt })
