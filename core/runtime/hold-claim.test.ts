// A call that takes longer than a lease: its claim is kept while it runs, and given up where it cannot be kept.
import { expect, it } from 'vitest'
import { handClock } from '../../test/support/hand-clock.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import type { Delivery } from '../ports/queues.ts'
import { isLong, sendMsOf } from './attempt-delivery.ts'
import { whileHeld } from './hold-claim.ts'

const reply = { id: 'rep_1' } as Delivery

function held(keep: (nth: number) => Promise<boolean>) {
  const clock = handClock()
  const keptAt: number[] = []
  const deliveries = { keep: () => keep(keptAt.push(clock.ticks() / 1000)) }
  const seen: { lostAt?: number; end?: () => void } = {}
  const ended = whileHeld(reply, 60, { deliveries, clock, logger: keptLog() }, (lost) => {
    lost.addEventListener('abort', () => (seen.lostAt = clock.ticks() / 1000))
    return new Promise<string>((done) => (seen.end = () => done('sent')))
  })
  return { clock, keptAt, seen, ended }
}

it('G19 G20 the lease is kept four times a lease while the call runs, and not after it', async () => {
  const { clock, keptAt, seen, ended } = held(() => Promise.resolve(true))
  await clock.advance(50_000)
  expect(keptAt).toEqual([15, 30, 45])
  seen.end!()
  expect(await ended).toBe('sent')
  await clock.advance(60_000)
  expect([keptAt.length, seen.lostAt, clock.sleeping]).toEqual([3, undefined, 0])
})

it('G19 a call whose reply another process took over is broken off', async () => {
  const { clock, seen, ended } = held((nth) => Promise.resolve(nth < 3))
  await clock.advance(60_000)
  expect(seen.lostAt).toBe(45)
  seen.end!()
  await ended
})

it('G19 a call whose claim cannot be kept ends before the lease does; a database that is away for a moment is survived', async () => {
  const away = held(() => Promise.reject(new Error('the database is away')))
  await away.clock.advance(120_000)
  expect(away.seen.lostAt).toBe(45)
  away.seen.end!()
  await away.ended
  const once = held((nth) => (nth === 1 ? Promise.reject(new Error('away')) : Promise.resolve(true)))
  await once.clock.advance(120_000)
  expect(once.seen.lostAt).toBeUndefined()
  once.seen.end!()
  await once.ended
})

it('G20 a send takes as long as its channel says, and 25 s where it says nothing', () => {
  expect([sendMsOf({}), isLong({}), isLong(undefined)]).toEqual([25_000, false, false])
  expect([sendMsOf({ sendSeconds: 300 }), isLong({ sendSeconds: 300 })]).toEqual([300_000, true])
})
