// The HTTP side of a stand-in of Meta: who may call, what goes wrong as a test ordered, and answers as the Graph API shapes them.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Fault, FaultyCall } from '../../../core/ports/stand-in.ts'
import type { Faults } from './faults.ts'
import type { OpenLedger } from './ledger.ts'

export type Fields = Readonly<Record<string, unknown>>
/** An answer that is an error object; also how a refusal of ours travels to the wire. */
export interface VendorError {
  readonly code: number
  readonly http: number
  readonly subcode?: number
  readonly text: string
}
export type Reply =
  | { readonly body: Fields }
  | { readonly error: VendorError }
  | { readonly file: { readonly type: string; readonly bytes: Uint8Array } }
export interface Call {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly type: string
  readonly token: string
  readonly bytes: Buffer
  readonly base: string
}
export interface Answering {
  readonly fault: Fault | null
  readonly response: ServerResponse
  send(reply: Reply): void
}
/** Null: it has answered by itself. */
export type Handler = (call: Call, by: Answering) => Promise<Reply | null> | Reply | null

export interface GraphApi {
  readonly ledger: OpenLedger
  readonly now: () => number
  readonly latencyMs: number
  readonly faults: Faults
  /** Null: whoever calls may. */
  refuse(call: Call): VendorError | null
  routeOf(call: Call): readonly [FaultyCall, Handler]
  /** What the vendor answers with this code. */
  errorOf(code: number, text?: string): VendorError
  errorBody(error: VendorError): Fields
}

const mostBytes = 110 * 1_024 * 1_024

/** On loopback only. `close` ends every connection. */
export async function listen(
  api: GraphApi,
  port: number,
): Promise<{ readonly base: string; readonly close: () => Promise<void> }> {
  const server = http.createServer((request, response) => {
    response.on('error', () => response.destroy())
    void answer(request, response, api).catch(() => response.destroy())
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, '127.0.0.1', done)
  })
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((done) => server.close(() => done()))
  }
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

async function answer(request: IncomingMessage, response: ServerResponse, api: GraphApi): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
  const bytes = await bodyOf(request)
  const path = url.pathname.split('/').filter((it) => it !== '')
  const { method = 'GET', headers } = request
  const token = headers.authorization?.replace(/^Bearer /, '') ?? url.searchParams.get('access_token') ?? ''
  const type = headers['content-type'] ?? ''
  const call = { method, path, query: url.searchParams, type, token, bytes, base: url.origin }
  const [kind, handler] = api.routeOf(call)
  const named = `${method} ${url.pathname}`
  const send = sender(response, named, api)
  if (api.latencyMs > 0) await new Promise((done) => setTimeout(done, api.latencyMs))
  const refused = api.refuse(call)
  if (refused !== null) return send({ error: refused })
  const fault = api.faults.next(kind)
  const note = (status: number): void =>
    api.ledger.add({ is: 'answered', at: api.now(), call: named, status, code: null })
  if (fault !== null && isBeforeAccepting(fault)) return failNow(fault, { response, send, note, api })
  const reply = await handler(call, { fault, response, send })
  if (reply !== null) await failAfter(fault, response, { send: () => send(reply), note })
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > mostBytes) throw new Error('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function sender(response: ServerResponse, call: string, api: GraphApi): (reply: Reply) => void {
  return (reply) => {
    const error = 'error' in reply ? reply.error : null
    const status = error?.http ?? 200
    api.ledger.add({ is: 'answered', at: api.now(), call, status, code: error?.code ?? null })
    if ('file' in reply) return void response.writeHead(200, { 'content-type': reply.file.type }).end(reply.file.bytes)
    const body = 'body' in reply ? reply.body : api.errorBody(reply.error)
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))
  }
}

const isBeforeAccepting = (fault: Fault): boolean => ['error', 'status', 'reset'].includes(fault.how)
interface Failing {
  readonly response: ServerResponse
  readonly send: (reply: Reply) => void
  /** Status 0 in the ledger: we never saw an answer. */
  readonly note: (status: number) => void
  readonly api: GraphApi
}
function failNow(fault: Fault, { response, send, note, api }: Failing): void {
  if (fault.how !== 'error') note(fault.how === 'status' ? fault.status : 0)
  if (fault.how === 'reset') return void response.socket?.resetAndDestroy()
  if (fault.how === 'status') return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
  if (fault.how !== 'error') return
  const known = api.errorOf(fault.code, fault.text)
  const subcode = fault.subcode === undefined ? {} : { subcode: fault.subcode }
  send({ error: { ...known, http: fault.http ?? known.http, ...subcode } })
}
async function failAfter(
  fault: Fault | null,
  response: ServerResponse,
  { send, note }: { readonly send: () => void; readonly note: Failing['note'] },
): Promise<void> {
  if (fault?.how === 'hang' || fault?.how === 'reset-after-accept' || fault?.how === 'half-answer') note(0)
  if (fault?.how === 'hang') return
  if (fault?.how === 'reset-after-accept') return void response.socket?.resetAndDestroy()
  if (fault?.how === 'half-answer') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '400' })
    return void response.write('{"messages":[{"id":"', () => response.socket?.destroy())
  }
  if (fault?.how === 'slow') await new Promise((done) => setTimeout(done, fault.ms))
  send()
}

/** The JSON of a call, or the vendor's word for what is none. */
export function withJson(call: Call, api: Pick<GraphApi, 'errorOf'>, use: (body: Fields) => Reply): Reply {
  try {
    return use(JSON.parse(call.bytes.toString()) as Fields)
  } catch {
    return { error: api.errorOf(100, 'The body is not JSON of the expected shape') }
  }
}

/** The bytes of a file, as a test wants them to arrive. */
export async function serveFile(
  file: { readonly type: string; readonly bytes: Uint8Array },
  { fault, response, send }: Answering,
): Promise<null> {
  const { bytes, type } = file
  if (fault?.how === 'wrong-bytes') {
    send({ file: { type, bytes: new TextEncoder().encode('other bytes') } })
    return null
  }
  if (fault?.how === 'hang') return null
  if (fault?.how === 'slow') await new Promise((done) => setTimeout(done, fault.ms))
  if (fault?.how !== 'cut-bytes' && fault?.how !== 'slow-bytes') {
    send({ file })
    return null
  }
  response.writeHead(200, { 'content-type': type, 'content-length': String(bytes.byteLength) })
  const half = Math.ceil(bytes.byteLength / 2)
  if (fault.how === 'cut-bytes') {
    response.write(bytes.subarray(0, half), () => response.socket?.destroy())
    return null
  }
  for (const byte of bytes) {
    if (response.destroyed) return null
    response.write(Uint8Array.of(byte))
    await new Promise((done) => setTimeout(done, 20))
  }
  response.end()
  return null
}
