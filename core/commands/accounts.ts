// Channel accounts: made, changed, dropped. Secrets come sealed or as references; their values are never here.
import { Type, type Static } from 'typebox'
import { assignmentModes } from '../../schemas/agent.ts'
import { LifecycleSet } from '../../schemas/lifecycle.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import { command, type Asker, type Refusal } from '../ports/command.ts'
import type { Reader } from '../ports/reader.ts'
import type { AccountRow, BrandRow } from '../ports/rows.ts'
import type { Change, Moment } from '../ports/worker.ts'
import { accountLock } from '../rules/account-lock.ts'
import { whyNotAccountOf } from '../rules/roles.ts'
import { accountsBehind, readEndpoint, whyNotBehind, whyNotDropped, type EndpointFacts } from './account-endpoint.ts'
import { accountMade, accountChanged } from './account-row.ts'
import { whyNotReferred } from './account-secrets.ts'
import { audit } from './audited.ts'
import { daysAnew, deskFacts, settingsLock, whyNotDropped as whyStillNamed, type DeskFacts } from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound, notOver, staleVersion } from './refusals.ts'

const head = {
  channel: inputs.word('The channel.'),
  id: Type.String({
    pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$',
    description: 'The account: letters, digits, dots, hyphens, underscores.',
  }),
}
const settings = Type.Record(Type.String(), Type.Unknown(), { description: 'As the channel’s page lists them.' })
const secret = Type.String({ minLength: 1, maxLength: 100_000 })
const tokenHash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the token in the address.' })
const shared = {
  endpoint: Type.Optional(nullable(inputs.word('What knocks for this account; its own when left out.'))),
  brand: Type.Optional(nullable(inputs.word('The brand of its tickets.'))),
  tokenHash: Type.Optional(nullable(tokenHash)),
  assignment: Type.Optional(
    nullable(
      oneOf(assignmentModes),
      'How its tickets find their agent; null: `auto` where conversations are live, else `pool`.',
    ),
  ),
  autoAfterMinutes: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_080,
      description: 'Of `pool_then_auto`: so long anybody may take it first.',
    }),
  ),
  lifecycle: Type.Optional(nullable(LifecycleSet, 'What differs of the life of its tickets; null: nothing.')),
}
export const CreateAccountInput = Type.Object(
  {
    ...head,
    ...shared,
    settings,
    secrets: Type.Record(Type.String(), secret, { description: 'Sealed, or env:NAME, file:PATH.' }),
  },
  { ...inputs.closed, description: 'An account of a channel.' },
)
export type CreateAccountInput = Static<typeof CreateAccountInput>
export const UpdateAccountInput = Type.Object(
  {
    ...head,
    ...shared,
    version: Type.Integer({ minimum: 1, description: 'The version you saw.' }),
    settings: Type.Optional(settings),
    secrets: Type.Optional(
      Type.Record(Type.String(), nullable(secret), { description: 'Those that change; null takes one away.' }),
    ),
    enabled: Type.Optional(Type.Boolean({ description: 'false: nothing is received or sent.' })),
  },
  { ...inputs.closed, description: 'What of an account is to change.' },
)
export type UpdateAccountInput = Static<typeof UpdateAccountInput>
export const DropAccountInput = Type.Object(head, { ...inputs.closed, description: 'An account that goes.' })
export type DropAccountInput = Static<typeof DropAccountInput>

type Head = Static<typeof DropAccountInput>
interface Facts {
  readonly known: AccountRow | null
  readonly brand: BrandRow | null
  readonly knocks: EndpointFacts
  readonly whyNot: Reader['whyNotAnAccount']
  readonly routesOf: Reader['routesOf']
}
/** With what knocks for it, so that neither goes while the other comes. */
const locksOf = ({ channel, id, endpoint }: Head & { readonly endpoint?: string | null }) =>
  [...new Set([id, endpoint ?? id])].map((name) => accountLock(channel, name))
const nameOf = ({ channel, id }: Head): string => `${channel}/${id}`
const scope = 'settings:write'

type Asked = Head & { readonly brand?: string | null; readonly endpoint?: string | null }

async function readFacts(input: Asked, read: Reader): Promise<Facts> {
  const known = await read.accounts.one(input.channel, input.id)
  const endpoint = input.endpoint === undefined ? (known?.endpoint ?? null) : input.endpoint
  return {
    known,
    knocks: await readEndpoint(input, endpoint, read),
    brand: input.brand ? await read.brands.one(input.brand) : null,
    whyNot: (...asked) => read.whyNotAnAccount(...asked),
    routesOf: (...asked) => read.routesOf(...asked),
  }
}

export const createAccount = command({
  name: 'create-account',
  input: CreateAccountInput,
  scope,
  locks: (input: CreateAccountInput) => locksOf(input),
  facts: (input: CreateAccountInput, read) => readFacts(input, read),
  decide(input: CreateAccountInput, facts: Facts, moment, by) {
    if (facts.known !== null)
      return { refuse: 'conflict', code: 'exists', why: `There is an account ${nameOf(input)} already.`, field: 'id' }
    const account = accountMade(input, moment.now)
    const refusal = notTheirs(by, account) ?? whyNotReferred(input.secrets, by) ?? whyNot(account, facts)
    return refusal ?? put(account, facts, { moment, by, create: true })
  },
})

export const updateAccount = command({
  name: 'update-account',
  input: UpdateAccountInput,
  scope,
  locks: (input: UpdateAccountInput) => locksOf(input),
  facts: (input: UpdateAccountInput, read) => readFacts(input, read),
  decide(input: UpdateAccountInput, facts: Facts, moment, by) {
    const { known } = facts
    if (known === null) return notFound('account')
    if (known.version !== input.version) return staleVersion('account', known.version)
    const account = accountChanged(known, input, moment.now)
    const refusal =
      notTheirs(by, known) ??
      notTheirs(by, account) ??
      whyNotReferred(input.secrets, by) ??
      whyNot(account, facts, input.brand ?? null)
    return refusal ?? put(account, facts, { moment, by, create: false })
  },
})

interface DropFacts extends DeskFacts {
  readonly known: AccountRow | null
  readonly behind: readonly AccountRow[]
}
export const dropAccount = command({
  name: 'drop-account',
  input: DropAccountInput,
  scope,
  locks: (input: DropAccountInput) => [settingsLock, ...locksOf(input)],
  facts: async (input: DropAccountInput, read): Promise<DropFacts> => ({
    known: await read.accounts.one(input.channel, input.id),
    behind: await accountsBehind(input, read),
    ...(await deskFacts(input, read)),
  }),
  decide(input: DropAccountInput, { known, behind, desk }: DropFacts, moment, by) {
    if (known === null) return notFound('account')
    const needed = notTheirs(by, known) ?? whyNotDropped(known, behind) ?? whyStillNamed(desk, 'account', nameOf(input))
    if (needed !== null) return needed
    const line = audit({ what: 'account.dropped', subject: nameOf(input) }, { moment, by })
    const drop: Change = { do: 'drop-account', channel: input.channel, account: input.id }
    const changes = [drop, ...daysAnew(known.lifecycle, moment), line]
    return { changes, events: [], answer: { status: 204, body: null } }
  },
})

function notTheirs(by: Asker, account: AccountRow): Refusal | null {
  const why = whyNotAccountOf(by, account)
  return why === null ? null : notOver(why)
}

/** A brand that was set before may have gone since; only one that is set now must be there. */
function whyNot(account: AccountRow, facts: Facts, asked: string | null | undefined = account.brand): Refusal | null {
  if (asked && facts.brand === null)
    return invalid('unknown_brand', 'brand', `There is no brand "${asked}" in this workspace.`)
  const found = facts.whyNot(account.channel, account.settings, Object.keys(account.secrets))
  if (found !== null) return invalid('invalid_account', found.field, found.why)
  return whyNotBehind(account, facts.knocks, facts.routesOf)
}

function put(
  account: AccountRow,
  { known, routesOf }: Facts,
  how: { readonly moment: Moment; readonly by: Asker; readonly create: boolean },
) {
  const name = nameOf(account)
  const line = (what: string, about: Record<string, string>) => audit({ what, subject: name, about }, how)
  const routes = routesOf(account.channel, account.settings)
  const turned = changedSecrets(known, account)
  const changes: readonly Change[] = [
    { do: 'put-account', account, routes, create: how.create },
    ...(how.create ? daysAnew(account.lifecycle, how.moment) : []),
    line(how.create ? 'account.created' : 'account.changed', {}),
    ...turned.map((secret) => line('secret.changed', { secret })),
  ]
  return { changes, events: [], answer: { status: how.create ? 201 : 200, show: 'account', id: name } as const }
}

const changedSecrets = (before: AccountRow | null, after: AccountRow): readonly string[] =>
  [...new Set([...Object.keys(before?.secrets ?? {}), ...Object.keys(after.secrets)])].filter(
    (name) => before?.secrets[name] !== after.secrets[name],
  )
