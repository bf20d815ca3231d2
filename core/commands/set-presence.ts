// Whether somebody is there: their own word, or that of who is over them (D47, D51).
import { Type, type Static } from 'typebox'
import { presences, type Presence } from '../../schemas/agent.ts'
import { oneOf } from '../../schemas/shapes.ts'
import { command, type Asker, type Refusal } from '../ports/command.ts'
import type { AgentRow } from '../ports/desk-rows.ts'
import { boardLock, lockOf, nothing } from '../ports/worker.ts'
import { whyNotPresenceOf } from '../rules/roles.ts'
import * as inputs from './inputs.ts'
import { notFound } from './refusals.ts'

export const SetPresenceInput = Type.Object(
  {
    agent: inputs.word('The agent’s id.'),
    presence: oneOf(
      presences,
      'online takes new work; invisible and break keep what they have; offline gives live conversations back.',
    ),
  },
  { ...inputs.closed, description: 'Whether they are there.' },
)
export type SetPresenceInput = Static<typeof SetPresenceInput>

interface Facts {
  readonly agent: AgentRow | null
  readonly from: Presence
}

/** Under the lock of the board: nothing is given to somebody who has gone. */
export const setPresence = command({
  name: 'set-presence',
  input: SetPresenceInput,
  scope: 'tickets:write',
  locks: (input: SetPresenceInput) => [boardLock, lockOf('agent', input.agent)],
  async facts(input: SetPresenceInput, read): Promise<Facts> {
    const desk = await read.desk()
    const known = await read.assigning.presence([input.agent])
    return { agent: desk.agents.get(input.agent) ?? null, from: known.get(input.agent)?.presence ?? 'offline' }
  },
  decide({ agent: id, presence: to }: SetPresenceInput, { agent, from }, moment, by) {
    const refusal = agent === null ? notFound('agent') : whyNot(agent, { from, to }, by)
    if (refusal !== null) return refusal
    const answer = { status: 200, show: 'agent', id } as const
    if (from === to) return { ...nothing, answer }
    const why = by.agent?.id === id ? null : `Set by ${by.actor.id ?? by.actor.kind}.`
    return {
      changes: [{ do: 'set-presence', agent: id, presence: to, at: moment.now }],
      events: [{ type: 'agent.presence_changed', key: id, subject: id, data: { agent: id, from, to, why } }],
      answer,
    }
  },
})

interface Move {
  readonly from: Presence
  readonly to: Presence
}
/** A key speaks for a tool that knows who is there; a person for themselves, and for those they are over while these are there. */
function whyNot(agent: AgentRow, { from, to }: Move, by: Asker): Refusal | null {
  if (!agent.isActive && to !== 'offline') {
    const why = `${agent.name} is not active; make them active first.`
    return { refuse: 'conflict', code: 'agent_inactive', why, field: 'agent' }
  }
  const why = whyNotPresenceOf(by, agent)
  if (why !== null) return { refuse: 'forbidden', code: 'not_yours', why, field: 'agent' }
  if (by.agent === undefined || by.agent.id === agent.id || from !== 'offline') return null
  const back = `${agent.name} is offline, and comes back by their own word alone.`
  return { refuse: 'conflict', code: 'agent_offline', why: back, field: 'presence', facts: { presence: from } }
}
