// What agents hold, as it is summed up: at every moment what counting the tickets gives, whoever changes them and whoever sums up.
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { seeded } from '../../test/support/mutate.ts'
import { seed } from '../../test/support/seed.ts'
import { systemClock } from './clock.ts'
import { keepHeld } from './held.ts'

const counted = `select workspace, assignee as agent, coalesce(channel, 'none') as channel, coalesce(kind, '') as kind, count(*)::int as n
  from inlet.ticket where assignee is not null and category in ('open', 'waiting') group by 1, 2, 3, 4`
const summed = `select workspace, agent, channel, kind, sum(n)::int as n
  from (select * from inlet.held union all select * from inlet.held_change) s group by 1, 2, 3, 4 having sum(n) <> 0`
/** By one statement, so of one moment. */
const differences = `select * from ((${counted}) except (${summed})) a union all select * from ((${summed}) except (${counted})) b`

describe('what agents hold', () => {
  let database: FreshDatabase
  const sql = async <Row>(text: string) => (await database.pool('owner').query(text)).rows as Row[]
  beforeAll(async () => {
    database = await freshDatabase()
    await sql(`insert into inlet.workspace (workspace, name) values ('other', 'Other') on conflict do nothing;
      insert into inlet.ticket (workspace, id, number, status, category, priority, origin, created_at, updated_at)
      select case when n % 4 = 0 then 'other' else 'main' end, 'tkt_' || n, n, 'new', 'open', 'normal', 'customer', now(), now() from generate_series(1, 60) n`)
  })
  afterAll(() => database.close())
  const sumUp = async (anew: boolean) =>
    (await database.pool('loops').query<{ wrong: number | null }>('select sum_up_held($1) as wrong', [anew])).rows[0]
      ?.wrong

  it('P15 is at every moment what counting gives, while tickets are given, moved, closed, deleted and undone, and sums are added up and counted anew', async () => {
    const over = new AbortController()
    const change = async (hand: number) => {
      const random = seeded(seed + hand)
      const pick = (of: readonly string[]) => of[random(of.length)]!
      for (let n = 0; n < 120; n += 1) {
        const client = await database.pool('owner').connect()
        try {
          await client.query('begin')
          // In one order, as every transaction of the gateway locks tickets: else two of them would wait for each other.
          const numbers = [0, 1, 2].map(() => 1 + random(60)).toSorted((a, b) => a - b)
          for (const number of numbers) await changeOne(number, { client, random, pick })
          await client.query(random(5) === 0 ? 'rollback' : 'commit')
        } finally {
          await client.query('rollback')
          client.release()
        }
      }
    }
    const look = async () => {
      for (let looks = 0; ; looks += 1) {
        expect(await sql(differences), `seed ${seed}`).toEqual([])
        if (over.signal.aborted) return looks
      }
    }
    const add = async () => {
      const found = []
      for (let n = 0; !over.signal.aborted; n += 1) found.push(await sumUp(n % 3 === 0))
      return found
    }
    const around = Promise.all([look(), add(), add()])
    await Promise.all([1, 2, 3].map(change)).finally(() => over.abort())
    const [looks, ...found] = await around
    expect(looks).toBeGreaterThan(20)
    expect(found.flat().filter((wrong) => wrong !== null && wrong !== 0)).toEqual([])
    expect((await sql(counted)).length).toBeGreaterThan(3)
    await sumUp(false)
    expect(await sql('select * from inlet.held_change')).toEqual([])
    expect(await sql('select * from inlet.held where n = 0')).toEqual([])
  })

  it('holds nothing of a workspace that goes with its tickets', async () => {
    await sql(`update inlet.ticket set assignee = 'ada' where workspace = 'other'`)
    await sumUp(false)
    expect((await sql(`select from inlet.held where workspace = 'other'`)).length).toBeGreaterThan(0)
    await sql(`delete from inlet.ticket where workspace = 'other'`)
    await sumUp(false)
    expect(await sql(`select from inlet.held where workspace = 'other'`)).toEqual([])
  })

  it('is said and mended at the next start where somebody wrote past it, and only then', async () => {
    await sql(`update inlet.ticket set assignee = 'ada', category = 'open' where number < 30`)
    await sumUp(false)
    await sql(`update inlet.held set n = n + 5; insert into inlet.held values ('main', 'nobody', 'none', '', 2)`)
    const log = keptLog()
    const running = async (until: () => Promise<void>) => {
      const stop = new AbortController()
      const keeping = keepHeld({ pool: database.pool('loops'), clock: systemClock, logger: log }, stop.signal)
      await until().finally(() => stop.abort())
      await keeping
    }
    await running(async () => {
      await expect.poll(() => sql(differences), { timeout: 10_000 }).toEqual([])
      await expect.poll(() => log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    })
    expect(await sql(`select from inlet.held where agent = 'nobody'`)).toEqual([])
    await running(async () => void (await expect.poll(() => sumUp(true)).toBe(0)))
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  it('S27 is summed up by the loops alone', async () => {
    await expect(database.pool('desk').query('select inlet.sum_up_held(true)')).rejects.toThrow(/permission denied/)
  })
})

interface Hand {
  readonly client: PoolClient
  readonly random: (below: number) => number
  readonly pick: (of: readonly string[]) => string
}
/** Anything that may happen to who holds a ticket. */
async function changeOne(number: number, { client, random, pick }: Hand): Promise<void> {
  const kind = random(12)
  if (kind === 0) await client.query(`delete from inlet.ticket where number = $1`, [number])
  else if (kind === 1)
    await client.query(
      `insert into inlet.ticket (workspace, id, number, status, category, priority, origin, assignee, channel, kind, created_at, updated_at)
       values ('main', 'tkt_' || $1::int, $1::int, 'new', 'open', 'normal', 'customer', 'cem', 'pigeon', 'dm', now(), now()) on conflict do nothing`,
      [number],
    )
  else if (kind < 6)
    await client.query(`update inlet.ticket set category = $2 where number = $1`, [
      number,
      pick(['open', 'waiting', 'done']),
    ])
  else if (kind === 6)
    await client.query(`update inlet.ticket set channel = nullif($2, ''), kind = nullif($3, '') where number = $1`, [
      number,
      pick(['', 'pigeon', 'crow']),
      pick(['', 'dm', 'letter']),
    ])
  else
    await client.query(`update inlet.ticket set assignee = nullif($2, ''), version = version + 1 where number = $1`, [
      number,
      pick(['', 'ada', 'bea', 'cem']),
    ])
}
