// The vendor's HTTP side: takes messages, remembers them by our key, serves files, and fails when told to.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Fault, FaultyCall } from '../../../core/ports/stand-in.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}
export interface Api {
  readonly token: string
  readonly latencyMs: number
  nextFault(on: FaultyCall): Fault | null
  accept(body: Readonly<Record<string, unknown>>): Answer
  find(ours: string): Answer
  file(id: string): Uint8Array | null
}

export const apiOf = (api: Api): http.Server =>
  http.createServer((request, response) => {
    void answer(request, response, api).catch(() => response.destroy())
  })

async function answer(request: IncomingMessage, response: ServerResponse, api: Api): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  if (api.latencyMs > 0) await new Promise((done) => setTimeout(done, api.latencyMs))
  if (request.headers.authorization !== `Bearer ${api.token}`)
    return reply(response, { status: 401, body: { error: 'who are you?' } })
  const [, first = '', id = ''] = url.pathname.split('/')
  const kind: FaultyCall = first === 'files' ? 'download' : request.method === 'POST' ? 'send' : 'other'
  const fault = api.nextFault(kind)
  if (fault !== null && failsFirst(fault, response)) return
  if (first === 'files') return serve(response, api.file(id))
  const done =
    request.method === 'POST'
      ? api.accept(jsonOf(chunks))
      : first === 'me'
        ? { status: 200, body: {} }
        : api.find(url.searchParams.get('ours') ?? '')
  if (fault === null || !failsAfter(fault, response)) reply(response, done)
}
const jsonOf = (chunks: readonly Buffer[]): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.concat(chunks).toString()) as Readonly<Record<string, unknown>>

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
function serve(response: ServerResponse, bytes: Uint8Array | null): void {
  if (bytes === null) return reply(response, { status: 404, body: { error: 'no such file' } })
  response.writeHead(200, { 'content-type': 'text/plain' }).end(bytes)
}

/** Nothing was accepted. True: the call is over. */
function failsFirst(fault: Fault, response: ServerResponse): boolean {
  if (fault.how === 'error')
    reply(response, { status: fault.http ?? fault.code, body: { error: fault.text ?? 'an error' } })
  else if (fault.how === 'status') response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
  else if (fault.how === 'reset') response.socket?.resetAndDestroy()
  else if (fault.how === 'gone') reply(response, { status: 404, body: { error: 'gone' } })
  else return false
  return true
}
/** It was accepted, but the answer does not come as it should. */
function failsAfter(fault: Fault, response: ServerResponse): boolean {
  if (fault.how === 'reset-after-accept') response.socket?.resetAndDestroy()
  else if (fault.how === 'half-answer')
    response.writeHead(200, { 'content-length': '1000' }).write('{"id"', () => response.destroy())
  else if (fault.how !== 'hang') return false
  return true
}
