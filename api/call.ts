// What every route shares: who asks, where in a list, and how a command's outcome becomes an answer.
import { createHmac } from 'node:crypto'
import { Type, type TSchema } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isRefusal, type Command } from '../core/ports/command.ts'
import type { Listed, PageAsk } from '../core/ports/queries.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import type { Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { invalid, Problem, troubleOf } from './problem.ts'

export const closed = { additionalProperties: false } as const
export const longestPage = 200
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: longestPage,
      description: `How many, at most ${longestPage}; 50 when left out.`,
    }),
  ),
  after: Type.Optional(Type.String({ maxLength: 2_000, description: '`next` of the page before.' })),
}
export const pageOf = (query: { readonly limit?: number; readonly after?: string }): PageAsk => ({
  limit: query.limit ?? 50,
  after: query.after ?? null,
})
/** For the documents only: what is answered is made from rows in one place, and is not cut to a schema. */
export const gives = (schema: TSchema, status = 200): unknown => ({ [status]: schema })
/** An id that does not look like one is an id of nothing: 404, not 400. */
export const idParams = Type.Object({ id: Type.String({ maxLength: 300 }) })

/** The fields of a command's input that a body may hold: without those the path names; `elsewhere` may also come in a header. */
export function bodyOf(input: TSchema, fromPath: readonly string[] = [], elsewhere: readonly string[] = []): TSchema {
  const { properties = {}, description } = input as unknown as {
    readonly properties?: Record<string, TSchema>
    readonly description?: string
  }
  const kept = Object.entries(properties)
    .filter(([name]) => !fromPath.includes(name))
    .map(([name, schema]) => [name, elsewhere.includes(name) ? Type.Optional(schema) : schema])
  return Type.Object(Object.fromEntries(kept) as Record<string, TSchema>, {
    ...closed,
    ...(description === undefined ? {} : { description }),
  })
}

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller !== null) return request.caller
  throw new Problem({ status: 401, code: 'key_missing', detail: 'Send `Authorization: Bearer <key>`.' })
}

/** A page, or why the cursor cannot be gone on with. */
export function listed<T>(page: Listed<T>): { readonly items: readonly T[]; readonly next: string | null } {
  if ('refuse' in page)
    throw invalid('after', 'This cursor is not one of this list and order. Begin without `after`.', 'invalid_cursor')
  return page
}

export interface Door {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}
export interface Asked<Input, Facts> {
  readonly it: Command<Input, Facts>
  readonly input: Input
  /** What was sent, where the input holds more: sealed secrets and fresh bytes are new each time, a repeat of the body is not. */
  readonly sent?: unknown
  /** What is shown once and kept nowhere. */
  readonly also?: Readonly<Record<string, unknown>>
  /** Another than the caller's: of the administrator, who makes one. */
  readonly workspace?: WorkspaceId
}

/** Runs it and sets status and headers; gives the body. A refusal is thrown as its problem. */
export async function run<Input, Facts>(
  { it, input, sent, also, workspace }: Asked<Input, Facts>,
  { request, reply }: Door,
  deps: Pick<ApiDeps, 'commands' | 'adminKey'>,
): Promise<unknown> {
  const caller = callerOf(request)
  const outcome = await deps.commands.run(it, input, {
    workspace: workspace ?? caller.workspace,
    by: caller.asker,
    idempotencyKey: request.method === 'POST' ? idempotencyKeyOf(request) : null,
    ...(sent === undefined ? {} : { fingerprint: fingerprintOf(sent, deps.adminKey) }),
  })
  if (isRefusal(outcome)) throw new Problem(troubleOf(outcome))
  reply.status(outcome.status)
  if (outcome.repeated) reply.header('inlet-repeated', 'true')
  const body = outcome.body as Readonly<Record<string, unknown>> | null
  if (typeof body?.['version'] === 'number') reply.header('etag', `"${body['version']}"`)
  return also === undefined ? body : { ...body, ...also }
}

/** Keyed, since what was sent may hold a secret that is short enough to guess. */
const fingerprintOf = (sent: unknown, key: string): string =>
  createHmac('sha256', key).update(JSON.stringify(sent)).digest('hex')

export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw invalid('Idempotency-Key', 'Idempotency-Key must be 1 to 200 printable characters without spaces.')
}

/** The version a change was made from: in the body, or as `If-Match: "4"`. Both may be there when they agree. */
export function versionOf(request: FastifyRequest, inBody: number | undefined): number {
  const header = request.headers['if-match']
  const [, digits] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header ?? '') ?? []
  if (header !== undefined && digits === undefined)
    throw invalid('If-Match', 'If-Match must be the version that was read, such as "4".')
  const inHeader = digits === undefined ? undefined : Number(digits)
  if (inHeader !== undefined && inBody !== undefined && inHeader !== inBody)
    throw invalid('version', `The body says version ${inBody} and If-Match says ${inHeader}.`)
  const version = inBody ?? inHeader
  if (version !== undefined) return version
  throw new Problem({
    status: 428,
    code: 'version_missing',
    field: 'version',
    detail: 'Say which version you changed: `version` in the body, or If-Match.',
  })
}

/** Shown once and stored nowhere, yet the same for the same Idempotency-Key: made from it, the caller and a key that never leaves this process. */
export function onceOnly(request: FastifyRequest, what: string, adminKey: string): Buffer | null {
  const key = idempotencyKeyOf(request)
  if (key === null) return null
  const { workspace, asker } = callerOf(request)
  return createHmac('sha256', adminKey)
    .update(JSON.stringify([what, workspace, asker.actor.id, key]))
    .digest()
}
