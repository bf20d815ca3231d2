// Leases of the log in PostgreSQL: fenced, by the database's clock, handed over only when nothing is in hand.
import { describe, expect, it } from 'vitest'
import { eventually, inTime, pause, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { anEvent, idsOf } from '../../test/support/make.ts'
import { openedLog } from '../../test/support/postgres-logs.ts'

describe('leases', () => {
  it('G15 a late flush of a lost lease is refused, and the new owner’s position stands', async () => {
    const { log, lines, sql } = await openedLog({ partitions: 1 })
    const events = Array.from({ length: 3 }, () => anEvent())
    await log.append({ events }, inTime())
    const steal = async (): Promise<void> => {
      if (stolen++ > 0) return
      await sql(
        "update log_cursor set owner = 'other', epoch = epoch + 1, lease_until = clock_timestamp() + interval '2 s', position = 1",
      )
    }
    let stolen = 0
    const reader = read(log, { handle: steal })
    await eventually('the flush to be refused', () =>
      lines.some((line) => line.message.includes('went to another process')),
    )
    expect(await sql('select position, owner from log_cursor')).toEqual([{ position: 1, owner: 'other' }])
    await eventually('the lease to come back', () => reader.got.length === 5)
    expect(idsOf(reader.got)).toEqual([...idsOf(events), ...idsOf(events.slice(1))])
  })

  it('G17 a lease given before the database’s clock jumped back an hour is taken over at once', async () => {
    const { log, sql } = await openedLog({ partitions: 2 })
    await log.append({ events: roundsOf(6, 1, (key) => anEvent({ key })) }, inTime())
    await sql("select log_join('group', array['message'])")
    await sql("update log_cursor set owner = 'dead', epoch = 7, lease_until = clock_timestamp() + interval '1 hour'")
    await sql("insert into log_member values ('group', 'dead', clock_timestamp() + interval '1 hour')")
    const reader = read(log)
    await reader.until(6)
    expect(await sql('select distinct owner = $1 as dead, epoch from log_cursor', 'dead')).toEqual([
      { dead: false, epoch: 8 },
    ])
  })

  it('what is in hand is not given to a process that joins, until it is finished', async () => {
    const { log, another } = await openedLog({ partitions: 2 })
    const events = roundsOf(8, 1, (key) => anEvent({ key }))
    await log.append({ events }, inTime())
    const [began, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const first = read(log, {
      handle: () => {
        began.resolve()
        return finish.promise
      },
    })
    await began.promise
    const second = read(await another())
    // Two beats: by then the first has been told that its share is one of two.
    await pause(2_500)
    expect(second.got).toEqual([])
    finish.resolve()
    await eventually('the first to end', () => first.got.length === events.length)
    const more = roundsOf(8, 1, (key) => anEvent({ key }))
    await eventually(
      'the second to have its share',
      async () => (await log.append({ events: more }, inTime()), second.got.length > 0),
    )
    expect(new Set(idsOf(second.got)).isDisjointFrom(new Set(idsOf(events)))).toBe(true)
  })

  it('a reader that was told more than the log holds (a standby took over) walks over nothing', async () => {
    const { log, another, sql } = await openedLog({ partitions: 1 })
    const events = Array.from({ length: 20 }, () => anEvent())
    await log.append({ events }, inTime())
    await sql('delete from log_event where position >= 10')
    await sql("update log_partition set next = 10 where topic = 'message'")
    const reader = read(log)
    await reader.until(10)
    const later = Array.from({ length: 5 }, () => anEvent())
    await (await another()).append({ events: later }, inTime())
    await reader.until(15)
    expect(idsOf(reader.got)).toEqual(idsOf([...events.slice(0, 10), ...later]))
  })
})
