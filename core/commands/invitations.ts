// Links that work once: for somebody who was invited, and for whoever sets a workspace up first.
import { Type, type Static } from 'typebox'
import { oneOf } from '../../schemas/shapes.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { AgentRow } from '../ports/desk-rows.ts'
import type { InvitationRow } from '../ports/rows.ts'
import { agentDefault } from '../rules/desk-defaults.ts'
import { folded } from '../rules/fold.ts'
import { lockOf, type Moment } from '../ports/worker.ts'
import { whyNotOver } from '../rules/roles.ts'
import { endOfInvitation, endOfSetUp } from '../rules/sessions.ts'
import { audit } from './audited.ts'
import { InvitationMail, mailed, mailFacts } from './invitation-mail.ts'
import { closed, word } from './inputs.ts'
import { notFound, notOver } from './refusals.ts'
import { agentLock, begins, newPassword, passwordHash, sessionHash } from './sign-in.ts'

const linkHash = Type.String({ minLength: 32, maxLength: 200, description: 'Of the link’s last part.' })
export const emailInput = Type.String({
  pattern: '^[^\\s@]+@[^\\s@]+$',
  maxLength: 254,
  description: 'What they sign in by.',
})
export const linkOver: Refusal = {
  refuse: 'not-found',
  code: 'link_over',
  why: 'This link is not known, was used, or has ended. Ask for a new one.',
}
const works = (link: InvitationRow | null, { now }: Moment): link is InvitationRow => link !== null && now < link.endsAt

export const InviteInput = Type.Object(
  {
    agent: word('agt_…'),
    link: linkHash,
    mail: Type.Optional(InvitationMail),
    sealed: Type.Optional(Type.String({ description: 'Of `mail`: the link, as it may be kept.' })),
  },
  { ...closed, description: 'A link by which somebody sets their password, once.' },
)
export type InviteInput = Static<typeof InviteInput>
export const invite = command({
  name: 'invite',
  input: InviteInput,
  scope: 'people:write',
  locks: ({ agent, mail }: InviteInput) => [
    agentLock(agent),
    ...(mail === undefined ? [] : [lockOf('agent', 'notices', agent)]),
  ],
  async facts({ agent: id, mail }: InviteInput, read) {
    const desk = await read.desk()
    const agent = desk.agents.get(id)
    return { desk, agent, mail: mail === undefined || agent === undefined ? null : await mailFacts(mail, agent, read) }
  },
  decide({ link, mail: asked, sealed = '' }: InviteInput, { desk, agent, mail: facts }, moment, by) {
    if (agent === undefined) return notFound('agent')
    const why = whyNotOver(by, agent, agent)
    if (why !== null) return notOver(why)
    if (!agent.isActive)
      return {
        refuse: 'conflict',
        code: 'agent_inactive',
        why: `${agent.name} may not sign in. Make them active first.`,
      }
    const endsAt = endOfInvitation(moment.now)
    const mail =
      asked === undefined || facts === null ? null : mailed({ asked, sealed, agent, desk, facts, endsAt }, moment, by)
    if (mail !== null && 'refuse' in mail) return mail
    const about = { endsAt, ...(mail === null ? {} : { mailedFrom: mail.shown.account }) }
    return {
      changes: [
        { do: 'put-invitation', hash: link, agent: agent.id, at: moment.now, endsAt },
        audit({ what: 'invitation.made', subject: agent.id, about }, { moment, by }),
        ...(mail?.changes ?? []),
      ],
      events: [],
      answer: { status: 201, body: { agent: agent.id, endsAt, mail: mail?.shown ?? null } },
    }
  },
})

export const AcceptInput = Type.Object(
  { link: linkHash, agent: word('agt_…'), password: passwordHash, session: sessionHash },
  { ...closed, description: 'Somebody who was invited, and sets their password.' },
)
export type AcceptInput = Static<typeof AcceptInput>
export const accept = command({
  name: 'accept-invitation',
  input: AcceptInput,
  scope: null,
  locks: ({ agent }: AcceptInput) => [agentLock(agent)],
  async facts({ link, agent }: AcceptInput, read) {
    return { link: await read.signingIn.invitation(link), agent: (await read.desk()).agents.get(agent) }
  },
  decide({ password, session }: AcceptInput, { link, agent }, moment, by) {
    if (!works(link, moment) || agent?.isActive !== true || link.agent !== agent.id) return linkOver
    const begun = begins(agent, session, moment)
    return {
      changes: [
        ...newPassword(agent.id, password, moment.now),
        begun.change,
        audit({ what: 'invitation.accepted', subject: agent.id }, { moment, by }),
      ],
      events: [],
      answer: { status: 200, body: begun.body },
    }
  },
})

const setUpLock = lockOf('desk', 'set-up')
export const OfferSetUpInput = Type.Object(
  { link: linkHash, by: oneOf(['start', 'administrator'], 'Whose doing it was.') },
  { ...closed, description: 'A link by which the first administrator comes in, once.' },
)
export type OfferSetUpInput = Static<typeof OfferSetUpInput>
export const offerSetUp = command({
  name: 'offer-set-up',
  input: OfferSetUpInput,
  scope: 'admin',
  locks: () => [setUpLock],
  facts: async (_input: OfferSetUpInput, read) => ({
    workspace: (await read.workspace()).id,
    isSetUp: await read.signingIn.hasAdministrator(),
  }),
  decide({ link, by: whose }: OfferSetUpInput, { workspace, isSetUp }, moment, by) {
    if (isSetUp) return alreadySetUp
    const endsAt = endOfSetUp(moment.now)
    return {
      changes: [
        { do: 'put-invitation', hash: link, agent: null, at: moment.now, endsAt },
        audit({ what: 'setup_link.made', subject: workspace, about: { by: whose, endsAt } }, { moment, by }),
      ],
      events: [],
      answer: { status: 201, body: { workspace, endsAt } },
    }
  },
})
const alreadySetUp: Refusal = {
  refuse: 'conflict',
  code: 'already_set_up',
  why: 'An administrator signs in here already. They invite others: POST /v1/agents/{id}/invite; with the administrator’s key you can invite them anew.',
}

export const SetUpInput = Type.Object(
  {
    link: linkHash,
    name: word('What they are called.'),
    email: emailInput,
    password: passwordHash,
    session: sessionHash,
  },
  { ...closed, description: 'The first administrator of a workspace.' },
)
export type SetUpInput = Static<typeof SetUpInput>
export const setUp = command({
  name: 'set-up',
  input: SetUpInput,
  scope: null,
  locks: () => [setUpLock],
  async facts({ link }: SetUpInput, read) {
    return {
      link: await read.signingIn.invitation(link),
      isSetUp: await read.signingIn.hasAdministrator(),
      agents: (await read.desk()).rows.agents,
      workspace: (await read.workspace()).id,
    }
  },
  decide(input: SetUpInput, { link, isSetUp, agents, workspace }, moment, by) {
    if (!works(link, moment) || link.agent !== null) return linkOver
    if (isSetUp) return alreadySetUp
    const same = agents.find((it) => folded(it.email) === folded(input.email))
    if (same !== undefined && (same.role !== 'administrator' || !same.isActive))
      return {
        refuse: 'conflict',
        code: 'email_taken',
        why: `${same.name} has this e-mail and is no active administrator. Take another, or make them one with the administrator’s key.`,
        field: 'email',
      }
    const agent = same ?? firstAdministrator(input, moment)
    const begun = begins(agent, input.session, moment)
    return {
      changes: [
        ...(same === undefined ? [{ do: 'put-agent', agent, create: true } as const] : []),
        ...newPassword(agent.id, input.password, moment.now),
        { do: 'drop-invitation', agent: null },
        begun.change,
        audit({ what: 'workspace.set_up', subject: workspace, about: { agent: agent.id } }, { moment, by }),
      ],
      events: [],
      answer: { status: 201, body: begun.body },
    }
  },
})

const firstAdministrator = ({ name, email }: SetUpInput, moment: Moment): AgentRow => ({
  ...agentDefault,
  id: moment.newId('agt'),
  name: name.trim(),
  email,
  role: 'administrator',
  version: 1,
})
