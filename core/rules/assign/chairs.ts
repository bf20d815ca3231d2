// Who may have a ticket, and how much room they have for it: what they may see, their caps, their rate (B10, B12, D45, 3.8).
import type { AgentRow, Need, SeatRow } from '../../ports/desk-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { maySee } from '../sees.ts'
import { noChannel, tongueOf } from './need.ts'

/** Of conversations that are live, all together, where an agent's caps say nothing. */
export const liveCap = 5

export interface Chair {
  readonly agent: AgentRow
  readonly seat: SeatRow
}
export const chairsOf = (desk: Desk, seats: readonly SeatRow[]): readonly Chair[] =>
  seats.flatMap((seat) => {
    const agent = desk.agents.get(seat.agent)
    return agent === undefined ? [] : [{ agent, seat }]
  })

type Where = Pick<Need, 'channel' | 'brand'>
/** Null: no cap of their own. */
const ownCap = ({ capacity }: AgentRow, channel: string): number | null => capacity[channel] ?? capacity['*'] ?? null

/** They could have it, were they there and free. Who may have none of a channel is not asked. */
export const isTheirs = (agent: AgentRow, where: Where): boolean =>
  agent.isActive && maySee(agent, asSeen(where)) && ownCap(agent, where.channel) !== 0
const asSeen = ({ channel, brand }: Where) => ({ brand, channel: channel === noChannel ? null : channel })
export const isOfGroup = ({ groups }: AgentRow, group: string | null): boolean =>
  group === null || groups.includes(group)
export const speaks = ({ languages }: AgentRow, language: string): boolean =>
  languages.some((it) => tongueOf(it) === language)

/** How many more of this kind: by their cap of the channel, else by the common one of live conversations; others are unlimited. */
export function capRoom({ agent, seat }: Chair, { channel, isLive }: Pick<Need, 'channel' | 'isLive'>): number {
  const cap = ownCap(agent, channel)
  if (cap !== null) return Math.max(0, cap - (seat.holds[channel] ?? 0))
  if (!isLive) return Number.POSITIVE_INFINITY
  const together = Object.entries(seat.live).filter(([name]) => ownCap(agent, name) === null)
  return Math.max(0, liveCap - sum(together.map(([, n]) => n)))
}
export const rateRoom = ({ agent, seat }: Chair): number =>
  agent.rate === null ? Number.POSITIVE_INFINITY : Math.max(0, agent.rate.max - seat.lately.length)
export const room = (chair: Chair, need: Need): number => Math.min(capRoom(chair, need), rateRoom(chair))

/** When the window of somebody who was given as many as their rate allows has passed for the oldest of them. */
export function rateEnds({ agent, seat }: Chair): Instant | null {
  const oldest = agent.rate === null ? undefined : seat.lately[agent.rate.max - 1]
  if (agent.rate === null || oldest === undefined) return null
  return new Date(Date.parse(oldest) + agent.rate.minutes * 60_000).toISOString() as Instant
}

/** What they have of this kind of work: conversations that go on, or all that is theirs. */
export const loadOf = ({ seat }: Chair, isLive: boolean): number => sum(Object.values(isLive ? seat.live : seat.holds))

/** With one more of this kind. */
export const given = ({ agent, seat }: Chair, { channel, isLive }: Need, at: Instant): Chair => ({
  agent,
  seat: {
    ...seat,
    holds: plusOne(seat.holds, channel),
    live: isLive ? plusOne(seat.live, channel) : seat.live,
    lately: agent.rate === null ? [] : [at, ...seat.lately].slice(0, agent.rate.max),
  },
})
const plusOne = (counts: Readonly<Record<string, number>>, name: string) => ({
  ...counts,
  [name]: (counts[name] ?? 0) + 1,
})
const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0)
