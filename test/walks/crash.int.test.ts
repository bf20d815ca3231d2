// The crash walk of what comes in: a process ends at every moment it waits for a port, a new one goes on, and nothing is lost, doubled or set aside.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Change } from '../../core/ports/worker.ts'
import { applyIn } from '../support/record.ts'
import { ruleRow } from '../support/desk-given.ts'
import { faultsOf } from '../support/walk-check.ts'
import { drained, main, runLoops, walkHouse, type WalkHouse } from '../support/walk-house.ts'
import { lifeOf } from '../support/walk-life.ts'
import { ask, cannotAsk, liveOn, never, said, ticketOf, walk, write } from '../support/walk-stops.ts'

const allBut = (on: WalkHouse, name: string) =>
  on.house.registry.workers.map((worker) => worker.name).filter((it) => it !== name)

/** One rule of what is written, and one that answers what the first did. */
const rules: readonly Change[] = [
  ruleRow('written', {
    when: { field: 'message.text', op: 'starts_with', value: 'first of' },
    then: { priority: 'high', tags: ['first'] },
  }),
  ruleRow('answering', { on: 'changed', fields: ['priority'], then: { tags: ['answered'] } }),
].map((rule) => ({ do: 'put-rule', rule, create: true }))

/** Tickets that were not triaged once, with every effect once, by their number; a later message may tell the language, which is no rule's. */
const untriaged = ({ sql }: WalkHouse) =>
  sql(
    `select t.number, t.priority, t.tags, e.told from inlet.ticket t cross join lateral (
       select array(select e.event ->> 'type' || coalesce(e.event -> 'data' ->> 'tag', '') from inlet.ticket_event e
         where e.ticket = t.id and (e.event -> 'actor' ->> 'kind' = 'rule'
           or (e.event ->> 'type' = 'ticket.triaged' and e.event -> 'data' ->> 'on' <> 'message')) order by 1) as told) e
     where (t.priority, t.tags::text, e.told::text) is distinct from (case when t.subject like 'first of%' then 'high' else 'low' end,
       case when t.subject like 'first of%' then '{first,answered}' else '{}' end,
       case when t.subject like 'first of%' then
         '{ticket.priority_changed,ticket.taggedanswered,ticket.taggedfirst,ticket.triaged,ticket.triaged}' else '{ticket.triaged}' end)
     or not exists (select from inlet.waiting w where w.ticket = t.id)`,
  )

const handled = 'after a batch was handled, before its position moved'

describe('crash walk, where log and record are one database', () => {
  let on: WalkHouse
  beforeAll(async () => {
    on = await walkHouse({ channel: cannotAsk })
    on.vendor.receipts('off')
    await applyIn(on.house.store, main, rules)
  })
  afterAll(() => on.close())
  afterEach(() => on.door.answeredBy(on.house))

  it('F2 G1 G4 ingest: every message once, wherever the process ends', { timeout: 60_000 }, async () => {
    const end = runLoops(on.house, {})
    const stops = await walk(async (n) => {
      const life = lifeOf(on.house, n)
      on.door.answeredBy(life.house, life.isDead)
      void life.crashed.then(() => on.door.answeredBy(on.house)) // the vendor comes again, to the next process
      expect((await write(on)).status).toBe(200)
      return life.endedAt
    })
    await on.drained()
    await end()
    expect(await faultsOf(on)).toEqual([])
    expect(stops).toContain('after log.append')
    expect(stops).toContain('before blobs.put')
    said('ingest', stops)
  })

  it.each([
    ['threading', 'after tx.claim', null],
    ['triage', 'after tx.claim', handled],
    ['feed', 'after a commit', null],
  ])(
    'F2 G12 G13 run-worker, %s: every effect once, wherever the process ends',
    { timeout: 60_000 },
    async (name, wanted, upTo) => {
      const end = runLoops(on.house, { workers: allBut(on, name) })
      const stops = await walk(async (n) => {
        await write(on)
        if (name !== 'threading') await drained(on, ['threading']) // what it works on is there
        const life = lifeOf(on.house, n)
        await liveOn(on, life, { workers: [name] }, () => drained(on, [name]))
        return life.endedAt
      }, upTo)
      await end()
      const endAll = runLoops(on.house, {})
      await on.drained()
      await endAll()
      expect(await faultsOf(on)).toEqual([])
      expect(await untriaged(on)).toEqual([])
      expect(stops).toContain(wanted)
      expect(stops).toContain(handled)
      said(`run-worker, ${name}`, stops)
    },
  )

  it('F2 G12 run-command: a call asked again with its key is one reply, wherever the process ends', async () => {
    const end = runLoops(on.house, {})
    const { id } = await write(on)
    await on.drained()
    const ticket = await ticketOf(on, id)
    const before = await on.sql('select id from inlet.reply')
    const stops = await walk(async (n) => {
      const life = lifeOf(on.house, n)
      const first = await ask(life.house, ticket, `command-${n}`).catch(() => null) // the caller heard nothing
      const answer = first ?? (await ask(on.house, ticket, `command-${n}`))
      expect(answer).toMatchObject({ status: 202 })
      const rows = await on.sql<{ id: string }>(
        `select id from inlet.reply where outbound ->> 'text' = $1`,
        `answer command-${n}`,
      )
      expect([answer]).toMatchObject(rows.map((row) => ({ body: { id: row.id } })))
      return life.endedAt
    })
    expect((await on.sql('select id from inlet.reply')).length - before.length).toBe(stops.length + 1)
    await liveOn(on, lifeOf(on.house, never), { workers: [], deliver: true }, on.drained)
    await end()
    expect(await faultsOf(on)).toEqual([])
    expect(stops).toContain('after tx.keepAnswer')
    said('run-command', stops)
  })
})
