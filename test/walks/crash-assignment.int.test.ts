// The crash walk of assignment: wherever its process ends, no ticket is given twice, none is lost, no cap is passed; and what wakes it does.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Presence } from '../../schemas/agent.ts'
import type { TicketId } from '../../schemas/ids.ts'
import { isRefusal } from '../../core/ports/command.ts'
import { setPresence } from '../../core/commands/set-presence.ts'
import { agentRow } from '../support/desk-given.ts'
import { hires, put, tell, ticketNamed, waits } from '../support/assign-rig.ts'
import { until } from '../support/desk.ts'
import { agent as asker } from '../support/given.ts'
import { applyIn } from '../support/record.ts'
import { drained, main, runLoops, template, walkHouse, type WalkHouse } from '../support/walk-house.ts'
import { lifeOf } from '../support/walk-life.ts'
import { liveOn, said } from '../support/walk-stops.ts'

const where = { channel: template, account: 'main', kind: 'dm' }
const named = (n: number): TicketId => ticketNamed(`w${n}`)
let on: WalkHouse
beforeAll(async () => {
  on = await walkHouse({ seed: 11 })
})
afterAll(() => on.close())

const goes = async (agent: string, presence: Presence): Promise<void> => {
  const by = { ...asker, actor: { kind: 'agent', id: agent } } as const
  const outcome = await on.house.commands.run(
    setPresence,
    { agent, presence },
    { workspace: main, by, idempotencyKey: null },
  )
  expect(isRefusal(outcome)).toBe(false)
}

/** The history from the beginning: each given when it was nobody's, nobody above their cap. */
async function faults(cap: number): Promise<readonly string[]> {
  const rows = await on.sql<{ event: AnyEvent }>('select event from inlet.ticket_event order by seq')
  const whose = new Map<string, string>()
  const loads = new Map<string, number>()
  const found: string[] = []
  for (const { event } of rows) {
    if (event.type === 'ticket.assigned') {
      if (whose.has(event.subject)) found.push(`${event.subject} was given twice`)
      whose.set(event.subject, event.data.to)
      const load = (loads.get(event.data.to) ?? 0) + 1
      loads.set(event.data.to, load)
      if (load > cap) found.push(`${event.data.to} has ${load}`)
    }
    if (event.type === 'ticket.unassigned') {
      loads.set(event.data.from, (loads.get(event.data.from) ?? 0) - 1)
      whose.delete(event.subject)
    }
  }
  const tickets = await on.sql<{ id: string; assignee: string | null; waits: boolean }>(
    `select t.id, t.assignee, exists (select from inlet.waiting w where w.ticket = t.id) as waits from inlet.ticket t`,
  )
  for (const { id, assignee, waits: isWaiting } of tickets) {
    if ((assignee === null) !== isWaiting) found.push(`${id} is ${assignee}’s and ${isWaiting ? 'waits' : 'waits not'}`)
    if ((whose.get(id) ?? null) !== assignee) found.push(`the history says ${whose.get(id)} has ${id}, not ${assignee}`)
  }
  return found
}

/** Each kind of moment once: the numbered walk has 80 and more of them, most of one kind. */
const moments = [
  'before a batch is handled',
  'after attempts.bump',
  'before a transaction',
  'before tx.claim',
  'after tx.lock',
  'after tx.read.desk',
  'before tx.read.assigning.board',
  'after tx.read.assigning.next',
  'before tx.apply',
  'after tx.apply',
  'before tx.emit',
  'after tx.emit',
  'after a commit',
  'after attempts.forget',
  'after a batch was handled, before its position moved',
]

describe('crash walk of assignment', () => {
  it(
    'F2 D47 wherever it ends, each is given once or waits, also what comes back from who left',
    { timeout: 120_000 },
    async () => {
      const cap = 40
      await applyIn(
        on.house.store,
        main,
        hires(['ada', 'bea', 'cem'].map((it) => agentRow(it, { capacity: { '*': cap } }))),
      )
      for (const [n, moment] of moments.entries()) {
        await put(on.house.store, [waits(n * 2, where), waits(n * 2 + 1, where)])
        await tell(on.house.store, [named(n * 2), named(n * 2 + 1)], where)
        await goes('ada', n % 2 === 0 ? 'offline' : 'online')
        const life = lifeOf(on.house, moment)
        await liveOn(on, life, { workers: ['assignment'] }, () => drained(on, ['assignment']))
        expect(life.endedAt).toBe(moment)
      }
      expect(await faults(cap)).toEqual([])
      const back = await on.sql(`select 1 from inlet.ticket_event where event ->> 'type' = 'ticket.unassigned'`)
      expect(back.length).toBeGreaterThan(0)
      said('assignment', moments)
    },
  )

  it('B11 an agent who is made online, and a cap that is raised, are found without an event', async () => {
    await on.sql(`update inlet.presence set presence = 'offline'`)
    await put(on.house.store, [waits(9_000, where), waits(9_001, where)])
    const end = runLoops(on.house, { workers: ['assignment'], wake: true })
    const whose = async (n: number) =>
      (await on.sql<{ assignee: string | null }>('select assignee from inlet.ticket where id = $1', named(n)))[0]
        ?.assignee
    await pause(300)
    expect(await whose(9_000)).toBe(null)
    const dia = agentRow('dia', { capacity: { '*': 1 } })
    await applyIn(on.house.store, main, hires([dia]))
    const began = performance.now()
    await until(
      () => whose(9_000),
      (it) => it === 'dia',
    )
    const first = performance.now() - began
    expect(await whose(9_001)).toBe(null)
    await applyIn(on.house.store, main, [{ do: 'put-agent', agent: { ...dia, capacity: { '*': 2 } }, create: false }])
    await until(
      () => whose(9_001),
      (it) => it === 'dia',
    )
    await end()
    process.stdout.write(`a new agent had the first to wait after ${Math.round(first)} ms\n`)
  })
})
