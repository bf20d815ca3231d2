// The one HTTP server of a process: who may be asked for, how long a caller may take, what is said of health; the doors are plugged in.
import { randomUUID } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import { fastify, type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Auth } from '../../api/auth.ts'
import { errorHandler, Problem, sendProblem, type Trouble } from '../../api/problem.ts'
import { GatewayError } from '../../core/errors.ts'
import type { Logger, Meter } from '../../core/ports/edges.ts'
import { doorDefaults, registerDoor, type DoorDeps, type DoorRules } from './http-door.ts'
import { makeHostCheck } from './http-hosts.ts'

export interface HttpOptions {
  readonly host: string
  readonly port: number
  readonly publicUrl: string | null
  readonly allowedHosts: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly maxBodyBytes: number
  readonly answerSeconds: number
  readonly limits?: Partial<DoorRules> & { readonly requestSeconds?: number; readonly maxConnections?: number }
}
export interface HttpDeps {
  readonly logger: Logger
  readonly meter: Meter
  /** Null: this process does not receive. */
  readonly knock: DoorDeps['knock'] | null
  /** Null: this process has no API. */
  readonly api: FastifyPluginAsync | null
  readonly auth: Auth
  ready(): Promise<{ readonly ready: boolean; readonly missing: readonly string[] }>
  /** Prometheus text. */
  metrics(): Promise<string>
}
export interface HttpServer {
  readonly app: FastifyInstance
  /** Resolves with the address people can open. */
  listen(): Promise<string>
  /** Takes no more calls and resolves when those in hand were answered. */
  close(): Promise<void>
}

/** A whole call, headers and body, must be here within this; idle connections are let go sooner (F17). */
const requestSeconds = 15
const maxConnections = 16_384

export function makeHttp(options: HttpOptions, deps: HttpDeps): HttpServer {
  const app = makeServer(options)
  app.setErrorHandler(errorHandler(deps.logger))
  app.setNotFoundHandler((request, reply) => sendProblem(nothingHere, request, reply))
  app.decorateRequest('caller', null)
  everyCall(app, options, deps.meter)
  void app.register(async (inner) => {
    await inner.register(rateLimit, { global: false, cache: 20_000 })
    if (deps.knock !== null)
      registerDoor(inner, {
        rules: {
          ...doorDefaults,
          ...options.limits,
          maxBodyBytes: options.maxBodyBytes,
          answerSeconds: options.answerSeconds,
        },
        deps: { knock: deps.knock, meter: deps.meter, logger: deps.logger },
      })
  })
  health(app, deps)
  if (deps.api !== null) void app.register(deps.api)
  return {
    app,
    listen: () => listen(app, options),
    close: () => close(app),
  }
}

const idleEveryMs = 100

/** A stream or a download that was under way keeps its line open when it ends, so idle lines are let go until none is left. */
async function close(app: FastifyInstance): Promise<void> {
  const letGo = setInterval(() => app.server.closeIdleConnections(), idleEveryMs)
  try {
    await app.close()
  } finally {
    clearInterval(letGo)
  }
}

const whyNot: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has it',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this account may not use it',
  ENOTFOUND: 'nobody knows this name',
  EAI_AGAIN: 'this name cannot be looked up now',
}

async function listen(app: FastifyInstance, { host, port }: HttpOptions): Promise<string> {
  try {
    return await app.listen({ host, port, backlog: 4_096 })
  } catch (error) {
    const why = whyNot[String((error as NodeJS.ErrnoException).code)]
    if (why === undefined) throw error
    const message = `${host}:${port} cannot be listened on: ${why}. Choose another with INLET_HOST and INLET_PORT; 0 takes any free port.`
    throw new GatewayError('settings.invalid', message, { cause: error })
  }
}

function makeServer({ trustedProxies, maxBodyBytes, limits }: HttpOptions): FastifyInstance {
  const seconds = limits?.requestSeconds ?? requestSeconds
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    bodyLimit: maxBodyBytes,
    requestTimeout: seconds * 1000,
    keepAliveTimeout: 65_000,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // M4: one id from the webhook to the reply; a caller may bring its own.
    requestIdHeader: false,
    genReqId: ({ headers }) => correlationOf(headers['inlet-correlation-id']) ?? randomUUID(),
    http: {
      maxHeaderSize: 16 * 1024,
      headersTimeout: Math.min(10, seconds) * 1000,
      connectionsCheckingInterval: Math.min(2, seconds) * 1000,
    },
    routerOptions: { maxParamLength: 512 },
    // An address that no route can read is answered like every other call, in our words and with the safe headers.
    frameworkErrors: (error, request, reply) => void sendProblem(noAddress(error), request, reply.headers(safeHeaders)),
    // What is no HTTP is not answered at length.
    clientErrorHandler: (error, socket) => {
      if (!socket.writable || socket.destroyed) return
      const status =
        error.code === 'HPE_HEADER_OVERFLOW'
          ? '431 Request Header Fields Too Large'
          : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
            ? '408 Request Timeout'
            : '400 Bad Request'
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
    },
  })
  app.server.maxConnections = limits?.maxConnections ?? maxConnections
  return app
}

const correlationOf = (header: string | string[] | undefined): string | null =>
  typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : null

const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
}

const noAddress = ({ code }: { readonly code: string }): Trouble =>
  code === 'FST_ERR_MAX_PARAM_LENGTH'
    ? {
        status: 414,
        code: 'address_too_long',
        detail: 'A part of this address is longer than 512 characters; no id is.',
      }
    : { status: 400, code: 'invalid_address', detail: 'This address is not well encoded: look at its % signs.' }
const nothingHere = {
  status: 404,
  code: 'not_found',
  detail: 'There is nothing at this address. The API is described at /docs.',
}
const notThisHost = {
  status: 421,
  code: 'host_not_allowed',
  detail: 'This gateway does not answer for that Host. Name it in INLET_ALLOWED_HOSTS or INLET_PUBLIC_URL.',
}

function everyCall(app: FastifyInstance, options: HttpOptions, meter: Meter): void {
  const isOurs = makeHostCheck(options)
  // No promise for what waits for nothing: a vendor's call passes through all of these.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('inlet-correlation-id', request.id).headers(safeHeaders)
    if (isOurs(request)) done()
    else sendProblem(notThisHost, request, reply)
  })
  app.addHook('onResponse', async (request, reply) => count(request, reply, meter))
  // A connection whose call was in hand at the stop must not stay open for a next one.
  const stop = { begun: false }
  app.addHook('preClose', async () => void (stop.begun = true))
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stop.begun) reply.header('connection', 'close')
    done(null, payload)
  })
}

/** By the pattern of the path, and a channel's name only where there is one: what callers make up is no label. */
function count(request: FastifyRequest, reply: FastifyReply, meter: Meter): void {
  const { url: route = 'none' } = request.routeOptions
  const [seconds, status] = [reply.elapsedTime / 1000, String(reply.statusCode)]
  if (route.startsWith('/in/')) {
    const { channel } = request.params as { readonly channel: string }
    const isKnown = status === '200' || status === '401'
    return meter.observe('answer_seconds', seconds, { channel: isKnown ? channel : 'unknown', status })
  }
  const labels = { method: request.method, route, status }
  meter.count('requests', labels)
  meter.observe('request_seconds', seconds, labels)
}

function health(app: FastifyInstance, { ready, metrics, auth }: HttpDeps): void {
  // Alive says only that the process turns: a database that is away must not have everything restarted (M3).
  const probe = ['GET', 'HEAD']
  app.route({ method: probe, url: '/healthz', handler: async () => ({ status: 'ok' }) })
  app.route({
    method: probe,
    url: '/readyz',
    handler: async (_request, reply) => {
      const state = await ready()
      const status = state.ready ? 'ready' : 'not ready'
      return reply.status(state.ready ? 200 : 503).send({ status, missing: state.missing })
    },
  })
  app.get('/metrics', async (request, reply) => {
    await mayReadMetrics(request, auth)
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics())
  })
  app.get('/', async (_request, reply) => front(reply))
}

async function mayReadMetrics(request: FastifyRequest, auth: Auth): Promise<void> {
  const { scopes } = (await auth.identify(request)).asker
  if (scopes.includes('admin') || scopes.includes('metrics:read')) return
  throw new Problem({ status: 403, code: 'scope_missing', detail: 'GET /metrics needs the scope metrics:read.' })
}

const front = (reply: FastifyReply): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .send(
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Inlet</title><h1>Inlet</h1>' +
        '<p>A gateway that turns every channel’s messages into events and tickets.</p><ul>' +
        '<li><a href="/docs/">The API, to read and to try</a></li><li><a href="/v1/openapi.json">OpenAPI</a></li>' +
        '<li><a href="/v1/asyncapi.json">AsyncAPI: the events</a></li><li><a href="/readyz">Is it ready?</a></li></ul></html>',
    )
