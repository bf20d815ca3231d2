// People at the door: signing in with e-mail and password, out, and who one is (S22, S23, S28, D41).
import { createHash, randomBytes } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { changePassword, endSession, signInRefused, startSession } from '../core/commands/sign-in.ts'
import { isRefusal, type Asker, type Command } from '../core/ports/command.ts'
import type { Claimed, PasswordTurn } from '../core/ports/signing-in.ts'
import { folded } from '../core/rules/fold.ts'
import { longest, whyNotAPassword } from '../core/rules/password.ts'
import { AgentAnswer } from '../schemas/desk-answers.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { instant } from '../schemas/shapes.ts'
import { headerOf, sessionPrefix } from './auth.ts'
import { callerOf, closed, gives } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { notFound, Problem, troubleOf } from './problem.ts'
import { makeTries, placeOf, type Tries } from './tries.ts'

const tags = ['people']
/** Of a minute, for one e-mail and for one address (D41). */
const mostWrong = 5

const { id, name, email, role, brands, channels, languages, groups } = AgentAnswer.properties
export const SignedIn = Type.Object({
  token: Type.String({ description: 'Shown once: send it as `Authorization: Bearer <token>`.' }),
  agent: Type.Object({ id, name, email, role, brands, channels, languages, groups }),
  idleUntil: Type.String({ ...instant, description: 'Over then, unless it is used before.' }),
  endsAt: Type.String({ ...instant, description: 'Over then, however much it is used.' }),
})
const typed = (description: string) => Type.String({ minLength: 1, maxLength: 4 * longest, description })
export const newPasswordInput = typed(`12 to ${longest} characters; those that everybody tries first are not taken.`)
const LogIn = Type.Object({ email: typed('As the agent has it.'), password: typed('Theirs.') }, closed)
const LogOut = Type.Object(
  { everywhere: Type.Optional(Type.Boolean({ description: 'All sessions of this person, not this one alone.' })) },
  closed,
)
const ChangePassword = Type.Object({ current: typed('As it is now.'), password: newPasswordInput }, closed)

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
export function newSession(): { readonly token: string; readonly hash: string } {
  const token = `${sessionPrefix}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashOf(token) }
}

/** One count for both: whoever guesses at the one may not go on at the other. */
export function signInRoutes(app: Api, deps: ApiDeps): void {
  const tries = makeTries(deps.clock, mostWrong)
  logInRoute(app, { deps, tries })
  passwordRoute(app, { deps, tries })
}
interface Needs {
  readonly deps: ApiDeps
  readonly tries: Tries
}

function logInRoute(app: Api, { deps, tries }: Needs): void {
  app.post(
    '/v1/login',
    {
      schema: {
        tags,
        summary: 'Sign in; the header Inlet-Workspace names the workspace, main when left out',
        body: LogIn,
        response: gives(SignedIn),
      },
    },
    (request) => {
      const workspace = (headerOf(request, 'inlet-workspace') ?? 'main') as WorkspaceId
      return prove({ workspace, ...request.body }, { request, tries, deps, wrong: wrongLogIn }, async (known, turn) => {
        const session = newSession()
        const rehashed = deps.passwords.isWeak(known.hash) ? await turn.hash(request.body.password) : null
        const input = { agent: known.agent, passwordSetAt: known.setAt, session: session.hash, rehashed }
        const by = asThem(request, known.agent)
        return { token: session.token, ...((await ran(startSession, input, { workspace, by }, deps)) as object) }
      })
    },
  )
}

function passwordRoute(app: Api, { deps, tries }: Needs): void {
  app.post(
    '/v1/me/password',
    {
      schema: {
        tags,
        summary: 'Another password; all sessions end, and the answer is a new one',
        body: ChangePassword,
        response: gives(SignedIn),
      },
    },
    async (request) => {
      const { workspace, asker } = callerOf(request)
      const me = await ownRow(request, deps)
      const { current, password } = request.body
      checkPassword(password, [me.email, me.name])
      const asked = { workspace, email: me.email, password: current }
      return prove(asked, { request, tries, deps, wrong: wrongPassword }, async (known, turn) => {
        const session = newSession()
        const hash = await turn.hash(password)
        const input = { agent: known.agent, passwordSetAt: known.setAt, password: hash, session: session.hash }
        return {
          token: session.token,
          ...((await ran(changePassword, input, { workspace, by: asker }, deps)) as object),
        }
      })
    },
  )
}

export function meRoutes(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/logout',
    { schema: { tags, summary: 'This session ends, at once and everywhere', body: Type.Optional(LogOut) } },
    async (request, reply) => {
      const { workspace, asker, session } = callerOf(request)
      const { everywhere } = (request.body ?? {}) as { readonly everywhere?: boolean }
      const input = { agent: asker.actor.id ?? '', session: everywhere === true ? null : (session?.hash ?? null) }
      await ran(endSession, input, { workspace, by: asker }, deps)
      return done(reply)
    },
  )
  const Me = Type.Object({
    ...AgentAnswer.properties,
    scopes: Type.Array(Type.String(), { description: 'What the role may do.' }),
    session: Type.Object({ idleUntil: instant, endsAt: instant }),
  })
  app.get(
    '/v1/me',
    { schema: { tags, summary: 'Who signed in, and what they may do', response: gives(Me) } },
    async (request) => {
      const { asker, session } = callerOf(request)
      const { idleUntil, endsAt } = session ?? {}
      return { ...(await ownRow(request, deps)), scopes: asker.scopes, session: { idleUntil, endsAt } }
    },
  )
}

const done = (reply: FastifyReply): FastifyReply => reply.status(204).send()

async function ownRow(request: FastifyRequest, { queries }: ApiDeps) {
  const { workspace, asker } = callerOf(request)
  const me = await queries.one(workspace, 'agent', asker.actor.id ?? '')
  if (me === null) throw notFound('agent')
  return me
}

export function checkPassword(password: string, about: readonly string[]): void {
  const why = whyNotAPassword(password, about)
  if (why !== null) throw new Problem({ status: 422, code: 'password_refused', field: 'password', detail: why })
}

/** Whoever proved to be somebody; before they have a session. */
export const asThem = (request: FastifyRequest, agent: string | null): Asker => ({
  actor: { kind: 'agent', id: agent },
  scopes: [],
  from: request.ip,
  correlation: request.id,
})

/** A command that needs no more than what the door proved. */
export async function ran<Input, Facts>(
  it: Command<Input, Facts>,
  input: Input,
  { workspace, by }: { readonly workspace: WorkspaceId; readonly by: Asker },
  { commands }: Pick<ApiDeps, 'commands'>,
): Promise<unknown> {
  const outcome = await commands.run(it, input, { workspace, by, idempotencyKey: null })
  if (isRefusal(outcome)) throw new Problem(troubleOf(outcome))
  return outcome.body
}

interface Proof {
  readonly workspace: WorkspaceId
  readonly email: string
  readonly password: string
}
interface At {
  readonly request: FastifyRequest
  readonly tries: Tries
  readonly deps: ApiDeps
  /** Said when it is. */
  readonly wrong: Problem
}
type Known = { readonly [K in keyof Claimed]: NonNullable<Claimed[K]> }
type Proven<T> = { readonly value: T } | { readonly claimed: Claimed | null }

/** The e-mail's password is right, or a problem that says nothing of which of the two was wrong. Only wrong ones count. */
async function prove<T>(proof: Proof, at: At, then: (known: Known, turn: PasswordTurn) => Promise<T>): Promise<T> {
  const { request, tries, deps } = at
  const { workspace } = proof
  // Folded, as each way to write an i would be tries of its own.
  const names = [JSON.stringify([workspace, folded(proof.email)]), placeOf(request.ip)]
  refuseWhere(tries, names)
  const proven = await deps.passwords.inTurn(async (turn): Promise<Proven<T>> => {
    refuseWhere(tries, names) // the others of a flood were wrong meanwhile
    const claimed = await look(proof, { names, turn, tries, deps })
    return isKnown(claimed) ? { value: await then(claimed, turn) } : { claimed: claimed.is }
  })
  if (proven === 'busy') throw tooMany
  if ('value' in proven) return proven.value
  const agent = proven.claimed?.agent ?? null
  if (proven.claimed !== null) await ran(signInRefused, { agent }, { workspace, by: asThem(request, agent) }, deps)
  throw at.wrong
}

interface Looking {
  readonly names: readonly string[]
  readonly turn: PasswordTurn
  readonly tries: Tries
  readonly deps: ApiDeps
}
type Looked = Known | { readonly is: Claimed | null }
const isKnown = (looked: Looked): looked is Known => !('is' in looked)

/** As long for nobody as for somebody. What could not be looked up was not wrong. */
async function look(
  { workspace, email: address, password }: Proof,
  { names, turn, tries, deps }: Looking,
): Promise<Looked> {
  const takeBack = tries.count(...names)
  try {
    const is = await deps.signIns.claimed(workspace, address.trim())
    const isRight = await turn.isRight(password, is?.hash ?? null)
    const { agent, hash, setAt } = is ?? { agent: null, hash: null, setAt: null }
    if (!isRight || agent === null || hash === null || setAt === null) return { is }
    takeBack()
    return { agent, hash, setAt }
  } catch (error) {
    takeBack()
    throw error
  }
}

function refuseWhere(tries: Tries, names: readonly string[]): void {
  const retryAfterSeconds = tries.waitOf(...names) ?? undefined
  if (retryAfterSeconds === undefined) return
  const detail = `Too many wrong passwords. Wait ${retryAfterSeconds} seconds; then ${mostWrong} more are looked at in a minute.`
  throw new Problem({ status: 429, code: 'too_many_wrong_passwords', detail, retryAfterSeconds })
}
const wrongLogIn = new Problem({
  status: 401,
  code: 'login_wrong',
  detail: 'E-mail and password do not belong together, or this person may not sign in.',
})
const wrongPassword = new Problem({
  status: 403,
  code: 'password_wrong',
  field: 'current',
  detail: 'This is not your present password.',
})
export const tooMany = new Problem({
  status: 503,
  code: 'too_many_log_ins',
  detail: 'Very many sign in right now. Try again in a moment.',
  retryAfterSeconds: 5,
})
