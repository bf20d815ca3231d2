// What a desk does through the API, in the words of the journeys: accounts, tickets, replies, and waiting until something is so.
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import type { AccountAnswer, HistoryAnswer, MessageAnswer, ReplyAnswer, TicketAnswer } from '../../schemas/answers.ts'
import type { Answer, CallOptions, Gateway } from './gateway-process.ts'

export type Fields = Readonly<Record<string, unknown>>
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}
export interface Problem {
  readonly code: string
  readonly detail: string
  readonly status: number
  readonly instance: string
  readonly field?: string
  readonly [more: string]: unknown
}
/** A body that is the thing asked for, or a problem. */
export type Said = Partial<Omit<Problem, 'status'>>
export interface CloudEvent {
  readonly id: string
  readonly type: string
  readonly source: string
  readonly subject: string
  readonly correlationid: string
  readonly causationid?: string
  readonly actor: string
  readonly sequence: string
  readonly data: Fields
}
export interface Asked {
  readonly id: string
  readonly state: string
}
export interface AccountAsk {
  readonly id?: string
  /** Which of the stand-in's accounts. */
  readonly n?: number
  readonly more?: Fields
}

/** Long enough for a busy machine; a journey that is well ends far sooner. */
const patienceMs = 25_000

/** Asks until `is` holds, and gives what was found; says what was there last when it never did. */
export async function until<T>(ask: () => Promise<T>, is: (found: T) => boolean, forMs = patienceMs): Promise<T> {
  const end = performance.now() + forMs
  for (;;) {
    const found = await ask()
    if (is(found)) return found
    if (performance.now() > end) {
      expect.fail(`still not so after ${forMs} ms; found last: ${JSON.stringify(found)?.slice(0, 1500)}`)
    }
    await pause(40)
  }
}

/** Changes what has a version, as a tool does it: what changed meanwhile (a worker that came to it) is read again. */
export async function patched<T>(gateway: Gateway, path: string, set: Fields): Promise<Answer<T & Said>> {
  for (let tries = 1; ; tries += 1) {
    const { version } = (await gateway.call<{ readonly version?: number }>('GET', path)).body
    const answer = await gateway.call<T & Said>('PATCH', path, { body: { version, ...set } })
    if (answer.status !== 409 || answer.body.code !== 'stale_version' || tries === 5) return answer
  }
}

export interface Desk {
  readonly gateway: Gateway
  /** Makes an account of the stand-in's and waits until its address answers. */
  account(asked?: AccountAsk): Promise<AccountAnswer>
  tickets(query?: string): Promise<readonly TicketAnswer[]>
  /** Of this customer, newest first, once there are so many. */
  ticketsOf(customer: number, count?: number): Promise<readonly TicketAnswer[]>
  ticketOf(customer: number): Promise<TicketAnswer>
  ticket(id: string): Promise<TicketAnswer>
  /** As it stands when rules have been asked about its opening. */
  triaged(id: string): Promise<TicketAnswer>
  messages(ticket: string, count?: number): Promise<readonly MessageAnswer[]>
  history(ticket: string): Promise<readonly HistoryAnswer[]>
  /** As a tool does it: what changed meanwhile is read again. */
  patch(ticket: string, set: Fields): Promise<Answer<TicketAnswer & Said>>
  reply(ticket: string, body: Fields, options?: CallOptions): Promise<Answer<Asked & Said>>
  /** Asks for it and follows it until it is in this state. */
  replied(ticket: string, body: Fields, state?: string): Promise<ReplyAnswer>
  replyIn(id: string, state: string): Promise<ReplyAnswer>
  /** Of the feed, once it holds what stood in the log when it was asked. */
  events(query?: string): Promise<readonly CloudEvent[]>
  /** Those that are meant, once there is one: what is decided stands in a list a moment before it stands in the feed. */
  told(query: string, meant?: (event: CloudEvent) => boolean): Promise<readonly CloudEvent[]>
  list<T>(path: string): Promise<readonly T[]>
}

export function deskOf(gateway: Gateway, channel: string, vendor: RunningStandIn): Desk {
  const get = async <T>(path: string): Promise<T> => {
    const { status, body, text } = await gateway.call<T>('GET', path)
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`)
    return body
  }
  const list = async <T>(path: string): Promise<readonly T[]> => {
    const all: T[] = []
    for (let after = ''; ;) {
      const page = await get<Page<T>>(`${path}${path.includes('?') ? '&' : '?'}limit=200${after}`)
      all.push(...page.items)
      if (page.next === null) return all
      after = `&after=${encodeURIComponent(page.next)}`
    }
  }
  const addressOf = (customer: number): string => {
    const { address, name } = vendor.customer(customer)
    return encodeURIComponent(address === '' ? name : address)
  }
  const desk: Desk = {
    gateway,
    list,
    account: (asked) => makeAccount(asked ?? {}, { gateway, channel, vendor, get }),
    tickets: (query = '') => list(`/v1/tickets${query}`),
    ticketsOf: (customer, count = 1) =>
      until(
        () => list<TicketAnswer>(`/v1/tickets?requester=${addressOf(customer)}`),
        (found) => found.length >= count,
      ),
    ticketOf: async (customer) => (await desk.ticketsOf(customer))[0] as TicketAnswer,
    ticket: (id) => get(`/v1/tickets/${id}`),
    messages: (ticket, count = 1) =>
      until(
        () => list<MessageAnswer>(`/v1/tickets/${ticket}/messages`),
        (found) => found.length >= count,
      ),
    history: (ticket) => list(`/v1/tickets/${ticket}/history`),
    triaged: async (id) => {
      await until(
        () => desk.history(id),
        (entries) => entries.some(({ event }) => event === 'ticket.triaged'),
      )
      return desk.ticket(id)
    },
    patch: (ticket, set) => patched<TicketAnswer>(gateway, `/v1/tickets/${ticket}`, set),
    reply: (ticket, body, options) => gateway.call('POST', `/v1/tickets/${ticket}/replies`, { ...options, body }),
    replied: async (ticket, body, state = 'read') => {
      const asked = await desk.reply(ticket, body)
      expect(asked.status, asked.text).toBe(202)
      return desk.replyIn(asked.body.id, state)
    },
    replyIn: (id, state) =>
      until(
        () => get<ReplyAnswer>(`/v1/replies/${id}`),
        (found) => found.state === state,
      ),
    async events(query = '') {
      await fed(gateway)
      return list<CloudEvent>(`/v1/events${query}`)
    },
    told: (query, meant = () => true) =>
      until(
        async () => (await list<CloudEvent>(`/v1/events${query}`)).filter(meant),
        (found) => found.length > 0,
      ),
  }
  return desk
}

interface Making {
  readonly gateway: Gateway
  readonly channel: string
  readonly vendor: RunningStandIn
  get<T>(path: string): Promise<T>
}

async function makeAccount(asked: AccountAsk, { gateway, channel, vendor, get }: Making): Promise<AccountAnswer> {
  const { id = 'main', n = 0, more = {} } = asked
  const { settings, secrets } = vendor.account(n)
  const own = 'endpoint' in more ? { accessToken: secrets['accessToken'] } : secrets
  const body = { channel, id, settings, secrets: own, ...more }
  const made = await gateway.call<AccountAnswer & { webhook: string | null }>('POST', '/v1/accounts', { body })
  expect(made.status, made.text).toBe(201)
  if (made.body.webhook !== null) vendor.knocksAt(made.body.webhook)
  // Other processes read the accounts anew within their time; the vendor would simply call again. One that is polled is not called.
  if (made.body.webhook !== null && !('endpoint' in more))
    await untilAnswering(`${gateway.address}/in/${channel}/${id}`)
  return get(`/v1/accounts/${channel}/${id}`)
}

/** The workers that have not read all there is yet, by the metrics of a process that works. */
async function behind(gateway: Gateway): Promise<readonly string[]> {
  const { text } = await gateway.call('GET', '/metrics')
  return [...text.matchAll(/^inlet_lag_events\{.*worker="([^"]*)".*\} [1-9]/gm)].map(([, worker = '']) => worker)
}

/** What stands in the log stands in the feed a moment later. Where more comes all the time that moment never ends, so it is not waited for long. */
async function fed(gateway: Gateway): Promise<void> {
  const end = performance.now() + 2_000
  while (performance.now() < end && (await behind(gateway)).includes('feed')) await pause(20)
}

/** Nothing follows that should not: waits until every worker has read what there is, and the feed holds still. */
export async function quiet(desk: Desk): Promise<void> {
  let before = -1
  await until(
    async () => {
      await pause(150)
      const isRead = (await behind(desk.gateway)).length === 0
      const now = (await desk.events()).length
      const still = now === before && isRead
      before = now
      return still
    },
    (still) => still,
  )
}
