// Time by two whole gateways on one database: what is due is done once, at its hour, when one is killed in that very moment and when their clocks are wrong.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ChannelName, Instant, TicketId } from '../../schemas/ids.ts'
import type { Change } from '../../core/ports/worker.ts'
import { put, tell, ticketNamed, waits } from '../support/assign-rig.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { until } from '../support/desk.ts'
import { masterKey, newFolder, startGateway, type Gateway } from '../support/gateway-process.ts'
import { messageRow } from '../support/record.ts'
import { storeOver } from '../support/store-over.ts'
import { secondsBehind, shiftedClocks, type ShiftedClocks } from '../support/shifted-clock.ts'
import type { Store } from '../../core/ports/store.ts'

const where = { channel: 'whatsapp' as ChannelName, account: 'main', kind: 'dm' }
const [minute, day] = [60_000, 86_400_000]
/** Time to tell both gateways of what will be due. */
const ahead = 2_500
const each = 12

let database: FreshDatabase
let store: Store
let clocks: ShiftedClocks
const gateways: Gateway[] = []
const folders = [newFolder(), newFolder()]
const start = async (n: number): Promise<Gateway> =>
  (gateways[n] = await startGateway({
    data: folders[n]!,
    env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey, ...clocks.envOf(n) },
  }))

beforeAll(async () => {
  database = await freshDatabase()
  store = storeOver(database, { emitInto: 'log' }).store
  clocks = shiftedClocks(2)
  await start(0) // its migrations are there; the second finds it all
  await start(1)
  const policy = { id: 'all', name: 'All', targets: { firstResponse: 60 }, warnAt: [50] }
  await gateways[0]!.call('POST', '/v1/sla-policies', { body: policy })
}, 120_000)
afterAll(async () => {
  for (const it of gateways) it.kill('SIGKILL')
  await Promise.all(gateways.map((it) => it.ended))
  clocks.end()
  await database.close()
})

const sql = async <Row>(text: string, ...values: readonly unknown[]): Promise<Row[]> =>
  (await database.pool('owner').query(text, [...values])).rows as Row[]
const instant = (ms: number): Instant => new Date(ms).toISOString() as Instant

/** So many of each kind, all due at one moment. */
interface Due {
  readonly at: number
  readonly warned: readonly TicketId[]
  readonly broken: readonly TicketId[]
  readonly snoozed: readonly TicketId[]
  readonly closing: readonly TicketId[]
}
let serial = 0
async function dueSoon(): Promise<Due> {
  const at = Date.now() + ahead
  const some = async (make: (n: number) => readonly Change[]): Promise<readonly TicketId[]> => {
    const numbers = Array.from({ length: each }, () => serial++)
    await put(store, numbers.map(make))
    return numbers.map((n) => ticketNamed(`w${n}`))
  }
  const warned = await some((n) => opened(n, at - 30 * minute))
  const broken = await some((n) => opened(n, at - 60 * minute))
  const snoozed = await some((n) => resting(n, { status: 'on_hold', snoozedUntil: instant(at) }, 'snooze', at))
  const closing = await some((n) => {
    return resting(n, { status: 'resolved', resolvedAt: instant(at - 14 * day) }, 'close_ticket', at)
  })
  await tell(store, [...warned, ...broken], where)
  return { at, warned, broken, snoozed, closing }
}
/** As threading leaves it. */
function opened(n: number, at: number): readonly Change[] {
  const [createdAt, ticket] = [instant(at), ticketNamed(`w${n}`)]
  const said = { ticket, channel: where.channel, sentAt: createdAt, receivedAt: createdAt }
  return [
    ...waits(n, where).flatMap((it): readonly Change[] => {
      if (it.do === 'queue-ticket') return []
      return [it.do === 'open-ticket' ? { ...it, ticket: { ...it.ticket, createdAt } } : it]
    }),
    { do: 'add-message', message: messageRow(`w${n}`, 'hello', said) },
  ]
}
/** Put away, or resolved, so that it is time's turn. */
const resting = (
  n: number,
  set: Extract<Change, { do: 'set-ticket' }>['set'],
  kind: 'snooze' | 'close_ticket',
  at: number,
): readonly Change[] => {
  const [subject, dueAt] = [ticketNamed(`w${n}`), instant(at)]
  const basis = set.snoozedUntil ?? set.resolvedAt ?? null
  return [
    ...waits(n, where).filter((it) => it.do !== 'queue-ticket'),
    { do: 'set-ticket', ticket: subject, set, at: dueAt },
    { do: 'wake-me', kind, subject, dueAt, basis },
  ]
}

interface Told {
  readonly subject: string
  readonly early: boolean
}
const toldOf = (type: string, why: string | null, due: Due, tickets: readonly TicketId[]): Promise<Told[]> =>
  sql(
    `select event ->> 'subject' as subject, (event ->> 'at')::timestamptz < $3 as early from inlet.log_event
     where type = $1 and event ->> 'subject' = any ($2) and event #>> '{data,why}' is not distinct from $4`,
    type,
    tickets,
    instant(due.at),
    why,
  )
async function isAllDoneOnce(due: Due): Promise<void> {
  const kinds = [
    ['sla.warning', null, due.warned],
    ['sla.breached', null, due.broken],
    ['ticket.status_changed', 'snooze_over', due.snoozed],
    ['ticket.status_changed', 'close_days', due.closing],
  ] as const
  for (const [type, why, tickets] of kinds)
    await until(
      () => toldOf(type, why, due, tickets),
      (told) => told.length >= each,
      60_000,
    )
  // Whatever else is on its way has to come to an end: nothing waits to ring, and each worker has passed everything.
  await until(
    () =>
      sql<{ left: number }>(
        `select (select count(*) from inlet.wakeup where due_at <= now())::int
           + (select coalesce(sum(l.events), 0)::int from unnest(array['sla', 'closing', 'feed']) g cross join lateral inlet.log_lag(g) l) as left`,
      ),
    ([row]) => row?.left === 0,
    60_000,
  )
  for (const [type, why, tickets] of kinds) {
    const told = await toldOf(type, why, due, tickets)
    expect(told.map(({ subject }) => subject).toSorted(), `${type} ${why}`).toEqual([...tickets].toSorted())
    expect(
      told.filter(({ early }) => early),
      `${type} ${why} before its hour`,
    ).toEqual([])
  }
  expect(await toldOf('sla.breached', null, due, due.warned)).toEqual([])
  expect(await sql('select worker, why from inlet.parked')).toEqual([])
}
const untilDue = async ({ at }: Due, after = 0): Promise<void> => pause(Math.max(0, at + after - Date.now()))

it('F18 F1 G17 one of two is killed in the moment in which all is due, and comes back: each warning, breach, return and closing once', async () => {
  const due = await dueSoon()
  await untilDue(due, 120)
  gateways[0]!.kill('SIGKILL')
  await gateways[0]!.ended
  await start(0)
  await isAllDoneOnce(due)
}, 120_000)

it.each([
  ['jump an hour ahead', [3_600, 3_600]],
  ['jump an hour back', [-3_600, -3_600]],
  ['are two minutes apart', [0, 120]],
])(
  'F12 G17 F18 both clocks %s while it waits: each once, and none before its hour',
  async (_, seconds) => {
    const due = await dueSoon()
    await untilDue(due, -1_000)
    seconds.forEach((it, n) => clocks.set(n, it))
    for (const [n, it] of gateways.entries())
      expect(Math.abs((await secondsBehind(it.address)) + seconds[n]!)).toBeLessThan(4)
    await isAllDoneOnce(due)
  },
  120_000,
)

it('F12 G17 F18 clocks that step back five seconds, again and again, around its hour: each once, and none before', async () => {
  const due = await dueSoon()
  for (let step = 1; step <= 8; step += 1) {
    await untilDue(due, -1_000 + step * 250)
    clocks.set(step % 2, -5 * Math.ceil(step / 2))
  }
  await isAllDoneOnce(due)
}, 120_000)
