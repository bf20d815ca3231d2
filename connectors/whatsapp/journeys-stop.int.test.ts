// A gateway that is told to stop, told twice, kept busy by a slow query or by slow callers: what it answers meanwhile, and how it ends.
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { deskOf, quiet, until } from '../../test/support/desk.ts'
import { percentile } from '../../test/bench/stats.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import { logLines, type Gateway } from '../../test/support/gateway-process.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
const began: Gateway[] = []
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 108 })
  began.push(at.gateway)
}, 60_000)
afterAll(() => at.end(), 30_000)
afterEach(() => at.vendor.knocksAt(`${at.gateway.address}/in/whatsapp/main`))

async function another(): Promise<Gateway> {
  const gateway = await at.another()
  began.push(gateway)
  await untilAnswering(`${gateway.address}/in/whatsapp/main`)
  at.vendor.knocksAt(`${gateway.address}/in/whatsapp/main`)
  return gateway
}
const readyOf = async (gateway: Gateway) =>
  (await gateway.call('GET', '/readyz', { key: null }).catch(() => ({ status: 0 }))).status

describe('G16 an orderly stop', () => {
  it('under load: readiness goes first, what was answered is there, the exit code is 0 within the grace', async () => {
    const gateway = await another()
    const accepted = new Set<string>()
    let stopped = false
    const writers = [1, 2, 3, 4, 5, 6].map(async (customer) => {
      while (!stopped) {
        const knock = await at.vendor.write({ customer }, { retry: false })
        if (knock.status === 200) accepted.add(knock.id)
        else stopped ||= knock.status === 0
      }
    })
    await pause(500)
    // One call is half here: the stop waits for it, and it is answered.
    const slow = at.vendor.write({ customer: 7 }, { slowMs: 900, retry: false })
    await pause(150)
    const told = performance.now()
    gateway.kill('SIGTERM')
    await pause(100)
    expect(await readyOf(gateway)).not.toBe(200)
    const half = await slow
    expect(half.status).toBe(200)
    accepted.add(half.id)
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - told).toBeLessThan(25_000)
    stopped = true
    await Promise.all(writers)
    expect(accepted.size).toBeGreaterThan(20)
    const external = async () =>
      (await Promise.all((await at.desk.tickets()).map((it) => at.desk.messages(it.id))))
        .flat()
        .map((it) => it.externalId)
    await until(
      async () => {
        const there = new Set(await external())
        return [...accepted].filter((id) => !there.has(id))
      },
      (missing) => missing.length === 0,
      20_000,
    )
    await quiet(at.desk)
    const ids = await external()
    expect(ids.length).toBe(new Set(ids).size)
    expect(logLines(gateway).filter((it) => it['level'] === 'error')).toEqual([])
  }, 60_000)

  it('what it had leased is free at once: another process goes on without waiting for it', async () => {
    const gateway = await another()
    await at.vendor.write({ customer: 8 })
    gateway.kill('SIGINT')
    expect((await gateway.ended).code).toBe(0)
    at.vendor.knocksAt(`${at.gateway.address}/in/whatsapp/main`)
    await at.vendor.write({ customer: 9 })
    await until(
      () => at.desk.tickets(`?requester=${encodeURIComponent(at.vendor.customer(9).address)}`),
      (all) => all.length === 1,
      5_000,
    )
  })

  it('a second signal ends it at once, whatever is under way', async () => {
    const gateway = await another()
    const slow = at.vendor.write({ customer: 10 }, { slowMs: 8_000, retry: false })
    await pause(200)
    gateway.kill('SIGTERM')
    await pause(300)
    const told = performance.now()
    gateway.kill('SIGTERM')
    expect((await gateway.ended).code).toBe(143)
    // The call under way takes eight seconds, and the grace is longer.
    expect(performance.now() - told).toBeLessThan(5_000)
    expect((await slow).status).not.toBe(200)
  })

  it('a reader of the stream does not keep it from ending', async () => {
    const gateway = await another()
    const answer = await fetch(`${gateway.address}/v1/events/stream`, {
      headers: { authorization: `Bearer ${gateway.adminKey}` },
    })
    const told = performance.now()
    gateway.kill('SIGTERM')
    await answer.text()
    expect((await gateway.ended).code, gateway.stderr()).toBe(0)
    expect(performance.now() - told).toBeLessThan(5_000)
  })
})

describe('others are not disturbed', () => {
  it('G27 a query of five seconds leaves webhook answers quick', async () => {
    const sleeping = at.database?.pool('desk').query('select pg_sleep(5)')
    const tookMs: number[] = []
    const end = performance.now() + 4_000
    while (performance.now() < end) {
      const knock = await at.vendor.write({ customer: 20 })
      expect(knock.status).toBe(200)
      tookMs.push(knock.ms)
      await pause(20)
    }
    await sleeping
    expect(tookMs.length).toBeGreaterThan(10)
    expect(percentile(tookMs, 0.8)).toBeLessThan(1_000)
  })

  it('G27 a table that somebody locks stops the desk, not the intake', async () => {
    const client = await at.database?.pool('owner').connect()
    await client?.query('begin')
    await client?.query('lock table inlet.ticket in access exclusive mode')
    const knocks = await Promise.all([21, 22, 23].map((customer) => at.vendor.write({ customer }, { retry: false })))
    // While the lock is held: what waits for it is told to come again after five seconds.
    expect(knocks.map((it) => it.statuses)).toEqual([[200], [200], [200]])
    await client?.query('rollback')
    client?.release()
    for (const customer of [21, 22, 23]) expect((await at.desk.ticketOf(customer)).messageCount).toBe(1)
  })

  it('F17 callers that send one byte a second, and idle ones by the hundred, keep nobody else waiting', async () => {
    const { hostname, port } = new URL(at.gateway.address)
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => socket.destroy())
      return socket
    })
    const slow = sockets.slice(0, 50)
    for (const socket of slow)
      socket.write('POST /in/whatsapp/main HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n{')
    const drip = setInterval(() => slow.forEach((it) => it.writable && it.write(' ')), 1_000)
    const tookMs: number[] = []
    for (let n = 0; n < 40; n += 1) {
      const knock = await at.vendor.write({ customer: 24 })
      expect(knock.statuses).toEqual([200])
      tookMs.push(knock.ms)
    }
    clearInterval(drip)
    for (const socket of sockets) socket.destroy()
    expect(percentile(tookMs, 0.5)).toBeLessThan(1_000)
  })

  it('M1 after all this received is accepted and refused, and nothing that was accepted is missing', async () => {
    const desk = deskOf(at.gateway, 'whatsapp', at.vendor)
    await quiet(desk)
    const { text } = await at.gateway.call<string>('GET', '/metrics')
    const sum = (name: string): number =>
      [...text.matchAll(new RegExp(`^inlet_${name}(?:_total)?(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce(
        (all, it) => all + Number(it[1]),
        0,
      )
    expect(sum('accepted')).toBeGreaterThan(70) // 30 and 40 of the two before, at the least
    expect(sum('received')).toBe(sum('accepted') + sum('refused'))
    expect(await desk.list('/v1/parked')).toEqual([])
  })
})

it('S18 S19 nothing that was said in all these processes holds a secret, and no log names a person', () => {
  expect(leaks(at.vendor, began, { customers: [1, 2, 3, 7, 8, 9, 10, 20, 21, 24] })).toEqual([])
})
