// Who gets what by four processes of one gateway at once, while agents resolve and go: every change replayed from the history afterwards (3.7 no. 7).
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import type { ChannelName, TicketId } from '../../schemas/ids.ts'
import type { Presence } from '../../schemas/agent.ts'
import { isRefusal, type Command } from '../../core/ports/command.ts'
import { setPresence } from '../../core/commands/set-presence.ts'
import { updateTicket } from '../../core/commands/update-ticket.ts'
import type { House } from '../../infra/house.ts'
import type { AssignmentOrder } from '../support/assignment-process.ts'
import { agentRow } from '../support/desk-given.ts'
import { hires, put, tell, ticketNamed, waits } from '../support/assign-rig.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { until } from '../support/desk.ts'
import { agent as asker } from '../support/given.ts'
import { applyIn } from '../support/record.ts'
import { seed } from '../support/seed.ts'
import { houseOn, main } from '../support/walk-house.ts'

const where = { channel: 'whatsapp' as ChannelName, account: 'main', kind: 'dm' }
const [chats, cap] = [1_000, 5]
const agents = Array.from({ length: 10 }, (_, n) => `agent${n}`)
const name = (n: number): TicketId => ticketNamed(`w${n}`)

let database: FreshDatabase
let data: string
let house: House
beforeAll(async () => {
  database = await freshDatabase()
  data = await mkdtemp(join(tmpdir(), 'inlet-assign-'))
  house = (await houseOn(database, data)).house
})
afterAll(async () => {
  for (const it of processes) it.kill('SIGKILL')
  await Promise.all(
    processes.map(async (it) => (it.exitCode === null && it.signalCode === null ? once(it, 'close') : null)),
  )
  await house.close()
  await database.close()
  await rm(data, { recursive: true, force: true })
})
const sql = async <Row>(text: string, ...values: readonly unknown[]): Promise<Row[]> =>
  (await database.pool('owner').query(text, [...values])).rows as Row[]
const count = async (text: string, ...values: readonly unknown[]): Promise<number> =>
  (await sql<{ n: number }>(`select count(*)::int as n from ${text}`, ...values))[0]!.n
const run = async <I, F>(it: Command<I, F>, input: I, who: string): Promise<string | null> => {
  const by = { ...asker, actor: { kind: 'agent', id: who } } as const
  const outcome = await house.commands.run(it, input, { workspace: main, by, idempotencyKey: null })
  return isRefusal(outcome) ? outcome.code : null
}
const goes = async (agent: string, presence: Presence): Promise<void> =>
  expect(await run(setPresence, { agent, presence }, agent)).toBe(null)

const script = join(import.meta.dirname, '..', 'support', 'assignment-process.ts')
const processes: ChildProcess[] = []
/** Of the four that a gateway may be, one of them: what else they do is nothing to who gets what. */
async function start(): Promise<void> {
  const order: AssignmentOrder = { databaseUrl: database.url, data }
  const child = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'] })
  processes.push(child)
  const said = { out: '', err: '' }
  child.stderr.on('data', (text: Buffer) => (said.err += text.toString()))
  child.stdout.on('data', (text: Buffer) => (said.out += text.toString()))
  await until(
    async () => said,
    ({ out }) => out.includes('ready'),
    60_000,
  )
}

interface Held {
  readonly id: string
  readonly version: number
  readonly assignee: string
}
const held = (): Promise<Held[]> =>
  sql(`select id, version, assignee from inlet.ticket where assignee is not null and category in ('open', 'waiting')`)

/** Agents resolve what they have; one after the other goes, and comes back when all of theirs is somebody else's; a process is killed. */
async function work(random: () => number): Promise<number> {
  let back = 0
  for (let turn = 0; ; turn += 1) {
    const all = await held()
    if (all.length === 0 && turn > 8 && (await count('inlet.waiting')) === 0) return back
    if (turn === 8) processes[0]!.kill('SIGKILL')
    if (turn % 6 === 3) back += await leave(agents[Math.floor(random() * agents.length)]!)
    const some = all.filter(() => random() < 0.7)
    await Promise.all(
      some.map(({ id, version, assignee }) => run(updateTicket, { ticket: id, version, status: 'resolved' }, assignee)),
    )
  }
}
async function leave(agent: string): Promise<number> {
  const had = await count('inlet.ticket where assignee = $1 and category = $2', agent, 'open')
  await goes(agent, 'offline')
  await until(
    () => count('inlet.ticket where assignee = $1 and category = $2', agent, 'open'),
    (n) => n === 0,
  )
  await goes(agent, 'online')
  return had
}

/**
 * What the history tells, decision by decision: nobody above their cap, and always the ones who waited longest. Decisions that run at once
 * draw their places in turns; what one of them saw was there before its first, so that is where all of it stands.
 */
async function replay(): Promise<{
  readonly given: number
  readonly most: number
  readonly faults: readonly string[]
}> {
  const rows = await sql<{ event: AnyEvent; decision: string }>(
    'select event, xmin::text as decision from inlet.ticket_event order by seq',
  )
  const loads = new Map<string, number>()
  const whose = new Map<string, string>()
  const waiting = new Set(Array.from({ length: chats }, (_, n) => n))
  const numbers = new Map(Array.from({ length: chats }, (_, n) => [name(n) as string, n]))
  const faults: string[] = []
  let [given, most] = [0, 0]
  const assigned = (n: number, subject: string, to: string): void => {
    given += 1
    const load = (loads.get(to) ?? 0) + 1
    loads.set(to, load)
    most = Math.max(most, load)
    if (load > cap) faults.push(`${to} has ${load} with chat ${n}`)
    if (whose.has(subject)) faults.push(`chat ${n} was given away while it was somebody’s`)
    whose.set(subject, to)
    waiting.delete(n)
  }
  for (const decision of Map.groupBy(rows, (it) => it.decision).values()) {
    let newest = -1
    for (const { event } of decision) {
      const n = numbers.get(event.subject)!
      if (event.type === 'ticket.assigned') {
        assigned(n, event.subject, event.data.to)
        newest = Math.max(newest, n)
        continue
      }
      const from = whose.get(event.subject)
      if (from !== undefined) loads.set(from, (loads.get(from) ?? 0) - 1)
      whose.delete(event.subject)
      if (event.type === 'ticket.unassigned') waiting.add(n)
    }
    const oldest = Math.min(...waiting)
    if (oldest < newest) faults.push(`chat ${newest} was given while ${oldest} waited`)
  }
  return { given, most, faults }
}

it(
  'P15 B10 B11 D43 D47 1,000 chats, 10 agents, 4 processes of which one is killed: no cap is passed, the oldest first, nothing is lost when agents go',
  { timeout: 120_000 },
  async () => {
    const random = randomFrom(seed)
    await applyIn(house.store, main, hires(agents.map((it) => agentRow(it))))
    await Promise.all(Array.from({ length: 4 }, start))
    const few = Array.from({ length: 33 }, (_, n) => n)
    await put(
      house.store,
      few.map((n) => waits(n, where)),
    )
    await tell(house.store, few.map(name), where)
    await until(held, (all) => all.length === 33)
    const loads = agents.map((it) => it).map(() => 0)
    for (const { assignee } of await held()) loads[agents.indexOf(assignee)]! += 1
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)

    const rest = Array.from({ length: chats - 33 }, (_, n) => n + 33)
    await put(
      house.store,
      rest.map((n) => waits(n, where)),
    )
    await tell(house.store, rest.map(name), where)
    const back = await work(random)

    const { given, most, faults } = await replay()
    process.stdout.write(
      `seed ${seed}: ${given} given for ${chats} chats, ${back} given back, at most ${most} at once\n`,
    )
    expect(faults).toEqual([])
    expect(most).toBe(cap)
    expect(await count(`inlet.ticket where status = 'resolved'`)).toBe(chats)
    expect([await count('inlet.waiting'), await count('inlet.parked')]).toEqual([0, 0])
    expect(back).toBeGreaterThan(0)
  },
)

function randomFrom(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
