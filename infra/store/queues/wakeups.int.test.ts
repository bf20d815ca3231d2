// A look for what is due touches what is due: not what waits, and not what was cancelled, also when its plan was made while there was nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PoolClient } from 'pg'
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.ts'
import { due, next } from './wakeups.ts'

let database: FreshDatabase
/** One connection, which keeps its plans. */
let loops: PoolClient
beforeAll(async () => {
  database = await freshDatabase()
  // Nothing comes to the rescue; what is swept up here is swept up by hand.
  await sql('alter table inlet.wakeup set (autovacuum_enabled = off)')
  await sql('vacuum (analyze) inlet.wakeup')
  loops = await database.pool('loops').connect()
  for (const { name, text } of [due, next]) {
    await loops.query(`prepare ${name}(json) as ${text}`)
    // Named statements settle on a plan at their sixth run.
    for (let n = 0; n < 7; n += 1) await loops.query(`execute ${name}('500')`)
  }
}, 60_000)
afterAll(async () => {
  loops.release(true)
  await database.close()
})

const sql = async (text: string, ...values: unknown[]) => (await database.pool('owner').query(text, values)).rows
/** So many, one after the other over so many seconds from now. */
const ask = (name: string, count: number, [from, to]: readonly [number, number]) =>
  sql(
    `insert into inlet.wakeup (workspace, kind, subject, id, due_at)
     select 'main', 'snooze', $1 || n, $1 || n, now() + make_interval(secs => $3 + ($4::float8 - $3) * n / $2) from generate_series(1, $2::int) n`,
    name,
    count,
    from,
    to,
  )

interface Plan {
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
}
/** Pages of a look that takes what is due, and of the question when the next one is; taken back afterwards. */
async function look(): Promise<{ readonly due: number; readonly next: number }> {
  const pages = async (name: string) => {
    await loops.query('begin')
    const { rows } = await loops.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
      `explain (analyze, buffers, timing off, format json) execute ${name}('500')`,
    )
    await loops.query('rollback')
    const { Plan } = rows[0]!['QUERY PLAN'][0]
    return Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']
  }
  return { due: await pages(due.name), next: await pages(next.name) }
}

describe('a look for what is due', () => {
  it('G17 finds 500 of 100,500 by their hour: a handful of pages each, none of what waits', async () => {
    const nothing = await look()
    await ask('waits-', 100_000, [3_600, 864_000])
    const among = await look()
    expect(among.due - nothing.due).toBeLessThan(20)
    await ask('due-', 500, [-2, -1])
    // The first one also marks the pages that are new.
    await look()
    const found = await look()
    expect(found.due).toBeLessThan(500 * 5)
    expect(found.next).toBeLessThan(20)
    // Who also read the table would be found out.
    const [{ pages }] = (await sql(`select pg_relation_size('inlet.wakeup') / 8192 as pages`)) as [{ pages: string }]
    expect(Number(pages)).toBeGreaterThan(500)
  })

  it('B9 what was cancelled costs nothing at its hour once it is swept up, and one look before', async () => {
    const without = await look()
    // Of the same hour and before it, so that a look that reads them reads all of them.
    await ask('gone-', 50_000, [-5, -3])
    await sql(`delete from inlet.wakeup where subject like 'gone-%'`)
    await look()
    const second = await look()
    // What the first look has marked lies in the index until it is swept up: some hundred entries a page.
    expect(second.due - without.due).toBeLessThan(50_000 / 50)
    await sql('vacuum inlet.wakeup')
    await look()
    const swept = await look()
    expect(swept.due).toBeLessThanOrEqual(without.due + 10)
    expect(swept.next).toBeLessThanOrEqual(without.next + 10)
  })

  it('swept up before it is a share of the table that anybody would feel', async () => {
    const [{ reloptions }] = (await sql(`select reloptions from pg_class where oid = 'inlet.wakeup'::regclass`)) as [
      { reloptions: readonly string[] },
    ]
    expect(reloptions).toEqual(
      expect.arrayContaining(['autovacuum_vacuum_threshold=1000', 'autovacuum_vacuum_scale_factor=0.01']),
    )
  })
})
