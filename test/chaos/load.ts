// What customers and agents do while things break: messages with repeats and batches, replies and changes of tickets, all of it in the ledger.
import { setTimeout as pause } from 'node:timers/promises'
import type { Seeded } from '../../connectors/_shared/stand-in/seeded.ts'
import type { Knock, KnockOptions, RunningStandIn } from '../../core/ports/stand-in.ts'
import type { TicketAnswer } from '../../schemas/answers.ts'
import type { DeskSide } from './desk-side.ts'
import type { DriverLedger } from './ledger.ts'

export interface LoadNeeds {
  readonly vendor: RunningStandIn
  readonly desk: DeskSide
  readonly ledger: DriverLedger
  readonly chance: Seeded
  /** In every id: no two runs write the same. */
  readonly run: string
  readonly channel: string
  readonly account: string
  /** Of the first ticket that may be answered. */
  readonly since: string
}
export interface LoadSize {
  readonly writers: number
  /** Each writer's own people: of one person one message is under way at a time, so that their order is known. */
  readonly customersEach: number
  readonly pauseMs: number
  readonly agents: number
  readonly agentPauseMs: number
}
export const usualLoad: LoadSize = { writers: 8, customersEach: 4, pauseMs: 40, agents: 2, agentPauseMs: 150 }

export interface Load {
  /** Resolves when everything under way was answered. */
  stop(): Promise<void>
}

export function startLoad(needs: LoadNeeds, round: number, size: LoadSize = usualLoad): Load {
  const stop = new AbortController()
  const each = (count: number, work: (n: number) => Promise<void>) => Array.from({ length: count }, (_, n) => work(n))
  const running = Promise.all([
    ...each(size.writers, (n) => writer({ needs, round, n, size, stop: stop.signal })),
    ...each(size.agents, (n) => agent({ needs, round, n, size, stop: stop.signal })),
  ])
  running.catch(() => undefined) // told when it is stopped
  return {
    async stop() {
      stop.abort()
      await running
    },
  }
}

interface One {
  readonly needs: LoadNeeds
  readonly round: number
  readonly n: number
  readonly size: LoadSize
  readonly stop: AbortSignal
}

async function writer({ needs, round, n, size, stop }: One): Promise<void> {
  const { chance, run } = needs
  const old: { readonly id: string; readonly customer: number }[] = []
  for (let turn = 0; !stop.aborted; turn += 1) {
    const roll = (below: number, what: string) => chance.number(below, what, round, n, turn)
    const person = (what: string) => n * size.customersEach + roll(size.customersEach, what)
    const id = `wamid.${run}r${round}w${n}t${turn}`
    const one = { id, customer: person('who') }
    const kind = roll(20, 'kind')
    // A fifth comes twice: at one moment, one after the other, or long after; and inside one call of several.
    if (kind === 0) await write(needs, [one, { id: `${id}b`, customer: person('other') }, one])
    else if (kind === 1 && old.length > 0) await write(needs, [old[roll(old.length, 'old')] ?? one])
    else if (kind <= 3) await write(needs, [one], { times: 2, concurrently: kind === 2 })
    else await write(needs, [one])
    old.push(one)
    await pause(roll(2 * size.pauseMs, 'pause'))
  }
}

interface Written {
  readonly id: string
  readonly customer: number
}
/** Every answer is noted with every id of the call. */
export async function write(
  { vendor, ledger }: Pick<LoadNeeds, 'vendor' | 'ledger'>,
  messages: readonly Written[],
  options?: KnockOptions,
): Promise<Knock> {
  const knock = await vendor.writeMany(messages, options)
  for (const { id, customer } of messages) ledger.add({ is: 'sent', id, customer, answers: knock.statuses })
  return knock
}

const priorities = ['low', 'normal', 'high', 'urgent']

async function agent({ needs, round, n, size, stop }: One): Promise<void> {
  const { desk, ledger, chance, run, channel, account, since } = needs
  const path = `/v1/tickets?channel=${channel}&account=${account}&createdFrom=${since}&limit=100`
  for (let turn = 0; !stop.aborted; turn += 1) {
    const roll = (below: number, what: string) => chance.number(below, what, 'agent', round, n, turn)
    const page = await desk.once('GET', path)
    if (page.status >= 500)
      ledger.add({ is: 'fault', what: `GET ${path}`, status: page.status, body: bodyOf(page.body) })
    const tickets = page.status === 200 ? (page.body as { readonly items: readonly TicketAnswer[] }).items : []
    const ticket = tickets[roll(Math.max(1, tickets.length), 'ticket')]
    if (ticket !== undefined) {
      if (roll(5, 'what') < 2) await change(needs, ticket, roll)
      else await answer(needs, ticket, { key: `${run}-${round}-${n}-${turn}`, stop })
    }
    await pause(roll(2 * size.agentPauseMs, 'pause'))
  }
}

/** A conflict is an answer; a fault of the server is none. */
async function change(
  { desk, ledger }: LoadNeeds,
  ticket: TicketAnswer,
  roll: (below: number, what: string) => number,
): Promise<void> {
  const body = { version: ticket.version, priority: priorities[roll(4, 'priority')], tags: [`t${roll(5, 'tag')}`] }
  const done = await desk.once('PATCH', `/v1/tickets/${ticket.id}`, { body })
  if (done.status >= 500)
    ledger.add({ is: 'fault', what: 'PATCH ticket', status: done.status, body: bodyOf(done.body) })
}

/** Asked again with its key until somebody answers, as a careful tool does. */
async function answer(
  { desk, ledger }: LoadNeeds,
  ticket: TicketAnswer,
  { key, stop }: { readonly key: string; readonly stop: AbortSignal },
): Promise<void> {
  const call = { body: { text: `cevap ${key}` }, idempotencyKey: key }
  for (let tries = 0; tries < 600; tries += 1) {
    const asked = await desk.once('POST', `/v1/tickets/${ticket.id}/replies`, call)
    const isOver = asked.status > 0 && asked.status < 500
    if (asked.status >= 500)
      ledger.add({ is: 'fault', what: 'POST reply', status: asked.status, body: bodyOf(asked.body) })
    if (isOver) {
      const reply = asked.status === 202 ? (asked.body as { readonly id: string }).id : null
      return ledger.add({ is: 'asked', key, ticket: ticket.id, status: asked.status, reply })
    }
    await pause(stop.aborted ? 300 : 100)
  }
  throw new Error(`Nobody answered to the reply ${key} for minutes; the gateway is not there any more.`)
}

const bodyOf = (body: unknown): string => JSON.stringify(body).slice(0, 500)
