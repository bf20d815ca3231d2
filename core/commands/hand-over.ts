// Giving a ticket to somebody by hand: to whom it may go, and what goes along with it (D45, L4, B10).
import { Type } from 'typebox'
import type { AgentRow, PresenceRow } from '../ports/desk-rows.ts'
import type { Capabilities } from '../ports/capabilities.ts'
import type { Asker, Refusal } from '../ports/command.ts'
import type { Reader } from '../ports/reader.ts'
import type { ConversationRow, TicketRow } from '../ports/rows.ts'
import type { Change, TicketSet } from '../ports/worker.ts'
import type { Instant } from '../../schemas/ids.ts'
import { maySee } from '../rules/sees.ts'
import { word } from './inputs.ts'

export const agentId = (description: string) => Type.Optional(word(description))

/** Whom it is to go to, as they stand. */
export interface Target {
  readonly id: string
  /** Null: there is no such agent. */
  readonly agent: AgentRow | null
  readonly presence: PresenceRow['presence']
  /** The people of this workspace are kept here; where none are, whose it is is any word. */
  readonly hasPeople: boolean
  /** A conversation that goes on now cannot wait for somebody who is not there. */
  readonly isLive: boolean
}

export async function readTarget(id: string, conversation: ConversationRow | null, read: Reader): Promise<Target> {
  const desk = await read.desk()
  const presence = (await read.assigning.presence([id])).get(id)?.presence ?? 'offline'
  const can = conversation === null ? null : read.capabilities(conversation.channel, conversation.kind)
  return {
    id,
    agent: desk.agents.get(id) ?? null,
    presence,
    hasPeople: desk.agents.size > 0,
    isLive: can?.live === true,
  }
}

/** Null: it may go to them. Their cap is no reason: who gives by hand knows what they do (B10). */
export function whyNotTo(
  { id, agent, presence, hasPeople, isLive }: Target,
  ticket: Pick<TicketRow, 'brand' | 'channel'>,
): Refusal | null {
  if (agent === null) return hasPeople ? unknown(id) : null
  if (!agent.isActive) return unavailable(agent, 'is not active any more', { isActive: false })
  if (!maySee(agent, ticket)) {
    const why = `${agent.name} may not see this ticket: it is of the channel ${ticket.channel ?? 'none'} and the brand ${ticket.brand ?? 'none'}.`
    const facts = { channel: ticket.channel, brand: ticket.brand, channels: agent.channels, brands: agent.brands }
    return { refuse: 'forbidden', code: 'not_authorised', why, field: 'assignee', facts }
  }
  if (!isLive || presence === 'online') return null
  return unavailable(agent, `is ${whereIs[presence]}, and a live conversation goes only to who is online`, { presence })
}

/** As a person says it of somebody. */
export const whereIs: Readonly<Record<PresenceRow['presence'], string>> = {
  online: 'online',
  invisible: 'invisible',
  break: 'on a break',
  offline: 'offline',
}

const unknown = (id: string): Refusal => ({
  refuse: 'invalid',
  code: 'unknown_agent',
  why: `There is no agent ${JSON.stringify(id)}.`,
  field: 'assignee',
})
export const unavailable = (
  { name, id }: Pick<AgentRow, 'name' | 'id'>,
  is: string,
  facts: Readonly<Record<string, unknown>>,
): Refusal => ({
  refuse: 'conflict',
  code: 'not_available',
  why: `${name} ${is}.`,
  field: 'assignee',
  facts: { agent: id, ...facts },
})

/** Whoever is offline goes on with no live conversation; their own were given to others (D47). A letter may be answered at any time. */
export function whyNotThere(
  by: Asker,
  writer: PresenceRow | null,
  { live }: Pick<Capabilities, 'live'>,
): Refusal | null {
  if (by.agent === undefined || writer?.presence !== 'offline' || live !== true) return null
  const why = 'You are offline, and this conversation goes on now. Go online to answer in it.'
  return { refuse: 'conflict', code: 'not_available', why, facts: { agent: by.agent.id, presence: writer.presence } }
}

/** Of a changed owner, nothing otherwise: since when it is theirs, and no place in the queue. */
export function handedOver(
  ticket: TicketRow,
  to: string | null | undefined,
  now: Instant,
): { readonly set: TicketSet; readonly changes: readonly Change[] } {
  if (to === undefined || to === ticket.assignee) return { set: {}, changes: [] }
  if (to === null) return { set: { assignedAt: null }, changes: [] }
  return { set: { assignedAt: now }, changes: [{ do: 'unqueue-ticket', ticket: ticket.id }] }
}
