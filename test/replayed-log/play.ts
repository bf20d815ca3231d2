// Plays a log on a database of its own: what came from outside is given to the real workers at its hour, and what they make of it is written down.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Instant } from '../../schemas/ids.ts'
import { isRefusal, type Command } from '../../core/ports/command.ts'
import type { AnyWorker } from '../../core/ports/worker.ts'
import { addNote } from '../../core/commands/add-note.ts'
import { putCalendar } from '../../core/commands/calendars.ts'
import { cancelReply } from '../../core/commands/decide-reply.ts'
import { reply } from '../../core/commands/reply.ts'
import { putSlaPolicy } from '../../core/commands/sla-policies.ts'
import { updateTicket } from '../../core/commands/update-ticket.ts'
import { putWorkspace } from '../../core/commands/workspace.ts'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import type { House } from '../../infra/house.ts'
import { accountRow, agent, received } from '../support/given.ts'
import { handClock } from '../support/hand-clock.ts'
import { handDatabase, type HandDatabase } from '../support/hand-database.ts'
import { applyIn } from '../support/record.ts'
import { houseOn, main, template } from '../support/walk-house.ts'

/** What came from outside, as it lies in the file. */
export type Given =
  | { readonly at: Instant; readonly takes: AnyEvent }
  | { readonly at: Instant; readonly asks: string; readonly of?: string; readonly input: object }
  /** Until then time goes on. */
  | { readonly at: Instant; readonly waits: true }
export interface Told {
  readonly at: Instant
  readonly told: string
  readonly subject: string
  readonly by: string
  readonly data: unknown
}
export interface Left {
  readonly left: string
  readonly rows: readonly unknown[]
}
export type Line = Given | Told | Left
export interface PlayOptions {
  /** Every worker is given everything twice, and at the end all of it again, by another process. */
  readonly repeats?: boolean
}

const commands = [addNote, cancelReply, putCalendar, putSlaPolicy, putWorkspace, reply, updateTicket] as const
/** In the order in which they wait for each other; what they do not do alone they do in the next pass. */
const workers = ['threading', 'triage', 'sla', 'closing', 'outbound']

export const writtenBy = (customer: string, text: string, n: number, at: Instant): AnyEvent => {
  const from = { id: customer, name: customer, address: null, keys: [`_template.user:${customer}`] }
  return received(
    `m${n}`,
    { text, from, threadKeys: from.keys, kind: 'dm', vendor: { to: customer } },
    { channel: template, at, receivedAt: at },
  )
}

export async function play(given: readonly Given[], options: PlayOptions = {}): Promise<readonly Line[]> {
  const on = await open(given[0]!.at, options)
  try {
    for (const one of given) {
      await on.goOn(one.at)
      on.lines.push(one)
      if ('takes' in one) await on.house.log.append({ events: [one.takes] }, AbortSignal.timeout(5_000))
      if ('asks' in one) await on.ask(one)
      await on.settle()
    }
    if (options.repeats === true) await on.again()
    return named([...on.lines, ...(await left(on.database))])
  } finally {
    await on.close()
  }
}

async function open(start: Instant, { repeats }: PlayOptions) {
  const database = await handDatabase(start)
  const data = await mkdtemp(join(tmpdir(), 'inlet-replayed-'))
  const clock = handClock(start)
  const made = [await houseOn(database, data, { clock })]
  let { house } = made[0]!
  const account = accountRow({ channel: template, id: 'main', endpoint: null, brand: null, settings: {} })
  await applyIn(house.store, main, [{ do: 'put-account', account, routes: [], create: true }])
  const byName = new Map<string, AnyWorker>(house.registry.workers.map((it) => [it.name, it]))
  const rows = async <Row>(text: string, ...values: readonly unknown[]): Promise<Row[]> =>
    (await database.pool('owner').query(text, [...values])).rows as Row[]
  const lines: Line[] = []
  const seen = new Set<string>()
  let read = '-infinity'
  /** Of the log from there on, in its order within a partition. */
  const logged = async (from: string): Promise<readonly AnyEvent[]> => {
    const found = await rows<{ event: AnyEvent; stored: string }>(
      'select event, stored_at::text as stored from inlet.log_event where stored_at >= $1 order by topic, partition, position',
      from,
    )
    read = found.map(({ stored }) => stored).reduce((a, b) => (a === '-infinity' || b > a ? b : a), read)
    return found.map(({ event }) => event)
  }
  const hear = async (events: readonly AnyEvent[]): Promise<void> => {
    for (const name of workers) {
      const worker = byName.get(name)!
      const own = events.filter(({ type }) => worker.on.includes(type))
      for (let n = 0; own.length > 0 && n < (repeats === true ? 2 : 1); n += 1) await decideBatch(worker, own, house)
    }
  }
  const settle = async (): Promise<void> => {
    for (;;) {
      const fresh = (await logged(read)).filter(({ id }) => !seen.has(id))
      if (fresh.length === 0) return
      for (const event of fresh) {
        seen.add(event.id)
        if (event.type !== 'message.received') lines.push(toldBy(event))
      }
      await hear(fresh)
    }
  }
  const moveTo = async (at: Instant): Promise<void> => {
    clock.jump(Date.parse(at) - Date.parse(clock.now()))
    await database.moveTo(at)
  }
  return {
    lines,
    database,
    settle,
    get house(): House {
      return house
    },
    /** Whatever is due until then rings at its hour. */
    async goOn(at: Instant) {
      for (;;) {
        const [next] = await rows<{ due: Instant }>('select inlet.instant(min(due_at)) as due from inlet.wakeup')
        if (next === undefined || next.due === null || next.due > at) break
        if (next.due > clock.now()) await moveTo(next.due)
        await house.queues.wakeups.fire(500)
        await settle()
      }
      await moveTo(at)
    },
    async ask({ asks, of, input }: Extract<Given, { asks: string }>) {
      const command = commands.find(({ name }) => name === asks) as Command<object, unknown> | undefined
      if (command === undefined) throw new Error(`no command ${asks} is played`)
      const whole = { ...input, ...(of === undefined ? {} : await about(asks, of, rows)) }
      const outcome = await house.commands.run(command, whole, { workspace: main, by: agent, idempotencyKey: null })
      if (isRefusal(outcome)) throw new Error(`${asks} of ${of}: ${outcome.why}`)
    },
    /** As a process that begins with an empty memory and a log that it is given from its beginning. */
    async again() {
      made.push(await houseOn(database, data, { clock }))
      house = made[1]!.house
      await hear(await logged('-infinity'))
      await settle()
    },
    async close() {
      for (const one of made) {
        await one.house.close()
        one.meter.close()
      }
      await database.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function about(
  asks: string,
  customer: string,
  rows: <Row>(text: string, ...values: readonly unknown[]) => Promise<Row[]>,
): Promise<object> {
  const [ticket] = await rows<{ id: string; version: number; reply: string }>(
    `select t.id, t.version, (select r.id from inlet.reply r join inlet.message m on m.id = r.message
       where m.ticket = t.id order by r.seq desc limit 1) as reply
     from inlet.ticket t where t.requester_name = $1 order by t.number desc limit 1`,
    customer,
  )
  if (ticket === undefined) throw new Error(`${customer} has no ticket`)
  if (asks === 'cancel-reply') return { reply: ticket.reply }
  return { ticket: ticket.id, ...(asks === 'update-ticket' ? { version: ticket.version } : {}) }
}

const toldBy = ({ at, type, subject, actor, data }: AnyEvent): Told => ({
  at,
  told: type,
  subject,
  by: `${actor.kind} ${actor.id}`,
  // A ticket's number is drawn from a sequence, gaps and all.
  data: 'number' in data ? { ...data, number: undefined } : data,
})

/** What stands at the end: every clock, what is due next, and how the tickets are. */
async function left(database: HandDatabase): Promise<readonly Left[]> {
  const rows = async (text: string) => (await database.pool('owner').query<object>(text)).rows
  return [
    {
      left: 'clocks',
      rows: await rows(`select ticket, metric, policy, state, inlet.instant(started_at) as "startedAt", target_minutes as "targetMinutes",
        inlet.instant(due_at) as "dueAt", warned, inlet.instant(ended_at) as "endedAt", inlet.instant(next_at) as "nextAt"
        from inlet.sla_clock order by ticket, metric`),
    },
    {
      left: 'wakeups',
      rows: await rows(
        // That the desk is looked through once more follows whoever hears of a change again, and does nothing.
        `select kind, subject, inlet.instant(due_at) as "dueAt" from inlet.wakeup where kind <> 'sla_recount' order by due_at, kind, subject`,
      ),
    },
    {
      left: 'tickets',
      rows: await rows(`select id, requester_name as "of", status, priority, inlet.instant(resolved_at) as "resolvedAt",
        inlet.instant(snoozed_until) as "snoozedUntil", parent from inlet.ticket order by number`),
    },
    { left: 'parked', rows: await rows('select worker, why from inlet.parked') },
  ]
}

/** Ids that a command or a trigger draws are others each time: by the order in which they appear they are the same. */
function named(lines: readonly Line[]): readonly Line[] {
  const names = new Map<string, string>()
  const name = (id: string, kind: string): string => {
    if (!names.has(id)) names.set(id, `${kind}_${names.size + 1}`)
    return names.get(id)!
  }
  return lines.map((line) =>
    'told' in line || 'left' in line
      ? (JSON.parse(
          JSON.stringify(line).replaceAll(/\b(msg|rep|wak)_[0-9a-f]{32}\b/g, (id, kind: string) => name(id, kind)),
        ) as Line)
      : line,
  )
}
