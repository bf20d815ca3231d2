// Calls a vendor's API and says exactly what became of the call: answered, never sent, or perhaps done.
import http from 'node:http'
import https from 'node:https'
import axios, { isCancel } from 'axios'
import type { Http, VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import { keptConnections } from './kept-connections.ts'

/** How far one call got, as its socket saw it. */
interface Progress {
  left: boolean
}

/**
 * Nothing of a request is written before its socket is connected (with TLS: before the vendor's certificate was accepted), so what
 * fails until then was certainly not sent.
 */
function watchedTransport(secure: boolean, progress: Progress) {
  return {
    request(options: https.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void): http.ClientRequest {
      const request = secure ? https.request(options, onAnswer) : http.request(options, onAnswer)
      request.once('socket', (socket) => {
        // A kept connection is written to at once.
        if (request.reusedSocket) progress.left = true
        else
          socket.once(secure ? 'secureConnect' : 'connect', () => {
            progress.left = true
          })
      })
      return request
    },
  }
}

const wordsByCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed while writing',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ERR_INVALID_CHAR: 'a header holds a character that headers may not hold',
}

/** Never the error's own message: it may hold the address with what was put into its query, or a header (S18). */
function whyOf(error: unknown, request: VendorRequest): string {
  if (isCancel(error)) return `no complete answer in time (${request.timeoutMs} ms, or the caller's deadline)`
  if (!(error instanceof Error)) return 'it failed'
  if (error.message.startsWith('maxContentLength')) return `the answer is larger than ${request.maxBytes} bytes`
  if (error.message.includes('aborted')) return 'the answer broke off'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return `${wordsByCode[code] ?? 'it failed'} (${code})`
}

function headersOf(raw: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries((raw ?? {}) as Record<string, unknown>)
  return Object.fromEntries(
    pairs
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)]),
  )
}

function payloadOf(request: VendorRequest): { data?: string | FormData; type: Record<string, string> } {
  if (request.body === undefined) return { type: {} }
  if (request.body instanceof FormData) return { data: request.body, type: {} }
  if (request.body instanceof URLSearchParams)
    return { data: request.body.toString(), type: { 'content-type': 'application/x-www-form-urlencoded' } }
  return { data: JSON.stringify(request.body), type: { 'content-type': 'application/json' } }
}

/**
 * Connections are used again for a moment (kept-connections.ts): a new one for each call is one to three round trips, as long as the call.
 * `ca` adds certificates an administrator trusts; verification is never off, whatever the environment says (S21).
 */
export function vendorCaller(options: { readonly ca?: string } = {}): Http['call'] {
  const kept = keptConnections({ rejectUnauthorized: true, ...options })
  const agents = { httpAgent: kept.http, httpsAgent: kept.https }
  return async (request, signal) => {
    const url = URL.parse(request.url)
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return { is: 'not-sent', why: `${request.method} to a vendor: the address is not an http(s) address` }
    }
    const progress: Progress = { left: false }
    // What arrived before this turn of the event loop is heard first: that the vendor closed a kept connection, above all.
    await new Promise((heard) => setImmediate(heard))
    try {
      return await answered(request, signal, {
        ...agents,
        transport: watchedTransport(url.protocol === 'https:', progress),
      })
    } catch (error) {
      return {
        is: progress.left ? 'unknown' : 'not-sent',
        why: `${request.method} ${url.host}: ${whyOf(error, request)}`,
      }
    }
  }
}

async function answered(
  request: VendorRequest,
  signal: AbortSignal,
  wires: { readonly httpAgent: http.Agent; readonly httpsAgent: https.Agent; readonly transport: unknown },
): Promise<VendorAnswer> {
  const { data, type } = payloadOf(request)
  const answer = await axios.request<ArrayBuffer>({
    ...wires,
    method: request.method,
    url: request.url,
    headers: { 'user-agent': 'Inlet/1', accept: '*/*', 'accept-encoding': 'identity', ...type, ...request.headers },
    ...(data === undefined ? {} : { data }),
    transformRequest: [(body: unknown) => body],
    responseType: 'arraybuffer',
    decompress: false,
    validateStatus: () => true,
    maxRedirects: 0,
    proxy: false,
    maxContentLength: request.maxBytes,
    maxBodyLength: Number.POSITIVE_INFINITY,
    signal: AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]),
  })
  return { is: 'answer', status: answer.status, headers: headersOf(answer.headers), body: new Uint8Array(answer.data) }
}

export const vendorCall: Http['call'] = vendorCaller()
