// Compares what the vendor saw with what the house kept: every accepted message once, every reply at most once, the feed whole, the history told by it.
import { historyOf } from '../../core/rules/history.ts'
import { publishedTypes, topicOf, type AnyEvent } from '../../schemas/events.ts'
import type { WalkHouse } from './walk-house.ts'

type Looked = Pick<WalkHouse, 'sql'> & Pick<WalkHouse, 'vendor'>
interface Reply {
  readonly id: string
  readonly state: string
  readonly conversation: string
}

/** What is wrong, in words; nothing when all is well. Call it when the house is drained. */
export async function faultsOf(walk: Looked): Promise<readonly string[]> {
  const found = [messages(walk), tickets(walk), replies(walk), feed(walk), history(walk), parked(walk)]
  return (await Promise.all(found)).flat()
}

/** The ledger's accepted messages, by the vendor's id. */
async function messages({ sql, vendor }: Looked): Promise<readonly string[]> {
  const rows = await sql<{ id: string; n: number }>(
    `select external_id as id, count(*)::int as n from inlet.message where direction = 'in' group by 1`,
  )
  const kept = new Map(rows.map(({ id, n }) => [id, n]))
  const taken = vendor.ledger.of('knocked').filter((it) => it.status === 200 && it.what === 'message')
  const ids = new Set(taken.flatMap((it) => it.ids))
  return [...ids].flatMap((id) => {
    const n = kept.get(id) ?? 0
    return n === 1
      ? []
      : [n === 0 ? `the message ${id} was accepted and is lost` : `the message ${id} is there ${n} times`]
  })
}

async function tickets({ sql }: Looked): Promise<readonly string[]> {
  const counts = await sql<{ id: string; said: number; has: number }>(
    `select t.id, t.message_count as said, (select count(*)::int from inlet.message m where m.ticket = t.id) as has from inlet.ticket t`,
  )
  const split = await sql<{ conversation: string; n: number }>(
    `select conversation, count(*)::int as n from inlet.ticket group by 1 having count(*) > 1`,
  )
  return [
    ...counts
      .filter(({ said, has }) => said !== has)
      .map((it) => `ticket ${it.id} says ${it.said} messages and has ${it.has}`),
    ...split.map((it) => `conversation ${it.conversation} has ${it.n} tickets`),
  ]
}

async function replies({ sql, vendor }: Looked): Promise<readonly string[]> {
  const sent = Map.groupBy(vendor.ledger.of('accepted'), (it) => it.ours ?? '')
  const rows = await sql<Reply>('select id, state, conversation from inlet.reply')
  const known = new Set(rows.map(({ id }) => id))
  const proven = ['sent', 'delivered', 'read']
  return [
    ...[...sent].flatMap(([id, all]) =>
      all.length === 1 ? [] : [`the vendor has the reply ${id} ${all.length} times`],
    ),
    ...[...sent.keys()].filter((id) => !known.has(id)).map((id) => `the vendor has ${id}, which is no reply of ours`),
    ...rows.flatMap(({ id, state }) => {
      const there = sent.has(id)
      if (proven.includes(state)) return there ? [] : [`the reply ${id} is ${state}, but the vendor never had it`]
      if (state === 'unsure') return []
      if (['queued', 'sending'].includes(state)) return [`the reply ${id} is still ${state}`]
      return there ? [`the reply ${id} is ${state}, but the vendor has it`] : [`the reply ${id} is ${state}`]
    }),
  ]
}

interface Fed {
  readonly sequence: string
  readonly event: AnyEvent
}

/** Everything of the log that is published is in the feed once, gapless; and nothing was told twice under two ids. */
async function feed({ sql }: Looked): Promise<readonly string[]> {
  const fed = await sql<Fed>('select sequence, event from inlet.feed order by sequence')
  const logged = await sql<{ id: string }>(
    `select distinct event ->> 'id' as id from inlet.log_event where type = any ($1)`,
    publishedTypes,
  )
  const ids = new Map(fed.map(({ event }) => [event.id as string, event]))
  const gaps = fed.filter(({ sequence }, at) => Number(sequence) !== at + 1)
  const told = fed
    .map(({ event }) => event)
    .filter((it) => ['ticket.message_added', 'message.sent', 'reply.requested'].includes(it.type))
    .map((it) => `${it.type} of ${(it.data as { message: string }).message}`)
  return [
    ...logged.filter(({ id }) => !ids.has(id)).map(({ id }) => `the event ${id} is not in the feed`),
    ...(fed.length === ids.size ? [] : ['the feed holds an event twice']),
    ...gaps.slice(0, 1).map(({ sequence }) => `the feed has a gap before ${sequence}`),
    ...told.filter((it, at) => told.indexOf(it) !== at).map((it) => `${it} was told twice`),
  ]
}

/** D10: what the tickets' table says happened is what somebody who only reads the feed would say. */
async function history({ sql }: Looked): Promise<readonly string[]> {
  const kept = await sql<{ ticket: string; event: AnyEvent }>(
    'select ticket, event from inlet.ticket_event order by seq',
  )
  const fed = await sql<Fed>('select sequence, event from inlet.feed order by sequence')
  const told = fed.map(({ event }) => event).filter((event) => topicOf(event.type) === 'ticket')
  const byTicket = Map.groupBy(told, (event) => (event.data as { ticket: string }).ticket)
  return [...Map.groupBy(kept, (row) => row.ticket)].flatMap(([ticket, rows]) => {
    const ours = JSON.stringify(historyOf(rows.map(({ event }) => event)))
    return ours === JSON.stringify(historyOf(byTicket.get(ticket) ?? []))
      ? []
      : [`the history of ${ticket} is not what the feed tells`]
  })
}

async function parked({ sql }: Looked): Promise<readonly string[]> {
  const rows = await sql<{ worker: string; why: string }>('select worker, why from inlet.parked')
  return rows.map(({ worker, why }) => `${worker} parked an event: ${why}`)
}
