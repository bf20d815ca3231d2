// Follows /v1/events from a cursor of its own, as any tool does: what came, what is on a ticket, what is told twice or missing.
import type { DeskSide } from './desk-side.ts'

interface FeedEvent {
  readonly id: string
  readonly type: string
  readonly sequence: string
  readonly channel?: string
  readonly account?: string
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
}
interface FeedPage {
  readonly items: readonly FeedEvent[]
  readonly next: string | null
  readonly cursor: string
}
export interface FeedWatch {
  /** Reads on to the end; gives how many of this account were new: others may write without an end. */
  read(): Promise<number>
  /** By the vendor's id: our id of it. */
  readonly received: ReadonlyMap<string, string>
  /** The vendor's ids in the order told, by conversation. */
  readonly order: ReadonlyMap<string, readonly string[]>
  /** Ids of messages that were put on a ticket. */
  readonly added: ReadonlySet<string>
  /** Replies of which nobody knows; a person decides. */
  readonly unsure: ReadonlySet<string>
  /** What cannot be in a feed that holds each event once. */
  readonly faults: readonly string[]
}

/** From the end of what is there now. */
export async function watchFeed(
  desk: DeskSide,
  of: { readonly channel: string; readonly account: string },
): Promise<FeedWatch> {
  const received = new Map<string, string>()
  const order = new Map<string, string[]>()
  const added = new Set<string>()
  const unsure = new Set<string>()
  const faults: string[] = []
  const seen = new Set<string>()
  let ours = 0
  const isOurs = (event: FeedEvent) => event.channel === of.channel && event.account === of.account
  let cursor = await endOf(desk)
  let last = Number(cursor)

  const take = (event: FeedEvent): void => {
    if (seen.has(event.id)) faults.push(`the feed holds ${event.id} twice`)
    seen.add(event.id)
    if (Number(event.sequence) !== last + 1) faults.push(`the feed has a gap between ${last} and ${event.sequence}`)
    last = Number(event.sequence)
    if (!isOurs(event)) return
    ours += 1
    const { externalId, message, reply } = event.data as Readonly<Record<string, string>>
    if (event.type === 'message.received' && externalId !== undefined) {
      if (received.has(externalId)) faults.push(`the feed says twice that ${externalId} was received`)
      received.set(externalId, message ?? '')
      order.set(event.subject, [...(order.get(event.subject) ?? []), externalId])
    }
    if (event.type === 'ticket.message_added' && message !== undefined) {
      if (added.has(message)) faults.push(`the feed says twice that ${message} came onto a ticket`)
      added.add(message)
    }
    if (event.type === 'reply.unsure' && reply !== undefined) unsure.add(reply)
  }
  return {
    received,
    order,
    added,
    unsure,
    faults,
    async read() {
      const before = ours
      for (let more = true; more;) {
        const page: FeedPage = await desk.get(`/v1/events?limit=200&after=${cursor}`)
        page.items.forEach(take)
        cursor = page.cursor
        more = page.next !== null
      }
      return ours - before
    },
  }
}

async function endOf(desk: DeskSide): Promise<string> {
  for (let cursor = '0', first = true; ; first = false) {
    const page: FeedPage = await desk.get(`/v1/events?limit=200${first ? '' : `&after=${cursor}`}`)
    cursor = page.cursor
    if (page.next === null) return cursor
  }
}
