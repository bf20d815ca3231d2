// Housekeeping of the log in PostgreSQL: which days go, who holds them, and that appends never find a day missing.
import { describe, expect, it } from 'vitest'
import { eventually, inTime, read } from '../../test/contracts/event-log/under-test.ts'
import { anEvent, aRaw, idsOf } from '../../test/support/make.ts'
import { openedLog, type OpenedLog } from '../../test/support/postgres-logs.ts'

const limits = { keepDays: 30, hardLimitDays: 60 }

/** A day so long ago with events and a raw, as if the log had been running then. Before anything is appended. Oldest first. */
async function madeOn(daysAgo: number, events: number, { sql }: OpenedLog): Promise<string> {
  const [made] = await sql<{ day: string; end: string }>(
    'select log_today() - $1::int as day, log_today() - $1::int + 1 as end',
    daysAgo,
  )
  const { day, end } = made ?? { day: '', end: '' }
  for (const table of ['log_event', 'log_raw'])
    await sql(
      `create table ${table}_${day.replaceAll('-', '')} partition of ${table} for values from ('${day}') to ('${end}')`,
    )
  await sql('insert into log_day values ($1)', day)
  await sql(
    `insert into log_event select $1, 'message', 0, p.next + n, 'message.received', $1::date, $2::json
     from log_partition p cross join generate_series(0, $3::int - 1) n where p.topic = 'message' and p.partition = 0`,
    day,
    JSON.stringify(anEvent({ dedupe: `on ${day}` })),
    events,
  )
  await sql(
    "update log_partition set next = next + $1, day = $2 where topic = 'message' and partition = 0",
    events,
    day,
  )
  await sql(
    `insert into log_raw (day, id, at, key, workspace, channel, account, content_type, meta, body)
     values ($1, 'raw_old', $1::date, 'k', 'main', 'c', 'a', 't', '{}', 'x')`,
    day,
  )
  return day
}
const partitions = `select relname as name from pg_class where relname ~ '^log_(event|raw)_[0-9]+$' and relkind = 'r' order by 1`
const namesOf = async ({ sql }: OpenedLog): Promise<readonly string[]> =>
  (await sql<{ name: string }>(partitions)).map((row) => row.name)

describe('prune', () => {
  it('drops days that are old enough, with their raws; nobody reads, nobody holds', async () => {
    const it = await openedLog({ partitions: 1 })
    const old = await madeOn(31, 3, it)
    const kept = await madeOn(30, 2, it)
    expect(await it.log.prune(limits)).toEqual([old])
    const names = await namesOf(it)
    expect(names).not.toContain(`log_event_${old.replaceAll('-', '')}`)
    expect(names).not.toContain(`log_raw_${old.replaceAll('-', '')}`)
    expect(names).toContain(`log_event_${kept.replaceAll('-', '')}`)
    const reader = read(it.log)
    await eventually('what was kept', () => reader.got.length === 2)
  })

  it('a registered group that is behind holds its days; past them they go', async () => {
    const it = await openedLog({ partitions: 1 })
    const days = [await madeOn(33, 2, it), await madeOn(32, 2, it), await madeOn(31, 2, it)]
    await it.sql("select log_join('slow', array['message'])")
    await it.sql('update log_cursor set position = 2')
    expect(await it.log.prune(limits)).toEqual(days.slice(0, 1))
    expect(it.lines.filter((line) => line.level === 'warn' && line.about['group'] === 'slow')).toHaveLength(1)
    const reader = read(it.log, { group: 'slow' })
    await eventually('all passed', async () => reader.got.length === 4 && (await it.log.lag('slow')).events === 0)
    expect(await it.log.prune(limits)).toEqual(days.slice(1))
  })

  it('beyond the hard limit days go whoever waits, with an error that names the group; it reads on from the oldest kept', async () => {
    const it = await openedLog({ partitions: 1 })
    const gone = await madeOn(61, 5, it)
    const held = await madeOn(60, 2, it)
    await it.sql("select log_join('forgotten', array['message'])")
    expect(await it.log.prune(limits)).toEqual([gone])
    const said = it.lines.find((line) => line.level === 'error')
    expect(said?.about).toMatchObject({ group: 'forgotten', day: gone, events: 7 })
    expect(await it.log.lag('forgotten')).toMatchObject({ events: 2 })
    const next = anEvent()
    await it.log.append({ events: [next] }, inTime())
    const reader = read(it.log, { group: 'forgotten' })
    await eventually('the rest', () => reader.got.length === 3)
    expect(reader.got.at(-1)).toEqual(next)
    await eventually('no lag', async () => (await it.log.lag('forgotten')).events === 0)
    expect(await it.log.prune(limits)).toEqual([held])
  })

  it('a group can be dropped when nobody reads for it, and then holds nothing', async () => {
    const it = await openedLog({ partitions: 1 })
    const old = await madeOn(40, 1, it)
    await it.sql("select log_join('gone', array['message'])")
    const reader = read(it.log, { group: 'live' })
    await eventually('the live one', () => reader.got.length === 1)
    await eventually('no lag', async () => (await it.log.lag('live')).events === 0)
    expect(await it.log.prune(limits)).toEqual([])
    expect(await it.log.groups()).toEqual([
      { group: 'gone', topics: ['message'], members: 0 },
      { group: 'live', topics: ['message'], members: 1 },
    ])
    expect(await it.log.dropGroup('live')).toBe(false)
    expect(await it.log.dropGroup('nobody')).toBe(false)
    expect(await it.log.dropGroup('gone')).toBe(true)
    expect(await it.log.prune(limits)).toEqual([old])
  })
})

describe('topics of a group', () => {
  it('one that it reads no more holds nothing and is no lag, once the release before has stopped', async () => {
    const it = await openedLog({ partitions: 1 })
    await it.log.append({ events: [anEvent()] }, inTime())
    const before = read(it.log, { types: ['message.received', 'wake.due'] })
    await before.until(1)
    await it.log.append({ events: [anEvent()] }, inTime())
    const after = read(await it.another(), { types: ['wake.due'] })
    await before.until(2)
    await before.stop()
    await it.log.append({ events: [anEvent()] }, inTime())
    await after.stop()
    read(it.log, { types: ['wake.due'] })
    await eventually('the topic to be forgotten', async () => (await it.log.groups())[0]?.topics.join() === 'wake')
    expect(await it.log.lag('group')).toEqual({ events: 0, oldestSeconds: 0 })
  })
})

describe('days', () => {
  it('an append makes the day it needs, when nobody made it ahead', async () => {
    const it = await openedLog()
    for (const name of await namesOf(it)) await it.sql(`drop table ${name}`)
    await it.sql('delete from log_day')
    const [event, raw] = [anEvent(), aRaw('first of its day')]
    await it.log.append({ events: [event], raws: [raw] }, inTime())
    expect(await it.log.raw(raw.ref)).toEqual(raw)
    expect(await namesOf(it)).toHaveLength(8)
  })

  it('G17 a clock that stepped back over midnight puts nothing on an earlier day: readers get all, in order', async () => {
    const it = await openedLog({ partitions: 1 })
    const first = anEvent()
    await it.log.append({ events: [first] }, inTime())
    await it.sql('update log_partition set day = log_today() + 1')
    const [second, third] = [anEvent(), anEvent()]
    await it.log.append({ events: [second] }, inTime())
    const reader = read(it.log)
    await reader.until(2)
    await it.log.append({ events: [third] }, inTime())
    await reader.until(3)
    expect(idsOf(reader.got)).toEqual(idsOf([first, second, third]))
    expect(await it.sql('select day - log_today() as ahead from log_event order by position')).toEqual([
      { ahead: 0 },
      { ahead: 1 },
      { ahead: 1 },
    ])
  })

  it('a raw that comes twice on a day is kept once; found also when it was stored on another day than it was heard', async () => {
    const it = await openedLog()
    const raw = aRaw('twice')
    await Promise.all([raw, raw, raw].map((same) => it.log.append({ raws: [same], events: [anEvent()] }, inTime())))
    expect(await it.sql('select count(*) as raws from log_raw')).toEqual([{ raws: 1 }])
    const longAgo = { ...raw, ref: { ...aRaw('replayed').ref, at: '2026-01-02T03:04:05.678Z' as typeof raw.ref.at } }
    await it.log.append({ raws: [longAgo], events: [] }, inTime())
    expect(await it.log.raw(longAgo.ref)).toEqual(longAgo)
  })
})
