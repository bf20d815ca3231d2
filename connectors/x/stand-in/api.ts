// The vendor's HTTP side: who calls, which limit is used up, what fails, and which room answers.
import { createHmac } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Fault, FaultyCall } from '../../../core/ports/stand-in.ts'
import { accept, pieceOfFile } from './accept.ts'
import { page } from './pages.ts'
import { renew } from './tokens.ts'
import { webhooks } from './hooks.ts'
import { windowMs, type Limit, type Vendor } from './vendor.ts'

export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
  readonly type: string
  readonly authorization: string
  readonly ours: string | null
  readonly origin: string
}
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly file?: { readonly type: string; readonly bytes: Uint8Array }
  readonly headers?: Readonly<Record<string, string>>
}
export const problem = (status: number, title: string, detail: string = title): Answer => ({
  status,
  body: { title, detail, type: 'about:blank', status },
})
/** The older form, with a code. */
export const coded = (status: number, code: number, message: string): Answer => ({
  status,
  body: { errors: [{ code, message }] },
})

export const apiOf = (vendor: Vendor): http.Server =>
  http.createServer((request, response) => {
    response.on('error', () => response.destroy())
    void answer(request, response, vendor).catch(() => response.destroy())
  })

async function answer(request: IncomingMessage, response: ServerResponse, vendor: Vendor): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
  const key = request.headers['idempotency-key']
  const call: Call = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    body: Buffer.concat(chunks),
    type: request.headers['content-type'] ?? '',
    authorization: request.headers.authorization ?? '',
    ours: typeof key === 'string' ? key : null,
    origin: url.origin,
  }
  if (vendor.latencyMs > 0) await new Promise((done) => setTimeout(done, vendor.latencyMs))
  const [kind, limit, room] = roomOf(call, vendor)
  const note = (status: number, code: number | null = null): void =>
    vendor.ledger.add({ is: 'answered', at: vendor.now(), call: `${call.method} ${call.path}`, status, code })
  const say = (it: Answer): void => {
    note(it.status)
    // The vendor's own clock: what it says of resets is read against it.
    const date = new Date(vendor.now()).toUTCString()
    if (it.file !== undefined)
      return void response.writeHead(it.status, { 'content-type': it.file.type, date }).end(it.file.bytes)
    const headers = { 'content-type': 'application/json; charset=utf-8', date, ...it.headers }
    response.writeHead(it.status, headers).end(it.body === undefined ? '' : JSON.stringify(it.body))
  }
  if (call.path === '/2/oauth2/token') return say(renew(call, vendor))
  if (!isKnown(call, vendor)) return say(problem(401, 'Unauthorized'))
  const fault = vendor.faults.next(kind)
  if (fault !== null && failsFirst(fault, response, { say, note })) return
  if (call.path === '/2/activity/stream') return vendor.streams.open(response, note)
  const headers = limit === null ? {} : limitHeaders(limit, vendor)
  const isUsedUp = headers['x-rate-limit-remaining'] === '-1'
  const done = isUsedUp ? problem(429, 'Too Many Requests') : await room()
  if (isUsedUp) headers['x-rate-limit-remaining'] = '0'
  if (fault !== null && failsAfter(fault, response, note)) return
  if (fault?.how === 'slow') await new Promise((go) => setTimeout(go, fault.ms))
  say({ ...done, headers: { ...headers, ...done.headers } })
}

type Room = readonly [FaultyCall, Limit | null, () => Answer | Promise<Answer>]
function roomOf(call: Call, vendor: Vendor): Room {
  const { method, path } = call
  if (path.startsWith('/1.1/ton/data/')) {
    const file = vendor.files.get(path)
    return ['download', null, () => (file === undefined ? problem(404, 'Not Found') : { status: 200, file })]
  }
  if (method === 'POST' && path.endsWith('/messages')) return ['send', 'dmSend', () => accept(call, vendor)]
  if (method === 'POST' && path === '/2/tweets') return ['send', 'posts', () => accept(call, vendor)]
  if (path.startsWith('/2/webhooks')) return ['other', null, () => webhooks(call, vendor)]
  if (path.startsWith('/2/media/upload')) return ['upload', null, () => pieceOfFile(call, vendor)]
  if (path.endsWith('dm_events')) return ['other', 'dmRead', () => page(call, vendor)]
  if (path.endsWith('/mentions')) return ['other', 'mentions', () => page(call, vendor)]
  if (/^\/2\/users\/\d+\/tweets$/.test(path)) return ['other', null, () => page(call, vendor)]
  if (path === '/2/users/me') {
    const us = vendor.us(vendor.callerOf(call.authorization))
    return ['other', null, () => ({ status: 200, body: { data: { ...us, name: 'Our Store' } } })]
  }
  return ['other', null, () => problem(404, 'Not Found')]
}

/** Counts this call, and gives the headers every answer carries; -1: it is one too many. */
function limitHeaders(limit: Limit, vendor: Vendor): Record<string, string> {
  const { of, used } = vendor.limits
  const known = used.get(limit)
  const window =
    known === undefined || known.resetMs <= vendor.now() ? { count: 0, resetMs: vendor.now() + windowMs } : known
  const remaining = of[limit] - window.count - 1
  used.set(limit, { ...window, count: Math.min(of[limit], window.count + 1) })
  return {
    'x-rate-limit-limit': String(of[limit]),
    'x-rate-limit-remaining': String(Math.max(-1, remaining)),
    'x-rate-limit-reset': String(Math.ceil(window.resetMs / 1000)),
  }
}

function isKnown(call: Call, vendor: Vendor): boolean {
  const [scheme = '', ...rest] = call.authorization.split(' ')
  if (scheme === 'OAuth') return isSigned(call, rest.join(' '), vendor)
  // Files of direct messages are given to a signature alone.
  if (scheme !== 'Bearer' || call.path.startsWith('/1.1/')) return false
  if (/^\/2\/(?:webhooks|activity)/.test(call.path)) return rest.join(' ') === vendor.hook.bearer
  const until = vendor.keys.access.get(rest.join(' '))
  return until !== undefined && (until === null || until > vendor.now())
}

/** OAuth 1.0a, RFC 5849: HMAC-SHA1 over method, address and parameters in order. */
function isSigned(call: Call, header: string, vendor: Vendor): boolean {
  const given = new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, decodeURIComponent(value!)] as const),
  )
  const { consumerKey, consumerSecret, userToken, userTokenSecret } = vendor.keys
  if (given.get('oauth_consumer_key') !== consumerKey || given.get('oauth_token') !== userToken) return false
  const encode = (it: string): string =>
    encodeURIComponent(it).replace(/[!*'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const pairs = [...[...given].filter(([name]) => name !== 'oauth_signature'), ...call.query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
  const base = [call.method, `${call.origin}${call.path}`, pairs.join('&')].map(encode).join('&')
  const key = `${encode(consumerSecret)}&${encode(userTokenSecret)}`
  return createHmac('sha1', key).update(base).digest('base64') === given.get('oauth_signature')
}

interface Words {
  readonly say: (it: Answer) => void
  readonly note: (status: number, code?: number | null) => void
}
/** Nothing was accepted. True: the call is over. */
function failsFirst(fault: Fault, response: ServerResponse, { say, note }: Words): boolean {
  if (fault.how === 'error') {
    const { code, http: status = 400, text = 'an error of the stand-in' } = fault
    say(code === status ? problem(status, text) : coded(status, code, text))
  } else if (fault.how === 'status') {
    note(fault.status)
    response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
  } else if (fault.how === 'reset') {
    note(0)
    response.socket?.resetAndDestroy()
  } else if (fault.how === 'gone') say(problem(404, 'Not Found'))
  else return false
  return true
}
/** It was accepted, but the answer does not come as it should; status 0 in the ledger. */
function failsAfter(fault: Fault, response: ServerResponse, note: Words['note']): boolean {
  if (fault.how === 'reset-after-accept') response.socket?.resetAndDestroy()
  else if (fault.how === 'half-answer')
    response.writeHead(200, { 'content-length': '1000' }).write('{"data"', () => response.destroy())
  else if (fault.how !== 'hang') return false
  note(0)
  return true
}
