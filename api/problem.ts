// Errors as RFC 9457 problems: a word for programs, a sentence for people, an id to find the log line by; never a stack or SQL (S30).
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isGatewayError, isOfTheWorld, messageOf } from '../core/errors.ts'
import type { Refusal } from '../core/ports/command.ts'
import type { Logger } from '../core/ports/edges.ts'
import { whyInvalid } from './why-invalid.ts'

export interface Trouble {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly field?: string
  /** What the caller needs to go on. */
  readonly facts?: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number
}
/** Thrown by a handler to be answered as a problem. */
export class Problem extends Error {
  readonly trouble: Trouble
  constructor(trouble: Trouble) {
    super(trouble.detail)
    this.trouble = trouble
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not for this address',
  406: 'Not in this form',
  409: 'In conflict with what is',
  410: 'Gone',
  413: 'Too large',
  414: 'The address is too long',
  415: 'Not in this form',
  421: 'Not the host that was asked for',
  422: 'Understood, but it cannot be done',
  428: 'A version is needed',
  429: 'Too many requests',
  500: 'Something failed here',
  503: 'Not now',
}

export function sendProblem(trouble: Trouble, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, detail, field, facts, retryAfterSeconds } = trouble
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="inlet"')
  return reply
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        ...facts,
        type: `urn:inlet:problem:${code}`,
        title: titles[status] ?? 'Not done',
        status,
        detail,
        instance: `urn:inlet:call:${request.id}`,
        ...(field === undefined ? {} : { field }),
        code,
      }),
    )
}

const statusOf = { invalid: 422, forbidden: 403, 'not-found': 404, conflict: 409 } as const
export const troubleOf = (refusal: Refusal): Trouble => ({
  status: statusOf[refusal.refuse],
  code: refusal.code,
  detail: refusal.why,
  ...(refusal.field === undefined ? {} : { field: refusal.field }),
  ...(refusal.facts === undefined ? {} : { facts: refusal.facts }),
})
export const notFound = (what: string): Problem =>
  new Problem({ status: 404, code: 'not_found', detail: `There is no such ${what} in this workspace.` })
export const invalid = (field: string, detail: string, code = 'invalid'): Problem =>
  new Problem({ status: 400, code, field, detail })

/** What Fastify itself refuses, in our words. */
const ofTheDoor: Readonly<Record<string, Pick<Trouble, 'code' | 'detail'>>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_json', detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_json', detail: 'The body is empty; it should be a JSON object.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', detail: 'The body is larger than this gateway takes.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type', detail: 'Send JSON, with Content-Type: application/json.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'invalid', detail: 'The body is not as long as Content-Length says.' },
}

export const errorHandler =
  (logger: Logger) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendProblem(asTrouble(error, request, logger), request, reply)

export function asTrouble(error: FastifyError, request: FastifyRequest, logger: Logger): Trouble {
  if (error instanceof Problem) return error.trouble
  if (error.validation !== undefined)
    return { status: 400, ...whyInvalid(error, request.routeOptions.schema, valueOf(error, request)) }
  // A value no column takes, such as a NUL in a search: the caller's to mend.
  if (isGatewayError(error, 'event.invalid'))
    return { status: 400, code: 'invalid', detail: 'The request holds a value that cannot be stored or searched.' }
  const status = error.statusCode ?? 500
  if (status < 500) {
    const known = ofTheDoor[error.code] ?? { code: 'invalid', detail: messageOf(error) }
    return { status: known.code === 'invalid_json' ? 400 : status, ...known }
  }
  return fault(error, request, logger)
}

/** What was looked at: one sentence about a tree needs the tree. */
const valueOf = ({ validationContext }: FastifyError, { body }: FastifyRequest): unknown =>
  validationContext === 'body' ? body : undefined

function fault(error: Error, request: FastifyRequest, logger: Logger): Trouble {
  const about = { correlation: request.id, method: request.method, route: request.routeOptions.url ?? '', error }
  if (isOfTheWorld(error)) {
    logger.warn('a call could not be answered now', about)
    const detail = 'This could not be done right now; nothing was changed that was not answered. Try again.'
    return { status: 503, code: 'unavailable', detail, retryAfterSeconds: 2 }
  }
  logger.error('a call failed', about)
  const detail = 'This failed on our side. The log line of this call has the id given as `instance`.'
  return { status: 500, code: 'internal', detail }
}
