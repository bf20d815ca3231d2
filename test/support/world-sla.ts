// What clocks are made from, from the record in memory and the events it raised.
import type { Reader } from '../../core/ports/reader.ts'
import type { MessageRow } from '../../core/ports/rows.ts'
import type { SlaRow } from '../../core/ports/sla.ts'
import type { Instant, TicketId } from '../../schemas/ids.ts'
import type { World } from './world.ts'

export const slaReaderOf = (world: World): Pick<Reader, 'sla'> => ({
  sla: {
    of: (tickets) => Promise.resolve(tickets.map((id) => rowOf(world, id))),
    openBefore: (version, after, most) => {
      const open = [...world.clocks.values()].filter(
        (it) => ['running', 'paused'].includes(it.state) && it.deskVersion < version && it.ticket > after,
      )
      return Promise.resolve([...new Set(open.map(({ ticket }) => ticket))].toSorted().slice(0, most))
    },
  },
})

function rowOf(world: World, id: TicketId): SlaRow | null {
  const ticket = world.tickets.get(id)
  if (ticket === undefined) return null
  const said = [...world.messages.values()].filter((it) => it.ticket === id)
  const theirs = said.filter((it) => it.direction === 'in' && it.kind === 'user')
  const ofPeople = said
    .filter((it) => it.direction === 'out' && it.kind === 'agent')
    .filter((it) => !it.parts.some(({ kind }) => kind === 'forwarded'))
  const isGone = (state: string | null): boolean => state === 'failed' || state === 'cancelled'
  return {
    ticket,
    clocks: [...world.clocks.values()]
      .filter((it) => it.ticket === id)
      .toSorted((a, b) => (a.startedAt + a.metric < b.startedAt + b.metric ? -1 : 1)),
    moves: world.events.flatMap((it) =>
      it.type === 'ticket.status_changed' && it.data.ticket === id
        ? [
            {
              at: it.at,
              from: it.data.custom?.from ?? it.data.from,
              to: it.data.custom?.to ?? it.data.to,
              category: it.data.category,
              why: it.data.why,
            },
          ]
        : [],
    ),
    opening: theirs.toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1))[0]?.id ?? null,
    heard: theirs
      .filter((it) => !it.parts.some(({ kind }) => kind === 'guest'))
      .map(({ receivedAt }) => receivedAt)
      .toSorted(),
    answered: ofPeople
      .filter((it) => !isGone(it.state))
      .map((it) => answeredAt(it, theirs))
      .toSorted(),
    lost: ofPeople
      .filter((it) => isGone(it.state))
      .map(({ sentAt }) => sentAt)
      .toSorted(),
  }
}

/** Through another tool it comes in later than it was said, and counts for what came before it by the vendor's clock. */
function answeredAt({ sentAt, receivedAt }: MessageRow, theirs: readonly MessageRow[]): Instant {
  const first = theirs.toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1))[0]
  if (first === undefined || receivedAt <= sentAt || sentAt < first.sentAt) return sentAt
  const before = theirs.filter((it) => it.sentAt <= sentAt && it.receivedAt <= receivedAt)
  return [sentAt, ...before.map((it) => it.receivedAt)].toSorted().at(-1)!
}
