// What facts ask of the desk, from the record in memory.
import type { Reader, TriageRow } from '../../core/ports/reader.ts'
import type { AutoReplyAsk, AutoReplyCount } from '../../core/ports/auto-reply-rows.ts'
import type { AutoReplyKind } from '../../schemas/auto-reply.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { HeldRow, SeatRow, WaitingRow } from '../../core/ports/desk-rows.ts'
import type { TicketRow } from '../../core/ports/rows.ts'
import { makeDesk } from '../../core/rules/make-desk.ts'
import { byPlace, needOf, noChannel, wordOf } from '../../core/rules/assign/need.ts'
import { maySee } from '../../core/rules/sees.ts'
import { start } from './given.ts'
import { keyOf, type World } from './world.ts'

const isHeld = (category: string): boolean => category === 'open' || category === 'waiting'

export function deskReaderOf(world: World): Pick<Reader, 'desk' | 'assigning' | 'triage' | 'autoReplies'> {
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
    const max = world.desk.agents.find(({ id }) => id === agent)?.rate?.max ?? 0
    return {
      ...presenceOf(agent),
      holds: byChannel(held),
      live: byChannel(held.filter((it) => it.isLive)),
      lately: world.given
        .filter((it) => it.agent === agent)
        .map(({ at }) => at)
        .toSorted()
        .toReversed()
        .slice(0, max),
    }
  }
  const queue = () => [...world.waiting.values()].toSorted(byPlace)
  const withKind = (ticket: TicketRow): HeldRow => ({ ...ticket, isLive: isLive(ticket.conversation) })
  return {
    desk: () => Promise.resolve(makeDesk({ ...world.desk, ...ofWorkspace(world), brands: [...world.brands.values()] })),
    assigning: {
      board: (agents = []) => {
        const needs = [...new Map(queue().map((row) => [wordOf(needOf(row)), needOf(row)])).values()]
        const asked = [...agents, ...needs.flatMap(({ agent }) => agent ?? [])]
        const there = world.desk.agents.filter(
          ({ id, isActive }) => isActive && (presenceOf(id).presence === 'online' || asked.includes(id)),
        )
        return Promise.resolve({ seats: there.map(({ id }) => seatOf(id)), needs })
      },
      next: (asked, most) => {
        const first = asked.flatMap(({ need, count }) =>
          queue()
            .filter((row) => wordOf(needOf(row)) === wordOf(need))
            .slice(0, count),
        )
        return Promise.resolve(first.toSorted(byPlace).slice(0, most))
      },
      pooled: ({ channel, id, after }, most) => {
        const open = [...world.tickets.values()]
          .filter((it) => it.channel === channel && it.account === id && it.assignee === null && it.category === 'open')
          .map((it) => it.id)
          .toSorted()
        const behind = open.filter((it) => after === null || it > after)
        return Promise.resolve({ ids: behind.slice(0, most), next: behind.length > most ? behind[most - 1]! : null })
      },
      leftBehind: () =>
        Promise.resolve(
          world.desk.agents.flatMap((agent) =>
            heldBy(agent.id).filter((ticket) => !agent.isActive || !maySee(agent, ticket)),
          ),
        ),
      tickets: (ids) =>
        Promise.resolve(
          new Map(
            ids.flatMap((id) => (world.tickets.has(id) ? [[id, withKind(world.tickets.get(id)!)] as const] : [])),
          ),
        ),
      presence: (agents) => Promise.resolve(new Map(agents.map((id) => [id, presenceOf(id)]))),
      heldBy: (agent) => Promise.resolve(heldBy(agent)),
      waiting: (tickets) =>
        Promise.resolve(
          new Map(tickets.flatMap((id) => (world.waiting.has(id) ? [[id, world.waiting.get(id)!] as const] : []))),
        ),
      groupedBy: (tickets) => Promise.resolve(new Map(tickets.map((id) => [id, groupedBy(world, id)]))),
    },
    autoReplies: {
      count: (asked) => Promise.resolve(asked.map((it) => countOf(world, it))),
      noticesTo: (agent, cause) =>
        Promise.resolve(
          world.notices.filter(
            (it) => it.agent === agent && (it.cause === cause || Date.parse(world.now) - Date.parse(it.at) < 3_600_000),
          ),
        ),
    },
    triage: {
      of: (asked) => Promise.resolve(asked.map(({ ticket, message }) => triageRow(world, ticket, message))),
      // Two at once, so that a few are several pages.
      page: (after) => {
        const behind = [...world.tickets.values()]
          .map(({ id }) => id)
          .toSorted()
          .filter((id) => id > after)
        const ids = behind.slice(0, 2).filter((id) => {
          const { status, category, origin } = world.tickets.get(id)!
          return status !== 'closed' && category !== 'junk' && origin !== 'import'
        })
        return Promise.resolve({ ids, next: behind.length > 2 ? behind[1]! : null })
      },
    },
  }
}

function groupedBy(world: World, ticket: TicketRow['id']): WaitingRow['because'] {
  const told = world.events.filter((it) => it.type === 'ticket.assigned').map(({ data }) => data)
  return told.findLast((it) => it.ticket === ticket && it.field === 'group')?.because ?? null
}

/** What the desk says of the workspace as a whole. */
const ofWorkspace = ({ workspace: { onReply, followUpDays, closeDays, requireTopic, autoReplyBudgets } }: World) => ({
  lifecycle: { onReply, followUpDays, closeDays },
  autoReplyBudgets: autoReplyBudgets ?? null,
  requireTopic,
})

function countOf(world: World, asked: AutoReplyAsk): AutoReplyCount {
  const { now } = world
  const within = (at: Instant, minutes: number): boolean => Date.parse(now) - Date.parse(at) < minutes * 60_000
  const sent = world.notes.filter(({ code }) => code === null)
  const day = 24 * 60
  const last: Partial<Record<AutoReplyKind, Instant>> = {}
  for (const { kind, at, conversation } of sent)
    if (conversation === asked.conversation && (last[kind] ?? '') < at) last[kind] = at
  const theirs = new Set([...world.tickets.values()].filter((it) => it.contact === asked.contact).map(({ id }) => id))
  return {
    isAnswered: sent.some(({ cause }) => cause === asked.cause),
    ofTicket: sent.filter((it) => it.ticket === asked.ticket && within(it.at, day)).length,
    ofAddress: sent.filter((it) => it.address === asked.address && within(it.at, day)).length,
    ofDomain: sent.filter((it) => it.domain !== null && it.domain === asked.domain && within(it.at, 60)).length,
    cameLately: [...world.messages.values()].filter(
      (it) => theirs.has(it.ticket) && it.direction === 'in' && within(it.sentAt, 10),
    ).length,
    last,
    told: [...new Set(world.notes.flatMap((it) => (it.ticket === asked.ticket ? (it.code ?? []) : [])))],
  }
}

function byChannel(rows: readonly TicketRow[]): Readonly<Record<string, number>> {
  const groups = Object.groupBy(rows, ({ channel }) => channel ?? noChannel)
  return Object.fromEntries(Object.entries(groups).map(([name, all]) => [name, all?.length ?? 0]))
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
