// Reads a gateway as an operator could: tickets, messages, replies, what was set aside and the counts, all through the public API.
import type { LedgerEntry } from '../../core/ports/stand-in.ts'
import type { MessageAnswer, ParkedAnswer, ReplyAnswer, TicketAnswer } from '../../schemas/answers.ts'
import type { DeskSide } from './desk-side.ts'
import type { FeedWatch } from './feed-watch.ts'
import type { DriverLedger } from './ledger.ts'

export interface Seen {
  readonly tickets: readonly { readonly ticket: TicketAnswer; readonly messages: readonly MessageAnswer[] }[]
  /** By reply id. */
  readonly replies: ReadonlyMap<string, ReplyAnswer>
  readonly parked: readonly ParkedAnswer[]
  /** Of each process, its page of metrics. */
  readonly metrics: readonly { readonly name: string; readonly text: string }[]
  readonly vendor: readonly Extract<LedgerEntry, { is: 'accepted' }>[]
}
export interface Looking {
  readonly desk: DeskSide
  readonly ledger: DriverLedger
  readonly feed: FeedWatch
  readonly channel: string
  readonly account: string
  readonly since: string
  /** Of the stand-in, as it recorded them. */
  vendorAccepted(): Seen['vendor']
  metrics(): Promise<Seen['metrics']>
}

/** Unfinished requests at once: looking is no load test. */
const atOnce = 6

export async function look(it: Looking): Promise<Seen> {
  const { desk, channel, account, since } = it
  const tickets = await desk.all<TicketAnswer>(`/v1/tickets?channel=${channel}&account=${account}&createdFrom=${since}`)
  const withMessages = await some(tickets, async (ticket) => ({
    ticket,
    messages: await desk.all<MessageAnswer>(`/v1/tickets/${ticket.id}/messages`),
  }))
  const asked = it.ledger.of('asked').flatMap(({ reply }) => (reply === null ? [] : [reply]))
  const replies = await some([...new Set(asked)], (id) => desk.get<ReplyAnswer>(`/v1/replies/${id}`))
  const parked = await desk.all<ParkedAnswer>('/v1/parked')
  return {
    tickets: withMessages,
    replies: new Map(replies.map((reply) => [reply.id, reply])),
    parked: parked.filter((one) => one.channel === channel && one.account === account && one.at >= since),
    metrics: await it.metrics(),
    vendor: it.vendorAccepted(),
  }
}

async function some<T, R>(from: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = []
  const left = [...from.entries()]
  const take = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) done[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, take))
  return done
}
