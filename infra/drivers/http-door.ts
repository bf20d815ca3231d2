// The door vendors knock at: the call as bytes, in time or not at all, and never more at once than can be held.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { HttpRequest, HttpResponse, Logger, Meter } from '../../core/ports/edges.ts'
import type { Knock } from '../../core/runtime/receive.ts'
import { messageOf } from '../../core/errors.ts'

export interface DoorRules {
  readonly answerSeconds: number
  readonly maxBodyBytes: number
  /** Calls that wait for the log at once; more are told to come again (G14). */
  readonly maxKnocks: number
  /** Of those that announce more than 64 kB, or do not say: so many are read at once. */
  readonly maxLarge: number
  /** Calls a minute, of one address and for one endpoint. */
  readonly perAddress: number
  readonly perEndpoint: number
}
export const doorDefaults = {
  maxKnocks: 1_000,
  maxLarge: 64,
  perAddress: 600_000,
  perEndpoint: 600_000,
} as const
export interface DoorDeps {
  knock(knock: Knock, signal: AbortSignal): Promise<HttpResponse>
  readonly meter: Meter
  readonly logger: Logger
}
export interface Door {
  readonly rules: DoorRules
  readonly deps: DoorDeps
}

const largeBytes = 64 * 1024
interface Params {
  readonly channel: string
  readonly endpoint: string
  readonly token?: string
}

export function registerDoor(app: FastifyInstance, door: Door): void {
  // Signatures are over the bytes as they came, so nothing is parsed here; a content type nobody can read must not be a refusal.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: door.rules.maxBodyBytes }, (_request, body, done) =>
    done(null, body),
  )
  app.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = 'application/octet-stream'
    done()
  })
  app.addHook('onRequest', rateLimit(app, door))
  limitReading(app, door)
  const waiting = { now: 0 }
  const handler = (request: FastifyRequest, reply: FastifyReply) => answer(request, reply, { ...door, waiting })
  for (const url of ['/in/:channel/:endpoint', '/in/:channel/:endpoint/:token'])
    app.route({ method: ['GET', 'POST'], url, handler })
}

/** Before the body is read and anything is looked up (S7). */
function rateLimit(app: FastifyInstance, { rules: { perAddress, perEndpoint }, deps: { meter } }: Door) {
  const address = app.createRateLimit({
    max: perAddress,
    timeWindow: 60_000,
    keyGenerator: ({ ip }) => `address ${ip}`,
  })
  const endpoint = app.createRateLimit({
    max: perEndpoint,
    timeWindow: 60_000,
    keyGenerator: ({ params }) => `endpoint ${(params as Params).channel}/${(params as Params).endpoint}`,
  })
  return async (request: FastifyRequest, reply: FastifyReply) => {
    for (const check of [address, endpoint]) {
      const limit = await check(request)
      if (limit.isAllowed || !limit.isExceeded) continue
      meter.count('door_turned_away', { reason: 'too_many' })
      return plain(reply.header('retry-after', String(limit.ttlInSeconds)), 429, 'Too many calls\n')
    }
    return undefined
  }
}

function limitReading(app: FastifyInstance, { rules, deps }: Door): void {
  const large = new Set<FastifyRequest>()
  app.addHook('onRequest', (request, reply, done) => {
    const length = Number(request.headers['content-length'] ?? (request.headers['transfer-encoding'] ? Infinity : 0))
    if (length <= largeBytes) return done()
    if (large.size >= rules.maxLarge) return void comeAgain(reply, deps, 'large_bodies')
    large.add(request)
    request.raw.once('close', () => large.delete(request))
    done()
  })
  app.addHook('preHandler', (request, _reply, done) => {
    large.delete(request)
    done()
  })
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { rules, deps, waiting }: Door & { waiting: { now: number } },
): Promise<FastifyReply> {
  if (waiting.now >= rules.maxKnocks) return comeAgain(reply, deps, 'overload')
  waiting.now += 1
  // Counted until it has really ended: one that hangs past its answer still holds what it holds.
  const stop = new AbortController()
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => {
    stop.abort(new DOMException('the answer was due', 'TimeoutError'))
    late.resolve(null)
  }, rules.answerSeconds * 1000)
  const { channel, endpoint, token = null } = request.params as Params
  const knocked = deps
    .knock({ request: httpRequestOf(request), channel, endpoint, token, correlation: request.id }, stop.signal)
    .finally(() => (waiting.now -= 1))
  try {
    const answered = await Promise.race([knocked, late.promise])
    if (answered !== null) return say(reply, answered)
    knocked.catch((error: unknown) => deps.logger.debug('a call that was answered 503 ended later', { error }))
    return comeAgain(reply, deps, 'too_late')
  } catch (error) {
    deps.logger.error('a vendor’s call failed', { channel, why: messageOf(error), error })
    return comeAgain(reply, deps, 'fault')
  } finally {
    clearTimeout(timer)
  }
}

/** Not accepted: nothing was promised, and the vendor sends again. */
function comeAgain(reply: FastifyReply, { meter }: DoorDeps, reason: string): FastifyReply {
  meter.count('door_turned_away', { reason })
  reply.header('retry-after', reason === 'overload' ? '1' : '5')
  return plain(reply, 503, 'Cannot take this right now; send again\n')
}
function say(reply: FastifyReply, { status, body = '', headers = {} }: HttpResponse): FastifyReply {
  return reply.status(status).type('text/plain; charset=utf-8').headers(headers).send(body)
}
const plain = (reply: FastifyReply, status: number, body: string): FastifyReply => say(reply, { status, body })

function httpRequestOf(request: FastifyRequest): HttpRequest {
  const { rawHeaders, url = '/' } = request.raw
  const at = url.indexOf('?')
  return {
    method: request.method,
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    // Node joins or drops repeated headers; the pairs as they came do not (S2).
    headers: Array.from({ length: rawHeaders.length / 2 }, (_, n): [string, string] => [
      (rawHeaders[2 * n] ?? '').toLowerCase(),
      rawHeaders[2 * n + 1] ?? '',
    ]),
    body: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
  }
}
