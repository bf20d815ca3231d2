// A vendor that is down is left alone and harms nobody else; a held account goes on when it is mended; two loops send once.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { updateAccount } from '../commands/accounts.ts'
import type { House } from '../../infra/house.ts'
import { deliverRig, until, type DeliverRig } from '../../test/support/deliver-rig.ts'
import { deliverDeps, main, runLoops, template } from '../../test/support/walk-house.ts'
import { deliver } from './deliver.ts'

let rig: DeliverRig
beforeAll(async () => {
  rig = await deliverRig(30)
})
afterAll(() => rig.close())
beforeEach(() => rig.reset())

describe('a vendor that is down', () => {
  it('G22 one that says nothing takes no place from another account', async () => {
    const other = await (await rig.on.house.registry.standIn(template)).start({ seed: 21 })
    await rig.on.addAccount('other', other)
    other.receipts('off')
    other.fail(100, { how: 'hang' })
    const hanging = await Promise.all(
      Array.from({ length: 20 }, async () => rig.answer(await rig.ticket(other), 'into silence')),
    )
    const end = runLoops(rig.on.house, { workers: [], deliver: true })
    await until(() => hanging.filter((id) => rig.atVendor(id, other) === 1).length === 16) // so many at once, and no more
    const began = performance.now()
    const quick = await Promise.all(Array.from({ length: 20 }, async () => rig.answer(await rig.ticket(), 'heard')))
    await until(async () => (await Promise.all(quick.map(rig.stateOf))).every((it) => it === 'sent'))
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(await Promise.all(hanging.map(rig.stateOf))).not.toContain('sent')
    await other.stop() // cuts the lines: nobody knows whether they were sent
    await until(async () => (await Promise.all(hanging.map(rig.stateOf))).filter((it) => it === 'unsure').length === 16)
    await end()
    // Silence so often in a row is the vendor's: the four that are left wait with the account.
    expect(
      (await rig.on.sql(`select 1 from inlet.account_hold where account = 'other' and until > now()`)).length,
    ).toBe(1)
  })

  it('G22 one that cannot be reached is called by one reply at a time, and no reply is failed for it', async () => {
    const gone = await (await rig.on.house.registry.standIn(template)).start({ seed: 22 })
    await rig.on.addAccount('gone', gone)
    const ids = await Promise.all(
      Array.from({ length: 30 }, async () => rig.answer(await rig.ticket(gone), 'nobody there')),
    )
    await gone.stop()
    let calls = 0
    let aheadMs = 0
    const { clock } = rig.on.house
    const later: House['clock'] = { ...clock, ticks: () => clock.ticks() + aheadMs }
    const http: House['http'] = {
      ...rig.on.house.http,
      call: (request, signal) => {
        if (request.url.startsWith(gone.apiBase)) calls += 1
        return rig.on.house.http.call(request, signal)
      },
    }
    await rig.deliverWhile(
      async () => {
        await until(
          async () => (await rig.on.sql(`select 1 from inlet.account_hold where account = 'gone'`)).length === 1,
        )
        await pause(100)
        const atOnce = calls
        expect(atOnce).toBeLessThanOrEqual(16)
        for (let n = 1; n <= 3; n += 1) {
          // Time passes: for the loop by its clock, for the record by the database's.
          aheadMs += 10 * 60 * 1000
          await rig.on.sql(`update inlet.account_hold set until = now() where account = 'gone'`)
          await rig.on.sql(
            `update inlet.reply set not_before = '-infinity' where account = 'gone' and state = 'queued'`,
          )
          await until(() => calls === atOnce + n)
          await pause(300)
          expect(calls).toBe(atOnce + n)
        }
      },
      { ...rig.on.house, http, clock: later },
    )
    const rows = await Promise.all(ids.map(rig.row))
    expect(new Set(rows.map((it) => it.state))).toEqual(new Set(['queued']))
    expect(Math.max(...rows.map((it) => it.attempt))).toBe(0)
  })

  it('G22 an account whose token is dead waits, says so, and goes on when somebody mends it', async () => {
    rig.vendor.fail(1, { how: 'status', status: 401 })
    const id = await rig.answer(await rig.ticket(), 'who are you?')
    await rig.deliverWhile(async () => {
      await until(async () => (await rig.on.sql('select 1 from inlet.account_hold where until is null')).length === 1)
      await until(async () => rig.on.house.directory.account(template, 'main')?.state === 'auth_failed')
      await pause(100)
      expect([await rig.stateOf(id), rig.atVendor(id)]).toEqual(['queued', 0])
      const account = rig.on.house.directory.account(template, 'main')!
      await rig.on.house.queues.accounts.health(account, 'connected', 'somebody tested it')
      await until(async () => (await rig.stateOf(id)) === 'sent')
    })
    expect(rig.atVendor(id)).toBe(1)
  })

  it('G22 a hold whose reason could not be written down is lifted by a test that goes well, too', async () => {
    await rig.on.house.queues.deliveries.hold(main, template, 'main', null, 'the process died before it told of it')
    const id = await rig.answer(await rig.ticket(), 'held')
    const account = rig.on.house.directory.account(template, 'main')!
    expect(account.state).toBe('connected')
    await rig.on.house.queues.accounts.health(account, 'connected', null)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent', 3_000))
  })

  it('G22 a new secret frees the account', async () => {
    await rig.on.house.queues.deliveries.hold(main, template, 'main', null, 'the token is dead')
    const id = await rig.answer(await rig.ticket(), 'with a new token')
    const { secrets } = rig.vendor.account()
    const accessToken = await rig.on.house.secrets.seal(main, `${template}/main/accessToken`, secrets['accessToken']!)
    const [account] = await rig.on.sql<{ version: number }>(`select version from inlet.account where id = 'main'`)
    const input = { channel: template, id: 'main', version: account!.version, secrets: { accessToken } }
    expect(await rig.run(updateAccount, input)).not.toHaveProperty('refuse')
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent', 3_000))
  })
})

describe('two loops at once', () => {
  it('F18 never send one reply twice, nor two of one conversation out of order', async () => {
    const tickets = await Promise.all(Array.from({ length: 10 }, () => rig.ticket()))
    const ids: string[] = []
    for (let n = 0; n < 4; n += 1) for (const of of tickets) ids.push(await rig.answer(of, `${n}`))
    const stop = new AbortController()
    const loops = [1, 2, 3].map(() => deliver(deliverDeps(rig.on.house), stop.signal))
    await until(async () => (await Promise.all(ids.map(rig.stateOf))).every((it) => it === 'sent'))
    stop.abort()
    await Promise.all(loops)
    expect(ids.map((id) => rig.atVendor(id))).toEqual(ids.map(() => 1))
    const accepted = rig.vendor.ledger.of('accepted').filter((it) => it.ours !== null && ids.includes(it.ours))
    for (const texts of Map.groupBy(accepted, (it) => it.to).values())
      expect(texts.map((it) => it.body['text'])).toEqual(['0', '1', '2', '3'])
  })
})
