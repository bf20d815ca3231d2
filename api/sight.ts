// What a person sees who is limited to brands or channels: decided here for every operation, so that no route has to remember it (D54).
import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyRequest } from 'fastify'
import type { Answers, Queries, Sees } from '../core/ports/queries.ts'
import { maySee } from '../core/rules/sees.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import type { Caller } from './auth.ts'
import type { Api } from './deps.ts'
import { Problem } from './problem.ts'

export interface Sight {
  /** For every route: asks as whoever calls, and answers 403 for one thing that is there and not theirs. */
  readonly queries: Queries
  /** Adds what has to happen around each call; after who calls is known. */
  guard(app: Api): void
}

/** Operations that show or touch what lies across brands, and cannot be cut to a part of it. What may be limited to one, its command judges. */
const wholeOnly: ReadonlySet<string> = new Set([
  ...['folders', 'statuses', 'calendars', 'groups'].flatMap((path) => [
    `POST /v1/${path}`,
    `PATCH /v1/${path}/:id`,
    `DELETE /v1/${path}/:id`,
  ]),
  'PATCH /v1/workspaces/:id',
  'POST /v1/keys',
  'DELETE /v1/keys/:id',
  'POST /v1/parked/:id/retry',
  'DELETE /v1/parked/:id',
  'POST /v1/replay',
  'GET /v1/raws/:id',
  'GET /v1/audit',
])
/** What the first word of a path and the id after it name. */
const named = {
  tickets: 'ticket',
  messages: 'message',
  replies: 'reply',
  attachments: 'attachment',
  contacts: 'contact',
} as const
type Named = (typeof named)[keyof typeof named]
/** What a body may name, wherever it does. */
const inBodies: Readonly<Record<string, Named>> = {
  ticket: 'ticket',
  tickets: 'ticket',
  parent: 'ticket',
  replyTo: 'message',
  contact: 'contact',
}

export function makeSight(all: Queries): Sight {
  const calls = new AsyncLocalStorage<Queries>()
  const queries = askingAs(() => {
    const own = calls.getStore()
    if (own === undefined)
      throw new RangeError('A query was asked outside of a call, so nobody knows who may see what.')
    return own
  })
  const ofCall = new WeakMap<FastifyRequest, Queries>()
  const own = (request: FastifyRequest): Queries => {
    const known = ofCall.get(request) ?? seenBy(request.caller, all)
    ofCall.set(request, known)
    return known
  }
  return {
    queries,
    guard(app) {
      // Twice: a body that arrives in pieces loses the thread of the call between them.
      app.addHook('onRequest', (request, _reply, done) => {
        const isPart = request.caller !== null && seesOf(request.caller) !== null
        if (isPart && wholeOnly.has(`${request.method} ${request.routeOptions.url ?? ''}`)) done(ofTheWhole)
        else calls.run(own(request), done)
      })
      app.addHook('preValidation', (request, _reply, done) => calls.run(own(request), done))
      app.addHook('preHandler', async (request) => {
        if (request.caller !== null && seesOf(request.caller) !== null)
          await checkNamed(request, request.caller, queries)
      })
    },
  }
}

/** Null: everything. */
export function seesOf({ asker: { agent } }: Caller): Sees | null {
  return agent === undefined || (agent.brands === null && agent.channels === null)
    ? null
    : { brands: agent.brands, channels: agent.channels }
}

const seenBy = (caller: Caller | null, all: Queries): Queries => {
  const sees = caller === null ? null : seesOf(caller)
  return sees === null ? all : saying(all.seenBy(sees), all)
}

/** What is there and not theirs is said so, not hidden: they work here, and a colleague may have sent them the number. */
function saying(part: Queries, all: Queries): Queries {
  const notTheirs = async <T>(found: T | null, isThere: () => Promise<unknown>): Promise<T | null> => {
    if (found === null && (await isThere()) !== null) throw notYours
    return found
  }
  const ofTicket = <P extends 'messages' | 'history' | 'replies'>(what: P): Queries[P] =>
    // The three differ in what they list alone; TypeScript does not follow that through a name.
    (async (workspace: WorkspaceId, ticket: string, page: never) =>
      notTheirs(await (part[what] as Queries['messages'])(workspace, ticket, page), () =>
        all.one(workspace, 'ticket', ticket),
      )) as never
  return {
    ...part,
    one: async (workspace, what, id) =>
      notTheirs(await part.one(workspace, what, id), () => all.one(workspace, what, id)),
    file: async (workspace, id) => notTheirs(await part.file(workspace, id), () => all.file(workspace, id)),
    messages: ofTicket('messages'),
    history: ofTicket('history'),
    replies: ofTicket('replies'),
  }
}

const notYours = new Problem({
  status: 403,
  code: 'not_yours',
  detail: 'This belongs to a brand or channel that you may not see. Ask whoever looks after people here.',
})

const ofTheWhole = new Problem({
  status: 403,
  code: 'not_yours',
  detail: 'This is about the whole workspace, and you see a part of it. Ask somebody who sees all.',
})

/** Whatever the path or the body names is asked for as them, before anything is done. */
async function checkNamed(request: FastifyRequest, caller: Caller, queries: Queries): Promise<void> {
  const url = request.routeOptions.url ?? ''
  const { workspace } = caller
  const [, word = ''] = /^\/v1\/(\w+)\/:id/.exec(url) ?? []
  if (Object.hasOwn(named, word)) {
    const { id } = request.params as { readonly id: string }
    await queries.one(workspace, named[word as keyof typeof named], id)
  }
  const body = (request.body ?? {}) as Readonly<Record<string, unknown>>
  for (const [field, what] of Object.entries(inBodies))
    for (const id of [body[field]].flat()) if (typeof id === 'string') await queries.one(workspace, what, id)
  if (request.method === 'POST' && url === '/v1/tickets') await checkNew(body, caller, queries)
}

/** A ticket that they open is one that they will see. */
async function checkNew(body: Readonly<Record<string, unknown>>, caller: Caller, queries: Queries): Promise<void> {
  const account = body['account'] as { readonly channel: string; readonly id: string } | undefined
  const from: Answers['account'] | null =
    account === undefined ? null : await queries.one(caller.workspace, 'account', `${account.channel}/${account.id}`)
  const brand = (body['brand'] as string | undefined) ?? from?.brand ?? null
  if (!maySee(seesOf(caller), { brand, channel: account?.channel ?? null }))
    throw new Problem({
      status: 403,
      code: 'not_yours',
      field: 'brand',
      detail: 'You could not see this ticket yourself: name a brand and a channel that you may see.',
    })
}

/** The same port, asked as whoever calls at that moment; what is added to it is asked so too. */
const askingAs = (who: () => Queries): Queries =>
  new Proxy({} as Queries, { get: (_none, name) => Reflect.get(who(), name) as unknown })
