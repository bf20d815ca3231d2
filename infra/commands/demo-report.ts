// What the demo shows at its end: the tickets, what became of the answers, and where to look on.
import type { Clock } from '../../core/ports/edges.ts'
import type { ReplyAnswer, TicketAnswer } from '../../schemas/answers.ts'
import type { ApiClient } from './api-client.ts'
import type { Played } from './demo-play.ts'
import { cut, table } from './table.ts'

const over: readonly string[] = ['delivered', 'read', 'failed', 'cancelled']
const mostTickets = 20

/** Not every vendor tells more than that it has an answer: what stands still for so long is as far as it goes. */
const stillMs = 3_000
/** A receipt that settles an unsure answer comes within this, or not at all. */
const receiptMs = 2_000
export interface Settling {
  readonly client: ApiClient
  readonly clock: Clock
  readonly stop: AbortSignal
  say(text: string): void
}

/** Until every answer got as far as it goes by itself; what nobody knows of, a person decides: here, once more. */
export async function settledReplies(
  { replies }: Played,
  withinMs: number,
  it: Settling,
): Promise<readonly ReplyAnswer[]> {
  const { client, clock, stop, say } = it
  const began = clock.ticks()
  const again = new Set<string>()
  let [seen, seenAt] = ['', began]
  for (;;) {
    const states = await Promise.all(replies.map(({ id }) => client.get<ReplyAnswer>(`/v1/replies/${id}`)))
    const waitedMs = clock.ticks() - began
    const isOver = states.every(({ id, state }) => over.includes(state) || (state === 'unsure' && again.has(id)))
    const now = states.map(({ state }) => state).join()
    if (now !== seen) [seen, seenAt] = [now, clock.ticks()]
    const isStill = clock.ticks() - seenAt > stillMs && !/queued|sending/.test(now)
    if (isOver || isStill || waitedMs > withinMs || stop.aborted) return states
    for (const { id, state } of waitedMs > receiptMs ? states : []) {
      if (state !== 'unsure' || again.has(id)) continue
      again.add(id)
      say(
        'An answer may or may not have arrived, and no receipt came. It is not sent blindly: the agent decides, sends it again.\n',
      )
      await client.call('POST', `/v1/replies/${id}/resend`, { takes: [409] })
    }
    await clock.sleep(200, stop)
  }
}

/** Stores and mailboxes are read every second or so: until all that came is on tickets, or nothing more comes. */
export async function settledTickets(
  wanted: number,
  { client, clock, stop }: Settling,
): Promise<readonly TicketAnswer[]> {
  for (let [seen, seenAt] = [-1, clock.ticks()]; ;) {
    const tickets = await client.all<TicketAnswer>('/v1/tickets?sort=number')
    const held = messagesOn(tickets)
    if (held !== seen) [seen, seenAt] = [held, clock.ticks()]
    if (held >= wanted || clock.ticks() - seenAt > stillMs || stop.aborted) return tickets
    await clock.sleep(250, stop).catch(() => undefined)
  }
}
export const messagesOn = (tickets: readonly TicketAnswer[]): number =>
  tickets.reduce((sum, it) => sum + it.messageCount, 0)

export function ticketTable(tickets: readonly TicketAnswer[]): string {
  const rows = tickets
    .slice(0, mostTickets)
    .map((it) => [
      `#${it.number}`,
      `${it.channel ?? ''}/${it.account ?? ''}`,
      it.status,
      cut(it.requester.name ?? it.requester.address ?? '', 24),
      String(it.messageCount),
      it.window === null ? '' : it.window.canReply ? (it.window.kind ?? '') : 'closed',
      cut(it.subject ?? '', 60),
    ])
  const rest = tickets.length - rows.length
  return `${table(['ticket', 'account', 'status', 'from', 'messages', 'window', 'subject'], rows)}${rest > 0 ? `and ${rest} more\n` : ''}`
}

export function replyTable(states: readonly ReplyAnswer[], { replies }: Played): string {
  const rows = states.map((it) => [
    it.state,
    String(it.attempts.length),
    it.why ?? it.attempts.findLast(({ why }) => why !== null)?.why ?? '',
    cut(replies.find(({ id }) => id === it.id)?.text ?? '', 60),
  ])
  return table(['answer is', 'attempts', 'what was in the way', 'text'], rows)
}

export function whereToLook(client: ApiClient, ticket: TicketAnswer | undefined): string {
  const one = ticket === undefined ? [] : [`  ${client.curl} ${client.url}/v1/tickets/${ticket.id}/messages`]
  const first =
    ticket === undefined
      ? []
      : [
          `  ${client.curl} -X POST ${client.url}/v1/tickets/${ticket.id}/replies \\`,
          `    -H 'content-type: application/json' -d '{"text":"Merhaba!"}'`,
        ]
  return [
    `Look on at ${client.url}/docs/ (the API, to read and to try), or by hand:`,
    `  ${client.curl} '${client.url}/v1/tickets?statusCategory=open&limit=5'`,
    ...one,
    `  ${client.curl} -N ${client.url}/v1/events/stream`,
    ...first,
    '',
  ].join('\n')
}
