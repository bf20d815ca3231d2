// The log in PostgreSQL: held to the contract of all logs, and to what is its own: counters, lost answers, the record’s door.
import { describe, expect, it, onTestFinished } from 'vitest'
import { GatewayError, isGatewayError } from '../../core/errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { eventLogContract } from '../../test/contracts/event-log.ts'
import { eventually, inTime, pause, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { anEvent, anEventOf, aRaw, idsOf } from '../../test/support/make.ts'
import { lostAnswers } from '../../test/support/lost-answers.ts'
import { openedLog, postgresLogUnderTest, type OpenedLog } from '../../test/support/postgres-logs.ts'
import { systemClock } from './clock.ts'
import { openDatabase } from './database.ts'
import { postgresLog } from './log-postgres.ts'
import { encode, writeOf, writeText } from './log-postgres/encode.ts'

eventLogContract('PostgreSQL', postgresLogUnderTest)

const faultOf = (doing: Promise<unknown>): Promise<GatewayError> =>
  doing.then(
    () => Promise.reject(new Error('it was taken')),
    (error: unknown) => (isGatewayError(error) ? error : Promise.reject(error)),
  )
const positionsAreDense = `select topic, partition from log_event group by topic, partition
  having min(position) <> 0 or max(position) + 1 <> count(*)
  union all select topic, partition from log_partition p
  where next <> (select count(*) from log_event e where e.topic = p.topic and e.partition = p.partition)`

describe('append', () => {
  it('counters and raws are taken in sorted order: four writers over all partitions, no deadlock, no hole', async () => {
    const { log, another, sql } = await openedLog()
    const logs = [log, await another(), await another(), await another()]
    const rawsOf = (round: number) => Array.from({ length: 20 }, (_, index) => aRaw(`same for all, ${round} ${index}`))
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; round < 15; round++) {
        const events = roundsOf(40, 1, (key) => anEvent({ key }))
        const raws = rawsOf(round)
        const turned = writer % 2 === 0
        await logs[writer]?.append(
          { events: turned ? events : events.toReversed(), raws: turned ? raws : raws.toReversed() },
          inTime(),
        )
      }
    }
    await Promise.all(logs.flatMap((_, writer) => [write(writer), write(writer)]))
    expect(await sql(positionsAreDense)).toEqual([])
    expect(await sql('select count(*) as events, (select count(*) from log_raw) as raws from log_event')).toEqual([
      { events: 4_800, raws: 300 },
    ])
    const deadlocks = 'select deadlocks from pg_stat_database where datname = current_database()'
    expect(await sql(`select pg_stat_force_next_flush(), pg_stat_clear_snapshot()`)).toHaveLength(1)
    expect(await sql(deadlocks)).toEqual([{ deadlocks: 0 }])
  })

  it('G11 others are told of what was appended within a moment together, not of each append', async () => {
    const { log, database } = await openedLog()
    const [stop, heard] = [new AbortController(), new Set<number>()]
    const listening = database.listen('inlet_log', () => heard.add(heard.size), stop.signal)
    await eventually('a first notification', async () => {
      await log.append({ events: [anEvent()] }, inTime())
      return heard.size > 0
    })
    heard.clear()
    const [appends, began] = [150, performance.now()]
    for (let n = 0; n < appends; n++) await log.append({ events: [anEvent()] }, inTime())
    await pause(200)
    // At most one in 50 ms, and one that was under way.
    expect(heard.size).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / 50) + 1)
    expect(heard.size).toBeGreaterThan(0)
    stop.abort()
    await listening
  })

  it('G23 an append is on the disk when it is answered: its connection synchronises', async () => {
    const { database } = await openedLog()
    const client = await database.pool('appends').connect()
    const synced = async (): Promise<number> => {
      await client.query('select pg_stat_force_next_flush()')
      const { rows } = await client.query(
        `select coalesce(sum(fsyncs), 0)::int as n from pg_stat_get_backend_io(pg_backend_pid()) where object = 'wal'`,
      )
      return rows[0].n
    }
    const before = await synced()
    for (let n = 0; n < 10; n++)
      await client.query(writeText, [...writeOf([encode({ events: [anEvent()] }, 12)]).values])
    const after = await synced()
    client.release()
    // One that commits at the same moment may do it for another.
    expect(after - before).toBeGreaterThan(0)
  })

  it('two writers of the same raws, each in its own order, do not wait for each other', async () => {
    const { log, another, database, sql } = await openedLog()
    const other = await another()
    const raws = [aRaw('one'), aRaw('two'), aRaw('three')].toSorted((a, b) => (a.ref.id < b.ref.id ? -1 : 1))
    const holder = await database.pool('owner').connect()
    await holder.query('begin')
    const middle = {
      ...raws[1],
      ...raws[1]?.ref,
      type: 'text/plain',
      ref: undefined,
      body: undefined,
      start: 0,
      size: 0,
    }
    await holder.query("select log_append($1, '', null)", [JSON.stringify([middle])])
    const writes = [
      log.append({ raws, events: [anEvent()] }, inTime()),
      other.append({ raws: raws.toReversed(), events: [anEvent()] }, inTime()),
    ]
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    await eventually('both to wait', async () => (await sql(waiting)).length === 2)
    await holder.query('rollback')
    holder.release()
    expect((await Promise.allSettled(writes)).map((write) => write.status)).toEqual(['fulfilled', 'fulfilled'])
    expect(await log.raw((raws[1] ?? aRaw()).ref)).toEqual(raws[1])
  })

  it.each([
    ['a NUL', anEvent({ data: { text: 'a\u0000b' } })],
    ['half a surrogate pair', anEvent({ data: { text: 'a\ud83db' } })],
    ['a NUL in a field name', anEvent({ data: { vendor: { 'a\u0000b': 'c' } } })],
  ])('F14 refuses what cannot be stored, %s, and says so', async (_what, event) => {
    const { log, sql } = await openedLog()
    const fault = await faultOf(log.append({ events: [event] }, inTime()))
    expect(fault.code).toBe('event.invalid')
    expect(fault.message).toContain('Appending to the log')
    const meta = { subject: 'a\u0000b' }
    expect((await faultOf(log.append({ events: [anEvent()], raws: [aRaw('x', { meta })] }, inTime()))).code).toBe(
      'event.invalid',
    )
    expect(await sql('select 1 from log_event union all select 1 from log_raw')).toEqual([])
  })

  it('G2 F4 a hang at the server ends by itself, for everybody who waits, and the log goes on', async () => {
    const { log, database } = await openedLog()
    const holder = await database.pool('owner').connect()
    await holder.query('begin; lock table log_partition in exclusive mode')
    const began = performance.now()
    const faults = await Promise.all(
      Array.from({ length: 5 }, () => faultOf(log.append({ events: [anEvent()] }, inTime()))),
    )
    expect(faults.map((fault) => fault.code)).toEqual(Array.from({ length: 5 }, () => 'log.unavailable'))
    expect(performance.now() - began).toBeLessThan(9_000)
    await holder.query('rollback')
    holder.release()
    await log.append({ events: [anEvent()] }, inTime())
  })

  it('F4 connections cut in the middle of a write: log.unavailable for its callers; writing and reading go on', async () => {
    const { log, database, sql } = await openedLog()
    const reader = read(log)
    await log.append({ events: [anEvent({ dedupe: 'before' })] }, inTime())
    await reader.until(1)
    const holder = await database.pool('owner').connect()
    await holder.query('begin; lock table log_partition in exclusive mode')
    const waiting = Array.from({ length: 5 }, (_, index) =>
      faultOf(log.append({ events: [anEvent({ dedupe: `cut ${index}` })] }, inTime())),
    )
    await eventually(
      'writers to wait',
      async () =>
        (await sql("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"))
          .length > 0,
    )
    await sql(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid not in (pg_backend_pid(), ${String((await holder.query('select pg_backend_pid() as pid')).rows[0].pid)})`)
    expect((await Promise.all(waiting)).map((fault) => fault.code)).toEqual(
      Array.from({ length: 5 }, () => 'log.unavailable'),
    )
    await holder.query('rollback')
    holder.release()
    const after = anEvent({ dedupe: 'after' })
    await eventually('an append to succeed', () =>
      log.append({ events: [after] }, inTime()).then(
        () => true,
        () => false,
      ),
    )
    await eventually('the reader to go on', () => idsOf(reader.got).includes(after.id))
  })

  it('F5 the answer to a commit is lost: log.unavailable, though it is there; the repeat is the same event again', async () => {
    const { log, database } = await openedLog()
    const door = await lostAnswers(database.url)
    const through = await openDatabase({ databaseUrl: door.url, dataDir: '', log: silent })
    const cutOff = await postgresLog({ database: through, clock: systemClock, log: silent })
    onTestFinished(async () => {
      await cutOff.close()
      await through.close()
      await door.close()
    })
    const event = anEvent()
    const cut = door.cutAfter('log_append')
    const fault = await faultOf(cutOff.append({ events: [event] }, inTime()))
    await cut
    expect(fault.code).toBe('log.unavailable')
    const reader = read(log)
    await reader.until(1)
    await cutOff.append({ events: [event] }, inTime())
    await eventually('the repeat', () => reader.got.length === 2)
    expect(reader.got).toEqual([event, event])
  })

  it('another number of partitions stops the start, with words', async () => {
    const { database } = await openedLog({ partitions: 6 })
    const fault = await faultOf(postgresLog({ database, clock: systemClock, log: silent, partitions: 12 }))
    expect(fault.code).toBe('settings.invalid')
    expect(fault.message).toMatch(/made with 6 partitions.*says 12/)
  })
})

// What this version's store calls, and what a process of the version before still does beside it (G18).
describe.each(['log_tell', 'log_emit'])('%s, for the record’s own transactions', (door) => {
  const emit = async (
    { log, database }: OpenedLog,
    events: readonly AnyEvent[],
    end: 'commit' | 'rollback',
    workspace = 'main',
  ) => {
    const client = await database.pool('desk').connect()
    try {
      await client.query('begin')
      await client.query("select set_config('inlet.workspace', $1, true)", [workspace])
      await client.query(`select ${door}($1)`, [log.emitRows(events)])
      await client.query(end)
    } finally {
      client.release(true)
    }
    log.nudge()
  }

  it('G12 events enter the log with the transaction’s commit, or never', async () => {
    const it = await openedLog()
    const reader = read(it.log)
    const [kept, dropped] = [roundsOf(5, 2, (key) => anEvent({ key })), [anEvent()]]
    await emit(it, dropped, 'rollback')
    await emit(it, kept, 'commit')
    await reader.until(kept.length)
    await pause(100)
    expect(idsOf(reader.got).toSorted()).toEqual(idsOf(kept).toSorted())
    expect(await it.sql(positionsAreDense)).toEqual([])
  })

  const tagged = (tag: string, workspace = 'main' as WorkspaceId) =>
    anEventOf('ticket.tagged', { ticket: 'tkt_1', tag }, { workspace })

  it('S27 refuses an event of another workspace, and everything without a workspace', async () => {
    const it = await openedLog()
    for (const foreign of [anEvent({ workspace: 'elsewhere' as WorkspaceId }), tagged('x', 'elsewhere' as WorkspaceId)])
      await expect(emit(it, [anEvent(), foreign], 'commit')).rejects.toThrow(
        /an event of workspace elsewhere inside a transaction of workspace main/,
      )
    await expect(emit(it, [anEvent(), tagged('x')], 'commit', '')).rejects.toThrow(/no workspace was entered/)
    expect(await it.sql('select 1 from log_event')).toEqual([])
    expect(await it.sql('select 1 from ticket_event')).toEqual([])
  })

  it('G12 G18 what is told of tickets is kept for their history in its order, once: the version before does that by itself', async () => {
    const it = await openedLog()
    await emit(it, [tagged('dropped')], 'rollback')
    await emit(it, [tagged('b'), anEvent(), tagged('a')], 'commit')
    const history = await it.sql(
      `select workspace, ticket, event #>> '{data,tag}' as tag from ticket_event order by seq`,
    )
    const of = { workspace: 'main', ticket: 'tkt_1' }
    const both = [
      { ...of, tag: 'b' },
      { ...of, tag: 'a' },
    ]
    expect(history).toEqual(door === 'log_tell' ? both : [])
    expect(await it.sql('select 1 from log_event')).toHaveLength(3)
  })

  it('is the desk’s only door to the log', async () => {
    const { database } = await openedLog()
    const tables = ['log_event', 'log_raw', 'log_partition', 'log_cursor', 'log_member', 'log_setting', 'log_day']
    const tries = [
      ...tables.flatMap((table) => [`select from ${table}`, `delete from ${table}`]),
      "select log_append(null, null, '[]')",
      "select log_append_events('[]')",
      "select log_append_parsed('[]', 'main', true)",
      "select log_join('x', '{}')",
      'select log_drop_before(current_date)',
    ]
    for (const text of tries) await expect(database.pool('desk').query(text)).rejects.toThrow(/permission denied/)
  })
})

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => silent }
