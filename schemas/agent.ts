// People who answer: their roles, whether they are there, and the agent.* events (D47, D54 to D56).
import Type, { type Static } from 'typebox'
import { nullable, oneOf, text } from './shapes.ts'

export const roles = ['administrator', 'supervisor', 'agent'] as const
export type Role = (typeof roles)[number]
/** `online` takes new work; `invisible` and `break` keep what they have; `offline` keeps no live conversation (D47). */
export const presences = ['online', 'invisible', 'break', 'offline'] as const
export type Presence = (typeof presences)[number]
/** How tickets of an account find their agent: `pool`: somebody takes them; `auto`: at once; `pool_then_auto`: when nobody has after a while. */
export const assignmentModes = ['pool', 'auto', 'pool_then_auto'] as const
export type AssignmentMode = (typeof assignmentModes)[number]

export const PresenceChanged = Type.Object({
  agent: text('The agent’s id.'),
  from: oneOf(presences),
  to: oneOf(presences),
  why: nullable(text('Null: they said so themselves.')),
})
export type PresenceChanged = Static<typeof PresenceChanged>
