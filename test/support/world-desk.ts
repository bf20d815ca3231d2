// What facts ask of the desk, from the record in memory.
import type { Reader, TriageRow } from '../../core/ports/reader.ts'
import type { SeatRow, WaitingRow } from '../../core/ports/desk-rows.ts'
import { makeDesk } from '../../core/rules/make-desk.ts'
import { priorities } from '../../schemas/ticket.ts'
import { start } from './given.ts'
import { keyOf, type World } from './world.ts'

const isHeld = (category: string): boolean => category === 'open' || category === 'waiting'
const byPlace = (a: WaitingRow, b: WaitingRow): number =>
  priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
  (a.since < b.since ? -1 : a.since > b.since ? 1 : a.ticket < b.ticket ? -1 : 1)

export function deskReaderOf(world: World): Pick<Reader, 'desk' | 'assigning' | 'triage'> {
  const presenceOf = (agent: string) =>
    world.presences.get(agent) ?? { agent, presence: 'offline' as const, since: start }
  const heldBy = (agent: string) =>
    [...world.tickets.values()]
      .filter((it) => it.assignee === agent && isHeld(it.category))
      .map((it) => ({ ...it, isLive: isLive(it.conversation) }))
  const isLive = (conversation: string | null): boolean =>
    world.kinds[world.conversations.get(conversation ?? '')?.kind ?? '']?.live === true
  const seatOf = (agent: string): SeatRow => {
    const held = heldBy(agent)
    const holds = Object.groupBy(held, ({ channel }) => channel ?? '')
    const lately = world.given.filter((it) => it.agent === agent).length
    return {
      ...presenceOf(agent),
      holds: Object.fromEntries(Object.entries(holds).map(([channel, all]) => [channel, all?.length ?? 0])),
      live: held.filter((it) => it.isLive).length,
      lately,
    }
  }
  return {
    desk: () => Promise.resolve(makeDesk({ ...world.desk, brands: [...world.brands.values()] })),
    assigning: {
      board: ({ agents = [] } = {}) =>
        Promise.resolve({
          seats: world.desk.agents
            .filter(({ id, isActive }) => isActive && (presenceOf(id).presence === 'online' || agents.includes(id)))
            .map(({ id }) => seatOf(id)),
          waiting: [...world.waiting.values()].toSorted(byPlace),
        }),
      presence: (agents) => Promise.resolve(new Map(agents.map((id) => [id, presenceOf(id)]))),
      heldBy: (agent) => Promise.resolve(heldBy(agent)),
      waiting: (tickets) =>
        Promise.resolve(
          new Map(tickets.flatMap((id) => (world.waiting.has(id) ? [[id, world.waiting.get(id)!] as const] : []))),
        ),
    },
    triage: {
      of: (asked) => Promise.resolve(asked.map(({ ticket, message }) => triageRow(world, ticket, message))),
    },
  }
}

function triageRow(world: World, id: string, message: string | null): TriageRow | null {
  const ticket = world.tickets.get(id)
  if (ticket === undefined) return null
  const said = [...world.messages.values()]
    .filter((it) => it.ticket === id)
    .toSorted((a, b) => (a.sentAt < b.sentAt ? -1 : 1))
  const theirs = said.filter((it) => it.direction === 'in' && it.kind === 'user')
  return {
    ticket,
    message: message === null ? (theirs.at(-1) ?? null) : (world.messages.get(message) ?? null),
    contact: world.contacts.get(world.gone.get(ticket.contact ?? '') ?? ticket.contact ?? '') ?? null,
    kind: world.conversations.get(ticket.conversation ?? '')?.kind ?? null,
    messageCount: said.filter((it) => it.kind !== 'note').length,
    lastMessageAt: said.at(-1)?.sentAt ?? null,
    lastCustomerMessageAt: theirs.at(-1)?.sentAt ?? null,
    isFollowedUp:
      !isHeld(ticket.category) &&
      [...world.tickets.values()].some((it) => it.conversation === ticket.conversation && isHeld(it.category)),
    asked: Object.fromEntries(
      world.desk.rules.flatMap((rule) => {
        const clock = world.hours.get(keyOf(ticket.id, rule.id))
        return clock === undefined ? [] : [[rule.id, clock]]
      }),
    ),
  }
}
