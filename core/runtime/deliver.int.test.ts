// Replies on their way out, against the vendor's side on real sockets: never twice, never lost, in order, and not tried for ever.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AnyChannel } from '../ports/channel.ts'
import { deliverRig, until, type DeliverRig } from '../../test/support/deliver-rig.ts'
import { template } from '../../test/support/walk-house.ts'

let rig: DeliverRig
beforeAll(async () => {
  rig = await deliverRig(20)
})
afterAll(() => rig.close())
beforeEach(() => rig.reset())

describe('a reply whose process died between sending and recording', () => {
  it('G19 is unsure and never sent again; a late receipt with our key settles it', async () => {
    const id = await rig.answer(await rig.ticket(), 'once')
    await rig.diesAfterSending(id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'unsure'))
    await rig.deliverWhile(() => pause(200))
    expect(rig.atVendor(id)).toBe(1)
    const { id: externalId } = rig.vendor.ledger.of('accepted').find((it) => it.ours === id)!
    const receipt = { is: 'receipt', id: externalId, at: Math.floor(Date.now() / 1000), state: 'delivered', ours: id }
    const app = rig.vendor.account().settings['app']
    expect((await rig.vendor.post(JSON.stringify({ app, items: [receipt] }))).status).toBe(200)
    await until(async () => (await rig.stateOf(id)) === 'delivered')
  })

  it('G19 is asked for where the vendor can be asked, and found', async () => {
    rig.ways.canAsk = true
    const id = await rig.answer(await rig.ticket(), 'asked for')
    await rig.diesAfterSending(id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent'))
    expect(rig.atVendor(id)).toBe(1)
  })

  it('G19 that the vendor says it never had is sent, once', async () => {
    rig.ways.canAsk = true
    const id = await rig.answer(await rig.ticket(), 'died before it was sent')
    await rig.on.house.queues.deliveries.claim(10, 60) // and dies here
    await rig.endLease(id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent'))
    expect(rig.atVendor(id)).toBe(1)
  })

  it('G19 is unsure when the channel fails while it asks', async () => {
    rig.ways.findThrows = true
    const id = await rig.answer(await rig.ticket(), 'asking fails')
    await rig.diesAfterSending(id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'unsure'))
    expect(rig.atVendor(id)).toBe(1)
  })

  it('G19 is sent again where the customer sees it once all the same', async () => {
    rig.ways.can = { resend: 'safe' }
    const id = await rig.answer(await rig.ticket(), 'safe')
    await rig.diesAfterSending(id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent'))
    expect(rig.atVendor(id)).toBe(2) // the vendor knows them by our key
  })
})

describe('where a store keeps one answer', () => {
  it('G19 F13 what it never had is sent again by itself, and what it had is not', async () => {
    rig.ways.canAsk = true
    rig.ways.can = { resend: 'when-missing' }
    for (const how of ['reset', 'reset-after-accept'] as const) {
      rig.vendor.fail(1, { how })
      const id = await rig.answer(await rig.ticket(), how)
      await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent'))
      expect({ how, times: rig.atVendor(id) }).toEqual({ how, times: 1 })
    }
  })
})

describe('the order of a conversation', () => {
  it('P4 replies of one conversation leave in the order they were written, though others overtake', async () => {
    const [one, other] = [await rig.ticket(), await rig.ticket()]
    const mine = [await rig.answer(one, '1'), await rig.answer(one, '2'), await rig.answer(one, '3')]
    const theirs = await rig.answer(other, 'another')
    await rig.deliverWhile(() =>
      until(async () => (await rig.stateOf(mine[2]!)) === 'sent' && (await rig.stateOf(theirs)) === 'sent'),
    )
    const order = rig.vendor.ledger.of('accepted').map((it) => it.ours)
    expect(order.filter((id) => id !== null && mine.includes(id))).toEqual(mine)
  })

  it('G19 one of unknown fate holds back the rest of its conversation until a person gives it up or sends it again', async () => {
    const of = await rig.ticket()
    rig.vendor.fail(1, { how: 'half-answer' })
    const ids = [await rig.answer(of, 'first'), await rig.answer(of, 'second')] as const
    await rig.deliverWhile(async () => {
      await until(async () => (await rig.stateOf(ids[0])) === 'unsure')
      await pause(150)
      expect([rig.atVendor(ids[0]), rig.atVendor(ids[1])]).toEqual([1, 0])
      expect(await rig.cancel(ids[0])).not.toHaveProperty('refuse')
      await until(async () => (await rig.stateOf(ids[1])) === 'sent')
      rig.vendor.fail(1, { how: 'reset' })
      const third = await rig.answer(of, 'third')
      await until(async () => (await rig.stateOf(third)) === 'unsure')
      expect(rig.atVendor(third)).toBe(0)
      expect(await rig.resend(third)).not.toHaveProperty('refuse')
      await until(async () => (await rig.stateOf(third)) === 'sent')
      expect(rig.atVendor(third)).toBe(1)
    })
  })
})

describe('tries', () => {
  it('G20 waits as long as the vendor says, and holds the whole account that long', async () => {
    rig.vendor.fail(1, { how: 'status', status: 429, headers: { 'retry-after': '120' } })
    const ids = [
      await rig.answer(await rig.ticket(), 'throttled'),
      await rig.answer(await rig.ticket(), 'behind it'),
    ] as const
    await rig.deliverWhile(() =>
      until(async () => (await rig.on.sql('select 1 from inlet.account_hold where until > now()')).length === 1),
    )
    const [hold] = await rig.on.sql<{ seconds: number }>(
      'select extract(epoch from until - now())::float8 as seconds from inlet.account_hold',
    )
    expect(hold!.seconds).toBeGreaterThan(110)
    const states = await Promise.all(ids.map(rig.row))
    expect(states.filter((it) => it.state === 'queued').map((it) => it.attempt)).toContain(0) // an outage uses up no tries
    await rig.on.sql('delete from inlet.account_hold')
    await rig.on.sql(`update inlet.reply set not_before = '-infinity' where state = 'queued'`)
    await rig.deliverWhile(() =>
      until(async () => (await rig.stateOf(ids[0])) === 'sent' && (await rig.stateOf(ids[1])) === 'sent'),
    )
    expect(ids.map((id) => rig.atVendor(id))).toEqual([1, 1])
  })

  it('G20 a refusal for good is not tried again; what a vendor calls "not done" is, with growing pauses, up to twelve times', async () => {
    rig.vendor.fail(1, { how: 'status', status: 400 })
    const refused = await rig.answer(await rig.ticket(), 'refused')
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(refused)) === 'failed'))
    const of = await rig.ticket()
    const id = await rig.answer(of, 'later and later')
    const pauses: number[] = []
    let calls = 0
    const busy: AnyChannel = {
      ...rig.on.house.channels.get(template)!,
      send: async () => ((calls += 1), { is: 'try-later', afterSeconds: 0, scope: 'message', why: 'busy' }),
    }
    const house = { ...rig.on.house, channels: new Map([[template, busy]]) }
    const seconds = `extract(epoch from not_before - updated_at)::float8 as seconds, attempt, state`
    await rig.deliverWhile(async () => {
      for (let n = 1; n <= 12; n += 1) {
        await until(async () => {
          const [found] = await rig.on.sql<{ attempt: number; state: string }>(
            `select ${seconds} from inlet.reply where id = $1`,
            id,
          )
          return found!.attempt === n && found!.state !== 'sending'
        })
        const [found] = await rig.on.sql<{ seconds: number }>(`select ${seconds} from inlet.reply where id = $1`, id)
        pauses.push(found!.seconds)
        await rig.on.sql(`update inlet.reply set not_before = '-infinity' where id = $1`, id)
      }
      await until(async () => (await rig.stateOf(id)) === 'failed')
    }, house)
    expect(calls).toBe(12)
    expect(await rig.row(id)).toMatchObject({ code: 'gave_up', why: expect.stringMatching(/after 12 tries .* busy/) })
    const grown = pauses.slice(0, 9)
    expect(grown.every((it, at) => at === 0 || it > grown[at - 1]!)).toBe(true)
    expect(Math.max(...pauses.slice(0, 11))).toBeLessThan(18 * 60 + 30)
  })

  it('G20 gives up by age as well, and says so', async () => {
    const id = await rig.answer(await rig.ticket(), 'too old')
    await rig.on.sql(`update inlet.reply set queued_at = now() - interval '25 hours' where id = $1`, id)
    rig.vendor.fail(1, { how: 'status', status: 429, headers: { 'retry-after': '1' } })
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'failed'))
    expect(await rig.row(id)).toMatchObject({ code: 'gave_up' })
  })

  it('P5 a window that closed meanwhile is found at the moment of sending', async () => {
    const of = await rig.ticket()
    const id = await rig.answer(of, 'too late')
    rig.ways.can = { windows: [{ untilHours: 24, for: 'anyone', as: 'free' }] }
    await rig.on.sql(
      `update inlet.conversation set customer_at = now() - interval '25 hours' where id = (select conversation from inlet.ticket where id = $1)`,
      of,
    )
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'failed'))
    expect([await rig.row(id), rig.atVendor(id)]).toMatchObject([{ code: 'window_closed' }, 0])
  })
})

describe('an account', () => {
  it('D2 that another process made a moment ago is waited for; one that is gone is said to be', async () => {
    const id = await rig.answer(await rig.ticket(), 'first words')
    const blind = { ...rig.on.house.directory, account: () => null, accountOf: () => null }
    await rig.deliverWhile(() => pause(200), { ...rig.on.house, directory: blind })
    expect(await rig.row(id)).toMatchObject({ state: 'queued', attempt: 0 })
    await rig.on.sql(`update inlet.reply set not_before = '-infinity' where id = $1`, id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent'))
    const late = await rig.answer(await rig.ticket(), 'to nobody')
    await rig.on.sql(`update inlet.reply set queued_at = now() - interval '1 minute' where id = $1`, late)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(late)) === 'failed'), {
      ...rig.on.house,
      directory: blind,
    })
    expect(await rig.row(late)).toMatchObject({ code: 'no_account' })
  })

  it('that is disabled sends nothing of what was queued before, and all of it when it is enabled', async () => {
    const id = await rig.answer(await rig.ticket(), 'queued before')
    const state = async (is: string) => {
      await rig.on.sql('update inlet.account set state = $1', is)
      await until(() => rig.on.house.directory.account(template, 'main')?.state === is)
    }
    await state('disabled')
    await rig.deliverWhile(() => pause(200))
    expect([await rig.stateOf(id), rig.atVendor(id)]).toEqual(['queued', 0])
    await state('connected')
    await rig.on.sql(`update inlet.reply set not_before = '-infinity' where id = $1`, id)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'sent'))
  })
})
