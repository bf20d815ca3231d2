// Agents (D54): made, changed, dropped, each by who may be over them. How somebody signs in is not decided here.
import { Type, type Static } from 'typebox'
import { roles } from '../../schemas/agent.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { AgentRow, PresenceRow } from '../ports/desk-rows.ts'
import type { Reader } from '../ports/reader.ts'
import type { SessionRow, TicketRow } from '../ports/rows.ts'
import { boardLock, lockOf, type Change, type Moment } from '../ports/worker.ts'
import { noChannel } from '../rules/assign/need.ts'
import { goneBecause } from '../rules/assign/reason.ts'
import { agentDefault } from '../rules/desk-defaults.ts'
import { given } from '../rules/desk-names.ts'
import { folded } from '../rules/fold.ts'
import { leaving, stays, type Leaving } from '../rules/leaving.ts'
import { whyNotOver } from '../rules/roles.ts'
import { isLive } from '../rules/sessions.ts'
import { ownerChanged } from '../rules/ticket-events.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  names,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotDropped,
  whyNotPut,
  type DeskFacts,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { whyLastAdministrator } from './last-administrator.ts'
import { invalid, notFound, notOver } from './refusals.ts'

const id = idOf('agent')
const emailPattern = '^[^\\s@<>"]{1,64}@[^\\s@<>"]{1,255}$'
const languagePattern = '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'
export const PutAgentInput = Type.Object(
  {
    id: Type.Optional(id),
    version,
    name: Type.Optional(inputs.word('As customers and colleagues see it.')),
    email: Type.Optional(
      Type.String({ pattern: emailPattern, description: 'What they sign in with; one agent each.' }),
    ),
    role: Type.Optional(oneOf(roles, '`agent` when left out.')),
    isActive: Type.Optional(Type.Boolean({ description: 'false: may not sign in and gets nothing.' })),
    brands: Type.Optional(nullable(names('Brands they may see.'), 'Brands they may see; null: all.')),
    channels: Type.Optional(nullable(names('Channels they may see.'), 'Channels they may see; null: all.')),
    languages: Type.Optional(
      Type.Array(Type.String({ pattern: languagePattern }), {
        maxItems: 50,
        uniqueItems: true,
        description: 'What they answer in, BCP 47: tr, en-GB.',
      }),
    ),
    groups: Type.Optional(names('The groups they are in.')),
    capacity: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 200 }), Type.Integer({ minimum: 0, maximum: 10_000 }), {
        maxProperties: 100,
        description:
          'The most tickets at once, by channel, `*` for every other one. Where nothing is said: 5 of live channels together, any number of others.',
      }),
    ),
    rate: Type.Optional(
      nullable(
        Type.Object(
          {
            max: Type.Integer({ minimum: 1, maximum: 10_000, description: 'So many …' }),
            minutes: Type.Integer({ minimum: 1, maximum: 1440, description: '… in so many minutes.' }),
          },
          inputs.closed,
        ),
        'No more assignments by the machine than these; null: as many as there are.',
      ),
    ),
  },
  { ...inputs.closed, description: 'An agent, made or changed.' },
)
export type PutAgentInput = Static<typeof PutAgentInput>
export const DropAgentInput = Type.Object({ id }, { ...inputs.closed, description: 'An agent who goes.' })
export type DropAgentInput = Static<typeof DropAgentInput>

/** Who may get what changes with it: nobody gives out work meanwhile. */
const locks = () => [boardLock, settingsLock]
const empty: AgentRow = { ...agentDefault, id: '', name: '', email: '', version: 0 }

interface PutFacts extends DeskFacts {
  readonly presence: PresenceRow | null
  readonly sessions: readonly SessionRow[]
  readonly isAnother: boolean
}

export const putAgent = command({
  name: 'put-agent',
  input: PutAgentInput,
  scope: 'people:write',
  locks,
  async facts(input: PutAgentInput, read: Reader): Promise<PutFacts> {
    const there = input.id === undefined ? new Map() : await read.assigning.presence([input.id])
    const isAnother = await read.signingIn.hasAdministrator(input.id)
    const sessions = input.id === undefined ? [] : await read.signingIn.sessionsOf(input.id)
    return { ...(await deskFacts(input, read)), presence: there.get(input.id ?? '') ?? null, sessions, isAnother }
  },
  decide(input: PutAgentInput, facts, moment, by) {
    const known = facts.desk.agents.get(input.id ?? '') ?? null
    const refusal =
      whyNotPut({ what: 'agent', id: input.id ?? null, known, asked: input }) ??
      whyLoose(facts, namesIn(input), channelsIn(input)) ??
      whyNotThisEmail(input, known, facts)
    if (refusal !== null) return refusal
    const base = known ?? { ...empty, id: input.id ?? moment.newId('agt') }
    const agent = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const why = whyNotOver(by, known, agent)
    if (why !== null) return notOver(why)
    const last = whyLastAdministrator({ known, next: agent, isAnother: facts.isAnother }, by)
    if (last !== null) return last
    const left = leavingAs(known, agent, facts, moment)
    const changes: readonly Change[] = [{ do: 'put-agent', agent, create: known === null }, ...left.changes]
    return saved({ what: 'agent', id: agent.id, known, input, changes, events: left.events }, { moment, by })
  },
})

/** As when they leave by themselves: who may not come any more, and whose sessions end with what they came in with. */
function leavingAs(known: AgentRow | null, next: AgentRow, { presence, sessions }: PutFacts, moment: Moment): Leaving {
  if (known?.isActive !== true) return stays
  if (!next.isActive) return leaving(next.id, presence?.presence, 'agent_inactive', moment)
  const isOut = known.role !== next.role || known.email.toLowerCase() !== next.email.toLowerCase()
  // Of whom a tool alone says that they are there, no session ends.
  if (!isOut || !sessions.some((it) => isLive(it, moment.now))) return stays
  return leaving(next.id, presence?.presence, 'signed_out', moment)
}

const namesIn = (input: PutAgentInput) => [
  ...given('brand', 'brands', input.brands),
  ...given('group', 'groups', input.groups),
]
const channelsIn = (input: PutAgentInput) => [
  ...(input.channels ?? []).map((name) => ({ field: 'channels', name })),
  ...Object.keys(input.capacity ?? {})
    .filter((name) => name !== '*' && name !== noChannel)
    .map((name) => ({ field: 'capacity', name })),
]

/** One person, one address, however it is written: folded, so that none is let through which the record holds for the same. */
function whyNotThisEmail({ email }: PutAgentInput, known: AgentRow | null, { desk }: DeskFacts): Refusal | null {
  if (email === undefined)
    return known === null
      ? invalid('email_missing', 'email', 'A new agent needs an e-mail address to sign in with.')
      : null
  const twin = desk.rows.agents.find((it) => it.id !== known?.id && folded(it.email) === folded(email))
  if (twin === undefined) return null
  const why = `The agent ${twin.id} (${twin.name}) has the address ${twin.email} already.`
  return { refuse: 'conflict', code: 'email_taken', why, field: 'email', facts: { agent: twin.id } }
}

type Held = readonly TicketRow[]
interface DropFacts extends DeskFacts {
  readonly held: Held
  readonly isAnother: boolean
}
/** Handed on by one decision. */
const mostHeld = 200

/** What is theirs and not done is handed on: live conversations to who is there, the rest to where their account puts what is nobody's. */
export const dropAgent = command({
  name: 'drop-agent',
  input: DropAgentInput,
  scope: 'people:write',
  locks: () => [boardLock],
  // Settings are locked behind tickets.
  moreLocks: (_input: DropAgentInput, { held }: DropFacts) => [
    ...held.slice(0, mostHeld).map((it) => lockOf('ticket', it.id)),
    settingsLock,
  ],
  async facts(input: DropAgentInput, read: Reader): Promise<DropFacts> {
    const isAnother = await read.signingIn.hasAdministrator(input.id)
    return { ...(await deskFacts(input, read)), held: await read.assigning.heldBy(input.id), isAnother }
  },
  decide({ id }: DropAgentInput, { desk, held, isAnother }, moment, by) {
    const agent = desk.agents.get(id)
    if (agent === undefined) return notFound('agent')
    const why = whyNotOver(by, agent, agent)
    if (why !== null) return notOver(why)
    const refusal =
      whyLastAdministrator({ known: agent, next: null, isAnother }, by) ??
      whyNotDropped(desk, 'agent', id) ??
      whyTooMany(id, held)
    if (refusal !== null) return refusal
    const given: readonly Change[] = held.map((ticket) => ({
      do: 'set-ticket',
      ticket: ticket.id,
      set: { assignee: null, assignedAt: null },
      at: moment.now,
    }))
    const events = held.map((ticket) => ({
      ...ownerChanged(ticket, 'assignee', null, goneBecause(agent)),
      slot: ticket.id,
    }))
    return { ...dropped('agent', id, [...given, { do: 'drop-agent', agent: id }], { moment, by }), events }
  },
})

function whyTooMany(id: string, held: Held): Refusal | null {
  if (held.length <= mostHeld) return null
  const why = `${held.length} tickets that are not done are with ${id}, more than are handed on at once. Set isActive to false: they are handed on then, and ${id} can be dropped.`
  return { refuse: 'conflict', code: 'holds_tickets', why, facts: { tickets: held.length } }
}
