// The crash walk of time: wherever the process of its clocks, of what closes and comes back, or of the bell itself ends, nothing is lost and nothing told twice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Instant, TicketId } from '../../schemas/ids.ts'
import type { Change } from '../../core/ports/worker.ts'
import { put, tell, ticketNamed, waits } from '../support/assign-rig.ts'
import { until } from '../support/desk.ts'
import { applyIn, messageRow } from '../support/record.ts'
import { policyRow } from '../support/sla-world.ts'
import { drained, main, template, walkHouse, type Loops, type WalkHouse } from '../support/walk-house.ts'
import { lifeOf } from '../support/walk-life.ts'
import { liveOn, said } from '../support/walk-stops.ts'

const where = { channel: template, account: 'main', kind: 'dm' }
const [minute, day] = [60_000, 86_400_000]
let on: WalkHouse
beforeAll(async () => {
  on = await walkHouse({ seed: 12 })
  const policy = policyRow({ calendar: null, targets: { firstResponse: 60 }, warnAt: [50] })
  await applyIn(on.house.store, main, [{ do: 'put-sla-policy', policy, create: true }])
})
afterAll(() => on.close())

const instant = (ms: number): Instant => new Date(ms).toISOString() as Instant
const named = (n: number): TicketId => ticketNamed(`w${n}`)
function opened(n: number, msAgo: number): readonly Change[] {
  const createdAt = instant(Date.now() - msAgo)
  const by = { ticket: named(n), channel: where.channel, sentAt: createdAt, receivedAt: createdAt }
  return [
    ...waits(n, where).flatMap((it): readonly Change[] => {
      if (it.do === 'queue-ticket') return []
      return [it.do === 'open-ticket' ? { ...it, ticket: { ...it.ticket, createdAt } } : it]
    }),
    { do: 'add-message', message: messageRow(`w${n}`, 'hello', by) },
  ]
}
/** What a ticket was told of, in order. */
async function toldOf(ticket: TicketId): Promise<readonly string[]> {
  const rows = await on.sql<{ event: AnyEvent }>(
    `select event from inlet.log_event where event ->> 'subject' = $1 order by topic, partition, position`,
    ticket,
  )
  return rows.flatMap(({ event }) => {
    if (event.type === 'ticket.status_changed') return [`${event.data.why}`]
    return event.type.startsWith('sla.') || event.type === 'ticket.unsnoozed' ? [event.type] : []
  })
}
const noneDue = async (): Promise<void> =>
  void (await until(
    () => on.sql('select 1 from inlet.wakeup where due_at <= now()'),
    (due) => due.length === 0,
  ))
async function endsAt(moment: string, loops: Loops, workers: readonly string[]): Promise<void> {
  const life = lifeOf(on.house, moment)
  await liveOn(on, life, loops, async () => {
    if (loops.wake === true) await noneDue()
    await drained(on, workers)
  })
  expect(life.endedAt).toBe(moment)
}

const ofBatch = ['before a batch is handled', 'after attempts.bump']
const toCommit = ['before tx.apply', 'after tx.apply', 'before tx.emit', 'after tx.emit', 'after a commit']
const afterwards = ['after attempts.forget', 'after a batch was handled, before its position moved']

describe('crash walk of time', () => {
  it(
    'F2 G4 G12 B7 the clocks of promises: each begins, warns and breaks once, and the next hour is asked for, wherever it ends',
    { timeout: 120_000 },
    async () => {
      const reads = [
        'after tx.read.desk',
        'before tx.read.sla.of',
        'after tx.read.triage.of',
        'before tx.lock',
        'after tx.lock',
      ]
      const moments = [...ofBatch, ...reads, ...toCommit, ...afterwards]
      for (const [n, moment] of moments.entries()) {
        await put(on.house.store, [opened(n * 2, 31 * minute), opened(n * 2 + 1, 61 * minute)])
        await tell(on.house.store, [named(n * 2), named(n * 2 + 1)], where)
        await endsAt(moment, { workers: ['sla'] }, ['sla'])
        expect(await toldOf(named(n * 2)), moment).toEqual(['sla.started', 'sla.warning'])
        expect(await toldOf(named(n * 2 + 1)), moment).toEqual(['sla.started', 'sla.breached'])
      }
      const asked = await on.sql<{ subject: string }>(`select subject from inlet.wakeup where kind = 'sla'`)
      expect(asked.map(({ subject }) => subject).toSorted()).toEqual(moments.map((_, n) => named(n * 2)).toSorted())
      said('sla', moments)
      // Their hour comes, and the process ends when it has rung, or has not.
      for (const moment of ['before wakeups.fire', 'after wakeups.fire', 'after tx.apply', 'after a commit']) {
        const [next] = await on.sql<{ subject: TicketId }>(
          `select subject from inlet.wakeup where kind = 'sla' order by subject limit 1`,
        )
        await on.sql(
          `update inlet.message set received_at = received_at - interval '30 minutes' where ticket = $1`,
          next!.subject,
        )
        await on.sql(
          `update inlet.sla_clock set started_at = started_at - interval '30 minutes' where ticket = $1`,
          next!.subject,
        )
        await on.sql(`update inlet.wakeup set due_at = now() where subject = $1`, next!.subject)
        await endsAt(moment, { workers: ['sla'], wake: true }, ['sla'])
        expect(await toldOf(next!.subject), moment).toEqual(['sla.started', 'sla.warning', 'sla.breached'])
      }
    },
  )

  it(
    'F2 G4 G12 B9 what closes and what comes back: once each, wherever the bell or the worker ends',
    { timeout: 120_000 },
    async () => {
      const reads = ['after tx.claim', 'after tx.lock', 'after tx.read.tickets.byId']
      const moments = ['before wakeups.fire', 'after wakeups.fire', ...ofBatch, ...reads, ...toCommit, ...afterwards]
      for (const [n, moment] of moments.entries()) {
        const [closing, snoozed] = [500 + n * 2, 501 + n * 2]
        const at = instant(Date.now())
        const resolvedAt = instant(Date.now() - 14 * day)
        await put(on.house.store, [
          [
            ...opened(closing, minute),
            { do: 'set-ticket', ticket: named(closing), set: { status: 'resolved', resolvedAt }, at },
            { do: 'wake-me', kind: 'close_ticket', subject: named(closing), dueAt: at, basis: resolvedAt },
          ],
          [
            ...opened(snoozed, minute),
            { do: 'set-ticket', ticket: named(snoozed), set: { status: 'on_hold', snoozedUntil: at }, at },
            { do: 'wake-me', kind: 'snooze', subject: named(snoozed), dueAt: at, basis: at },
          ],
        ])
        await endsAt(moment, { workers: ['closing'], wake: true }, ['closing'])
        expect(await toldOf(named(closing)), moment).toEqual(['close_days'])
        expect((await toldOf(named(snoozed))).toSorted(), moment).toEqual(['snooze_over', 'ticket.unsnoozed'])
      }
      const rows = await on.sql<{ status: string }>(
        `select distinct status from inlet.ticket where number >= 5500 order by 1`,
      )
      expect(rows.map(({ status }) => status)).toEqual(['closed', 'open'])
      expect(await on.sql('select worker, why from inlet.parked')).toEqual([])
      said('closing and wake', moments)
    },
  )
})
