// Links that let somebody in once: for who was invited, and for the first administrator of a workspace (S25).
import { randomBytes } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { accept, emailInput, invite, InviteInput, linkOver, offerSetUp, setUp } from '../core/commands/invitations.ts'
import type { FoundInvitation } from '../core/ports/signing-in.ts'
import { sealedPlace } from '../core/ports/outbound.ts'
import { noticesTo } from '../core/rules/notice.ts'
import { instant, nullable } from '../schemas/shapes.ts'
import { bodyOf, callerOf, closed, gives, idParams, onceOnly, run } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { Problem, troubleOf } from './problem.ts'
import { asThem, checkPassword, hashOf, newPasswordInput, newSession, ran, SignedIn, tooMany } from './signing-in.ts'
import { makeTries, placeOf, type Tries } from './tries.ts'

const tags = ['people']
/** Of a minute, from one address: nobody guesses 256 bits, and nobody needs to try. */
const mostWrong = 30
const link = Type.String({ maxLength: 2_000, description: 'The whole link, or what stands after its #.' })
const Accept = Type.Object({ link, password: newPasswordInput }, closed)
const SetUp = Type.Object(
  {
    link,
    name: Type.String({ pattern: '\\S', maxLength: 200, description: 'What you are called.' }),
    email: emailInput,
    password: newPasswordInput,
  },
  closed,
)
const shown = {
  link: Type.String({ description: 'Shown once; it works once.' }),
  endsAt: Type.String({ ...instant, description: 'It works no longer than that.' }),
}

const Mailed = Type.Object({
  reply: Type.String({ description: 'GET /v1/replies/{id} says how it fares.' }),
  account: Type.String(),
  language: Type.String(),
})

type Kind = 'join' | 'setup'
/** After the #, so that no server and no log on the way is told. */
export function newLink(
  kind: Kind,
  bytes: Buffer,
  publicUrl: string,
): { readonly link: string; readonly hash: string } {
  const token = `inlet_${kind}_${bytes.toString('base64url')}`
  return { link: `${publicUrl}/join#${token}`, hash: hashOf(token) }
}
export const hashOfLink = (link: string): string | null => {
  const [token] = /inlet_(?:join|setup)_[A-Za-z0-9_-]{43}$/.exec(link.trim()) ?? []
  return token === undefined ? null : hashOf(token)
}

const inviting = {
  tags,
  summary: 'A link by which they set their password: give it to them, or have it mailed; one that was made before ends',
  params: idParams,
  body: bodyOf(InviteInput, ['agent', 'link', 'sealed']),
  response: gives(
    Type.Object({ agent: Type.String(), ...shown, mail: nullable(Mailed, 'null: it was not mailed.') }),
    201,
  ),
}
export function inviteRoute(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/agents/:id/invite',
    {
      schema: inviting,
      // Without a body: a link to pass on.
      preValidation: (request, _reply, done) => {
        request.body ??= {}
        done()
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { mail } = request.body as Pick<InviteInput, 'mail'>
      const made = newLink('join', onceOnly(request, 'join', deps.adminKey) ?? randomBytes(32), deps.publicUrl())
      const place = sealedPlace(noticesTo(id, mail?.account ?? ''))
      const seal = () => deps.secrets.seal(callerOf(request).workspace, place, made.link)
      const input = { agent: id, link: made.hash, ...(mail === undefined ? {} : { mail, sealed: await seal() }) }
      const sent = { ...request.params, ...(mail === undefined ? {} : { mail }) }
      return run({ it: invite, input, sent, also: { link: made.link } }, { request, reply }, deps)
    },
  )
}

export function acceptRoute(app: Api, deps: ApiDeps): void {
  const tries = makeTries(deps.clock, mostWrong)
  app.post(
    '/v1/invitations/accept',
    {
      schema: {
        tags,
        summary: 'Set the first password by a link, and be signed in',
        body: Accept,
        response: gives(SignedIn),
      },
    },
    async (request) => {
      const { found, hash } = await linkOf(request.body.link, { request, tries, deps })
      const { workspace, agent } = found
      const row = agent === null ? null : await deps.queries.one(workspace, 'agent', agent)
      if (agent === null || row === null) throw over
      const { password } = request.body
      checkPassword(password, [row.email, row.name])
      const session = newSession()
      const hashed = await hashIn(password, deps)
      const input = { link: hash, agent, password: hashed, session: session.hash }
      const by = asThem(request, agent)
      return { token: session.token, ...((await ran(accept, input, { workspace, by }, deps)) as object) }
    },
  )
}

export function setUpLinkRoute(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/setup-links',
    {
      schema: {
        tags,
        summary: 'A link by which the first administrator comes in; for a workspace where none does yet',
        response: gives(Type.Object({ workspace: Type.String(), ...shown }), 201),
      },
    },
    (request, reply) => {
      const made = newLink('setup', onceOnly(request, 'setup', deps.adminKey) ?? randomBytes(32), deps.publicUrl())
      const input = { link: made.hash, by: 'administrator' } as const
      return run({ it: offerSetUp, input, sent: {}, also: { link: made.link } }, { request, reply }, deps)
    },
  )
}

export function setUpRoute(app: Api, deps: ApiDeps): void {
  const tries = makeTries(deps.clock, mostWrong)
  app.post(
    '/v1/setup',
    {
      schema: {
        tags,
        summary: 'The first administrator, by the set-up link; signed in',
        body: SetUp,
        response: gives(SignedIn, 201),
      },
    },
    async (request, reply) => {
      const { link: given, name, email, password } = request.body
      const { found, hash } = await linkOf(given, { request, tries, deps })
      if (found.agent !== null) throw over
      checkPassword(password, [email, name])
      const session = newSession()
      const input = { link: hash, name, email, password: await hashIn(password, deps), session: session.hash }
      const by = asThem(request, null)
      reply.status(201)
      return {
        token: session.token,
        ...((await ran(setUp, input, { workspace: found.workspace, by }, deps)) as object),
      }
    },
  )
}

const over = new Problem(troubleOf(linkOver))
interface At {
  readonly request: FastifyRequest
  readonly tries: Tries
  readonly deps: ApiDeps
}
/** Looked at before the slow hash is made: a stranger's guess costs one look. */
async function linkOf(
  given: string,
  { request, tries, deps }: At,
): Promise<{ readonly found: FoundInvitation; readonly hash: string }> {
  const place = placeOf(request.ip)
  const retryAfterSeconds = tries.waitOf(place) ?? undefined
  if (retryAfterSeconds !== undefined)
    throw new Problem({
      status: 429,
      code: 'too_many_wrong_links',
      detail: 'Too many links were tried.',
      retryAfterSeconds,
    })
  const hash = hashOfLink(given)
  const found = hash === null ? null : await deps.signIns.invitation(hash)
  if (hash !== null && found !== null && deps.clock.now() < found.endsAt) return { found, hash }
  tries.count(place)
  throw over
}

async function hashIn(password: string, { passwords }: ApiDeps): Promise<string> {
  const made = await passwords.inTurn((turn) => turn.hash(password))
  if (made === 'busy') throw tooMany
  return made
}
