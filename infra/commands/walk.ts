// Sends a fixture through a house of its own and prints each room it comes through: the tour that cannot go stale.
import type { Command } from 'commander'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import { ingest } from '../../core/runtime/ingest.ts'
import { receive } from '../../core/runtime/receive.ts'
import type { AnyWorker } from '../../core/ports/worker.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { allRows, type TableRow } from '../store/all-rows.ts'
import { main, tool, type Surroundings } from './tool.ts'
import { accountId, openWalk, readFixture, workspace, type Fixture, type OpenWalk } from './walk-open.ts'
import { printer, type Printer } from './walk-print.ts'
import { emptyRecord, recording, watchedWorker, type Record } from './walk-record.ts'

const answerMs = 10_000

export const walkTool = (around: Surroundings): Command =>
  tool(
    'walk',
    'Sends a fixture through the real parts on a fresh database and prints each room: bytes, events, facts, decisions, rows.',
  )
    .argument('<fixture>', 'such as connectors/<channel>/fixtures/text.json')
    .action(async (path: string) => {
      const fixture = await readFixture(path)
      let record = emptyRecord()
      around.say('Starting a database for this walk …\n')
      const open = await openWalk(
        fixture,
        recording(() => record),
      )
      const show = printer(around.out, around.isTerminal)
      const fresh = (): Record => (record = emptyRecord())
      try {
        const walk = { fixture, open, show, fresh }
        await work(await door(walk), walk)
        await end(walk)
      } finally {
        await open.close()
      }
    })

interface Walk {
  readonly fixture: Fixture
  readonly open: OpenWalk
  readonly show: Printer
  /** From now on what passes is kept here. */
  fresh(): Record
}

/** Vendor to log: gives the events that were appended. */
async function door({ fixture, open, show, fresh }: Walk): Promise<readonly AnyEvent[]> {
  show.room(`connectors/${fixture.channel}`, 'the vendor knocks, with these bytes')
  show.line('bytes', `${fixture.path}, ${fixture.bytes.byteLength} bytes`)
  show.text(new TextDecoder().decode(fixture.bytes.subarray(0, 400)).replace(/\s+/g, ' '))
  const record = fresh()
  if (fixture.signed === null) await withoutDoor(fixture, open, show)
  else await throughDoor(fixture, open, show)
  const events = record.appended.flatMap((batch) => batch.events)
  const raws = record.appended.flatMap((batch) => batch.raws ?? [])
  show.room('core/runtime/ingest.ts', 'raws and events in one append; only now the vendor gets its answer')
  for (const { ref, account } of raws) show.line('raw', `${ref.id} of ${account}, under ${ref.key}`)
  for (const event of events) {
    show.line('event', `${event.type} ${event.id}`)
    show.line('', { key: event.key, at: event.at, data: event.data })
  }
  return events
}

async function throughDoor(fixture: Fixture, { house }: OpenWalk, show: Printer): Promise<void> {
  const signed = fixture.signed ?? ['', '']
  show.line('signed', `${signed[0]}: ${signed[1]}`)
  const request = {
    method: 'POST',
    path: `/in/${fixture.channel}/${accountId}`,
    query: new URLSearchParams(),
    headers: [['content-type', 'application/json'] as const, signed],
    body: fixture.bytes,
  }
  show.room('core/runtime/receive.ts', `finds the endpoint; connectors/${fixture.channel}/receive.ts judges the call`)
  const knock = { request, channel: fixture.channel, endpoint: accountId, token: null, correlation: 'walk' }
  const answer = await receive(
    knock,
    { ...house, unclaimed: () => undefined, heard: () => undefined },
    AbortSignal.timeout(answerMs),
  )
  show.line('answer', `${answer.status} ${answer.body ?? ''}`)
}

/** Bytes that no manifest says a signature of are read as they are, as a poll's would be. */
async function withoutDoor(fixture: Fixture, { house, channel }: OpenWalk, show: Printer): Promise<void> {
  show.text('no signature is known for it: it comes in as a raw, past the door')
  const account = house.directory.account(fixture.channel, accountId)!
  const route = channel.routesOf(account.settings)[0] ?? ''
  const raw = { route, bytes: fixture.bytes, contentType: 'application/json', receivedAt: house.clock.now() }
  await ingest([{ channel, account, raw, correlation: 'walk' }], house, AbortSignal.timeout(answerMs))
}

/** Every worker that listens meets every event, and what they raise, until nobody raises anything. */
async function work(events: readonly AnyEvent[], walk: Walk): Promise<void> {
  // Those that only copy an event come last: the story is what is decided.
  const workers = walk.open.house.registry.workers.toSorted((a, b) => rankOf(a) - rankOf(b))
  const met = new Set<AnyWorker>()
  for (const waiting = [...events]; waiting.length > 0;) {
    const event = waiting.shift()!
    for (const worker of workers.filter((it) => it.on.includes(event.type))) {
      waiting.push(...(await meet(worker, event, { ...walk, again: met.has(worker) && rankOf(worker) > 0 })))
      met.add(worker)
    }
  }
}
const rankOf = (worker: AnyWorker): number => (worker.guard === 'own-key' ? 1 : 0)

/** `again`: it does the same with every event, and was shown once. */
async function meet(
  worker: AnyWorker,
  event: AnyEvent,
  walk: Walk & { readonly again: boolean },
): Promise<readonly AnyEvent[]> {
  const { open, show, fresh, again } = walk
  const owner = open.house.database.pool('owner')
  const before = await allRows(owner)
  const record = fresh()
  show.room(`workers/${worker.name}`, `takes ${event.type}, in core/runtime/decide-batch.ts`)
  await decideBatch(watchedWorker(worker, record), [event], open.house)
  if (again) return record.raised
  for (const { rank, name } of record.locks) show.line('locks', `${rank} ${name}`)
  for (const facts of record.facts) show.line('facts', facts ?? 'none needed')
  for (const { do: verb, ...rest } of record.changes) show.line('decides', `${verb} ${JSON.stringify(rest)}`)
  if (record.changes.length === 0) show.line('decides', 'nothing is to be done')
  for (const raised of record.raised) show.line('raises', `${raised.type} ${raised.id}`)
  const rows = newRows(before, await allRows(owner))
  if (rows.length > 0) show.text('infra/store wrote, in one transaction:')
  for (const { table, row } of rows) show.line('row', `${table} ${row}`)
  return record.raised
}

/** Of two pictures of all tables, what the second has more. */
function newRows(before: readonly TableRow[], after: readonly TableRow[]): readonly TableRow[] {
  const known = new Set(before.map(({ table, row }) => `${table} ${row}`))
  return after.filter(({ table, row }) => !known.has(`${table} ${row}`))
}

async function end({ open, show }: Walk): Promise<void> {
  const { queries } = open.house
  const asked = {
    words: {},
    requester: null,
    createdFrom: null,
    createdTo: null,
    q: null,
    sort: 'number',
    descending: false,
  } as const
  const page = await queries.tickets(workspace, { ...asked, limit: 20, after: null })
  const tickets = 'items' in page ? page.items : []
  show.room('api/tickets.ts', tickets.length === 0 ? 'no ticket came of it' : 'what people and tools see')
  for (const ticket of tickets) {
    show.line('ticket', `#${ticket.number} ${ticket.id} ${ticket.status}: ${ticket.subject ?? ''}`)
    show.line('', { requester: ticket.requester, window: ticket.window, messages: ticket.messageCount })
    const messages = await queries.messages(workspace, ticket.id, { limit: 20, after: null })
    for (const message of messages !== null && 'items' in messages ? messages.items : [])
      show.line('message', {
        from: message.from.name,
        text: message.text,
        parts: message.parts,
        files: message.attachments,
      })
  }
}

if (import.meta.main) await main(walkTool)
