// A table that grows faster than the server's autovacuum looks gets statistics all the same, and its plans with them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { systemClock } from './clock.ts'
import { keepStatistics } from './statistics.ts'

describe('statistics', () => {
  let database: FreshDatabase
  const sql = async <Row>(text: string) => (await database.pool('owner').query(text)).rows as Row[]
  beforeAll(async () => {
    database = await freshDatabase()
    // Only ours may come to the rescue here.
    await sql(`alter table inlet.ticket set (autovacuum_enabled = off)`)
  })
  afterAll(() => database.close())

  const rowsBelieved = async () =>
    Number((await sql<{ n: number }>(`select reltuples as n from pg_class where oid = 'inlet.ticket'::regclass`))[0]?.n)
  const plan = async () =>
    JSON.stringify(
      await sql(
        `explain (format json) select id from inlet.ticket where workspace = 'main' order by created_at desc, id desc limit 50`,
      ),
    )

  it('are made anew when a table has outgrown them, so that the newest tickets are read from the index and not sorted out of all', async () => {
    await sql(
      `insert into inlet.ticket (workspace, id, number, status, category, priority, origin, created_at, updated_at)
       select 'main', 'tkt_' || n, n, 'new', 'open', 'normal', 'customer', now() - n * interval '1 s', now() from generate_series(1, 3000) n`,
    )
    expect(await rowsBelieved()).toBeLessThan(1)
    expect(await plan()).toContain('Sort Key')

    const stop = new AbortController()
    const keeping = keepStatistics({ pool: database.pool('loops'), clock: systemClock, logger: keptLog() }, stop.signal)
    try {
      await expect.poll(rowsBelieved, { timeout: 20_000 }).toBe(3000)
    } finally {
      stop.abort()
      await keeping
    }
    expect(await plan()).not.toContain('Sort Key')
  })

  it('reads no message for what it says: words are looked up in their index, whatever is known of them', async () => {
    await sql(
      `insert into inlet.message (workspace, id, ticket, direction, kind, sender, recipients, cc, subject, text, parts, replies_to, sent_at, received_at, correlation)
       select 'main', 'msg_' || n, 'tkt_' || n, 'in', 'user', '{}', '[]', '[]', 'order ' || n, 'where is order ' || n, '[]', '{}', now(), now(), 'c'
       from generate_series(1, 500) n`,
    )
    await sql('analyze inlet.message')
    expect(await sql(`select attname from pg_stats where tablename = 'message_words'`)).toEqual([])
    const [{ lines = '' } = {}] = await sql<{ lines: string }>(
      `select string_agg(line, ' ') as lines from (select json_build_array(attname)::text as line from pg_stats where tablename = 'message') x`,
    )
    expect(lines).toContain('subject')
    const found = await sql<object>(
      `explain (format json) select id from inlet.message m where to_tsvector('simple', inlet.folded(left(m.text, 4000))) @@ plainto_tsquery('simple', 'order')`,
    )
    expect(JSON.stringify(found)).toContain('message_words')
  })

  it('S27 lets nobody but the loops ask for it', async () => {
    await expect(database.pool('desk').query('select inlet.freshen_statistics()')).rejects.toThrow(/permission denied/)
  })
})
