// A walk house for tests of what goes out: a channel that can be changed as a test goes, tickets to answer, and what became of the answers.
import { setTimeout as pause } from 'node:timers/promises'
import type { AnyChannel, Capabilities } from '../../core/ports/channel.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { cancelReply, resendReply } from '../../core/commands/decide-reply.ts'
import { reply } from '../../core/commands/reply.ts'
import type { Command } from '../../core/ports/command.ts'
import type { House } from '../../infra/house.ts'
import { agent } from './given.ts'
import { lifeOf } from './walk-life.ts'
import { main, runLoops, walkHouse, type WalkHouse } from './walk-house.ts'

export interface Ways {
  can: Partial<Capabilities>
  canAsk: boolean
  findThrows: boolean
}
const plain: Ways = { can: {}, canAsk: false, findThrows: false }
export interface ReplyRowNow {
  readonly id: string
  readonly state: string
  readonly attempt: number
  readonly code: string | null
  readonly why: string | null
}
export interface DeliverRig {
  readonly on: WalkHouse
  readonly vendor: RunningStandIn
  readonly ways: Ways
  /** Everything as at the start, nothing on its way. */
  reset(): Promise<void>
  /** A ticket of a new customer. */
  ticket(from?: RunningStandIn): Promise<string>
  /** Its id. */
  answer(ticket: string, text: string): Promise<string>
  run<I, F>(it: Command<I, F>, input: I): ReturnType<House['commands']['run']>
  resend(reply: string): ReturnType<House['commands']['run']>
  cancel(reply: string): ReturnType<House['commands']['run']>
  row(reply: string): Promise<ReplyRowNow>
  stateOf(reply: string): Promise<string>
  atVendor(reply: string, whose?: RunningStandIn): number
  deliverWhile(work: () => Promise<void>, house?: House): Promise<void>
  /** Sends it, ends before that is written down, and lets the lease run out. */
  diesAfterSending(reply: string): Promise<void>
  endLease(reply: string): Promise<unknown>
  close(): Promise<void>
}

export async function until(isSo: () => Promise<boolean> | boolean, ms = 15_000): Promise<void> {
  for (const began = performance.now(); !(await isSo()); await pause(10))
    if (performance.now() - began > ms) throw new Error(`not within ${ms} ms: ${String(isSo)}`)
}

const changeable =
  (ways: Ways) =>
  (it: AnyChannel): AnyChannel => ({
    ...it,
    get can() {
      return { dm: { ...(it.can['dm'] as Capabilities), ...ways.can } }
    },
    find: async (...words) => {
      if (ways.findThrows) throw new TypeError('a fault of ours')
      return ways.canAsk && it.find !== undefined ? it.find(...words) : { is: 'unknown', why: 'it cannot be asked' }
    },
    limits: [],
  })

export async function deliverRig(seed: number): Promise<DeliverRig> {
  const ways = { ...plain }
  const on = await walkHouse({ seed, channel: changeable(ways) })
  const endWorkers = runLoops(on.house, {})
  const run: DeliverRig['run'] = (it, input) =>
    on.house.commands.run(it, input, { workspace: main, by: agent, idempotencyKey: null })
  const row = async (id: string): Promise<ReplyRowNow> =>
    (await on.sql<ReplyRowNow>('select id, state, attempt, code, why from inlet.reply where id = $1', id))[0]!
  const deliverWhile = async (work: () => Promise<void>, house: House = on.house): Promise<void> => {
    const end = runLoops(house, { workers: [], deliver: true })
    await work().finally(end)
  }
  const atVendor = (id: string, whose = on.vendor) => whose.ledger.of('accepted').filter((it) => it.ours === id).length
  // By the database's clock: nobody waits a minute for it here.
  const endLease = (id: string) => on.sql(`update inlet.reply set lease_until = '-infinity' where id = $1`, id)
  return {
    on,
    ways,
    run,
    row,
    deliverWhile,
    atVendor,
    endLease,
    vendor: on.vendor,
    ticket: ticketsOf(on),
    reset: () => reset(on, ways),
    async answer(ticket, text) {
      const answered = await run(reply, {
        ticket,
        text,
      })
      if ('refuse' in answered) throw new Error(answered.why)
      return (
        answered.body as {
          id: string
        }
      ).id
    },
    resend: (id) => run(resendReply, { reply: id }),
    cancel: (id) => run(cancelReply, { reply: id }),
    stateOf: async (id) => (await row(id)).state,
    async diesAfterSending(id) {
      await endAfterSending(on)
      const { state } = await row(id)
      if (atVendor(id) !== 1 || state !== 'sending') throw new Error(`sent ${atVendor(id)} times and ${state}`)
      await endLease(id)
    },
    async close() {
      await endWorkers()
      await on.close()
    },
  }
}

async function reset(on: WalkHouse, ways: Ways): Promise<void> {
  Object.assign(ways, plain)
  on.vendor.receipts('off')
  await on.sql(`update inlet.reply set state = 'cancelled' where state in ('queued', 'sending', 'unsure')`)
  await on.sql('delete from inlet.account_hold')
}

function ticketsOf(on: WalkHouse): DeliverRig['ticket'] {
  let customers = 0
  return async (from = on.vendor) => {
    const { id } = await from.write({ customer: (customers += 1) })
    const find = () => on.sql<{ ticket: string }>('select ticket from inlet.message where external_id = $1', id)
    await until(async () => (await find()).length === 1)
    return (await find())[0]!.ticket
  }
}

async function endAfterSending(on: WalkHouse): Promise<void> {
  const life = lifeOf(on.house, 'after http.call')
  const end = runLoops(life.house, { workers: [], deliver: true })
  await life.crashed
  await end()
}
