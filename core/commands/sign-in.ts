// Signing in and out: sessions begin once a password was proven at the door, and end by themselves, by hand and with the password.
import { Type, type Static } from 'typebox'
import type { Presence } from '../../schemas/agent.ts'
import { instant, nullable } from '../../schemas/shapes.ts'
import type { Instant } from '../../schemas/ids.ts'
import { command } from '../ports/command.ts'
import type { AgentRow } from '../ports/desk-rows.ts'
import type { SessionRow } from '../ports/rows.ts'
import { boardLock, lockOf, type Change, type Moment } from '../ports/worker.ts'
import { leaving, stays } from '../rules/leaving.ts'
import { endsOfSession, isLive } from '../rules/sessions.ts'
import { audit } from './audited.ts'
import { closed, word } from './inputs.ts'
import { notFound } from './refusals.ts'

const hashed = (description: string) => Type.String({ minLength: 32, maxLength: 300, description })
export const sessionHash = hashed('Of the session’s token.')
export const passwordHash = hashed('Of the password, with its parameters.')

/** What is told of who came in. */
export const personOf = ({ id, name, email, role, brands, channels, languages, groups }: AgentRow) => ({
  id,
  name,
  email,
  role,
  brands,
  channels,
  languages,
  groups,
})
export const agentLock = (agent: string) => lockOf('agent', agent)

/** The session, and what is answered with it. */
export function begins(agent: AgentRow, hash: string, { now }: Moment) {
  const ends = endsOfSession(now)
  const change: Change = { do: 'put-session', hash, agent: agent.id, at: now, ...ends }
  return { change, body: { agent: personOf(agent), ...ends } }
}

export const StartSessionInput = Type.Object(
  {
    agent: word('agt_…'),
    passwordSetAt: Type.String({ description: 'Of the password that was proven.' }),
    session: sessionHash,
    rehashed: nullable(passwordHash, 'The same password with the work of today.'),
  },
  { ...closed, description: 'Somebody who came in.' },
)
export type StartSessionInput = Static<typeof StartSessionInput>

export const startSession = command({
  name: 'start-session',
  input: StartSessionInput,
  scope: null,
  locks: ({ agent }: StartSessionInput) => [agentLock(agent)],
  async facts({ agent }: StartSessionInput, read) {
    return { agent: (await read.desk()).agents.get(agent), setAt: await read.signingIn.passwordSetAt(agent) }
  },
  decide({ session, rehashed, passwordSetAt }: StartSessionInput, { agent, setAt }, moment, by) {
    // Proven a moment ago, and another by now: what was proven opens nothing any more.
    if (agent?.isActive !== true || setAt === null || setAt !== passwordSetAt)
      return { refuse: 'conflict', code: 'sign_in_again', why: 'Your password was changed meanwhile. Sign in again.' }
    const begun = begins(agent, session, moment)
    const stronger: readonly Change[] =
      rehashed === null ? [] : [{ do: 'put-password', agent: agent.id, hash: rehashed, at: setAt }]
    const line = audit({ what: 'session.started', subject: agent.id }, { moment, by })
    return { changes: [...stronger, begun.change, line], events: [], answer: { status: 200, body: begun.body } }
  },
})

export const SignInRefusedInput = Type.Object(
  { agent: nullable(word('agt_…'), 'null: nobody has this e-mail.') },
  { ...closed, description: 'Somebody who was not let in.' },
)
export type SignInRefusedInput = Static<typeof SignInRefusedInput>
/** Neither the password nor, where it is nobody's, the e-mail: people type the one into the other. */
export const signInRefused = command({
  name: 'sign-in-refused',
  input: SignInRefusedInput,
  scope: null,
  locks: () => [],
  facts: async (_input: SignInRefusedInput) => null,
  decide: ({ agent }: SignInRefusedInput, _facts, moment, by) => ({
    changes: [audit({ what: 'session.refused', subject: agent ?? 'nobody' }, { moment, by })],
    events: [],
    answer: { status: 200, body: null },
  }),
})

export const EndSessionInput = Type.Object(
  {
    agent: word('agt_…'),
    session: nullable(sessionHash, 'null: all of theirs.'),
  },
  { ...closed, description: 'Somebody who goes out.' },
)
export type EndSessionInput = Static<typeof EndSessionInput>
interface EndFacts {
  readonly sessions: readonly SessionRow[]
  readonly presence: Presence | undefined
}
/** Under the lock of the board: nothing is given to somebody who has gone. */
export const endSession = command({
  name: 'end-session',
  input: EndSessionInput,
  scope: null,
  locks: ({ agent }: EndSessionInput) => [boardLock, agentLock(agent)],
  async facts({ agent }: EndSessionInput, read): Promise<EndFacts> {
    const sessions = await read.signingIn.sessionsOf(agent)
    return { sessions, presence: (await read.assigning.presence([agent])).get(agent)?.presence }
  },
  decide({ agent, session }: EndSessionInput, { sessions, presence }, moment, by) {
    const isIn = session !== null && sessions.some((it) => it.hash !== session && isLive(it, moment.now))
    // Signed in nowhere, they can be reached by nobody: whoever writes to them waits in vain (D47).
    const left = isIn ? stays : leaving(agent, presence, 'signed_out', moment)
    const about = { which: session === null ? 'all' : 'this' }
    return {
      changes: [
        { do: 'end-sessions', agent, ...(session === null ? {} : { hash: session }) },
        ...left.changes,
        audit({ what: 'session.ended', subject: agent, about }, { moment, by }),
      ],
      events: left.events,
      answer: { status: 204, body: null },
    }
  },
})

export const ChangePasswordInput = Type.Object(
  {
    agent: word('agt_…'),
    passwordSetAt: instant,
    password: passwordHash,
    session: sessionHash,
  },
  { ...closed, description: 'Another password, by who knew the one before.' },
)
export type ChangePasswordInput = Static<typeof ChangePasswordInput>
export const changePassword = command({
  name: 'change-password',
  input: ChangePasswordInput,
  scope: null,
  locks: ({ agent }: ChangePasswordInput) => [agentLock(agent)],
  async facts({ agent }: ChangePasswordInput, read) {
    return { agent: (await read.desk()).agents.get(agent), setAt: await read.signingIn.passwordSetAt(agent) }
  },
  decide({ password, session, passwordSetAt }: ChangePasswordInput, { agent, setAt }, moment, by) {
    if (agent === undefined) return notFound('agent')
    if (setAt !== passwordSetAt)
      return { refuse: 'conflict', code: 'sign_in_again', why: 'Your password was changed meanwhile. Sign in again.' }
    const begun = begins(agent, session, moment)
    return {
      changes: [
        ...newPassword(agent.id, password, moment.now),
        begun.change,
        audit({ what: 'password.changed', subject: agent.id }, { moment, by }),
      ],
      events: [],
      answer: { status: 200, body: begun.body },
    }
  },
})

/** Whatever was opened by the one before is shut: sessions, and a link that would set another. */
export const newPassword = (agent: string, hash: string, at: Instant): readonly Change[] => [
  { do: 'put-password', agent, hash, at },
  { do: 'drop-invitation', agent },
  { do: 'end-sessions', agent },
]
