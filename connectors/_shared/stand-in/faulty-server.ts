// An HTTP server of a vendor's stand-in: answers as its vendor says, fails as a test ordered, and writes both down.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Fault, FaultyCall } from '../../../core/ports/stand-in.ts'
import type { OpenLedger } from './ledger.ts'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly text: string
}
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object goes as JSON; null: no body at all. */
  readonly body: unknown
}
export interface Vendor {
  readonly ledger: OpenLedger
  readonly now: () => number
  readonly latencyMs: number
  /** Which kind of call it is, for the faults. */
  kindOf(asked: Asked): FaultyCall
  /** Null: it may go on; else the answer to who may not. Comes before any fault. */
  refuses(asked: Asked): Answer | null
  answer(asked: Asked): Answer
  /** The vendor's own form of an error. */
  errorOf(fault: Extract<Fault, { how: 'error' }>): Answer
}
export interface FaultyServer {
  readonly base: string
  fail(times: number, fault: Fault, on?: FaultyCall): void
  stop(): Promise<void>
}

export async function faultyServer(vendor: Vendor, port = 0): Promise<FaultyServer> {
  const faults: { readonly on: FaultyCall; readonly fault: Fault; left: number }[] = []
  const next = (on: FaultyCall): Fault | null => {
    const found = faults.find((it) => it.on === on && it.left > 0)
    if (found !== undefined) found.left -= 1
    return found?.fault ?? null
  }
  const server = http.createServer((request, response) => {
    void serve(request, response, vendor, next).catch(() => response.destroy())
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, '127.0.0.1', done)
  })
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (times, fault, on = 'send') => void faults.push({ on, fault, left: times }),
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((done) => void server.close(() => done()))
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  vendor: Vendor,
  next: (on: FaultyCall) => Fault | null,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const asked: Asked = {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'http://127.0.0.1'),
    headers: request.headers,
    text: Buffer.concat(chunks).toString(),
  }
  const kind = vendor.kindOf(asked)
  if (vendor.latencyMs > 0) await new Promise((done) => setTimeout(done, vendor.latencyMs))
  const give = (answer: Answer, code: number | null = null): void => {
    vendor.ledger.add({
      is: 'answered',
      at: vendor.now(),
      call: `${asked.method} ${asked.url.pathname}`,
      status: answer.status,
      code,
    })
    reply(response, answer)
  }
  const refusal = vendor.refuses(asked)
  if (refusal !== null) return give(refusal)
  const fault = next(kind)
  if (fault?.how === 'error') return give(vendor.errorOf(fault), fault.code)
  if (fault?.how === 'status')
    return give({
      status: fault.status,
      body: fault.body ?? '',
      ...(fault.headers === undefined ? {} : { headers: fault.headers }),
    })
  if (fault?.how === 'reset') return void response.socket?.resetAndDestroy()
  const answer = vendor.answer(asked)
  if (fault?.how === 'slow') await new Promise((done) => setTimeout(done, fault.ms))
  if (fault === null || fault.how === 'slow' || !breaksOff(fault, response)) give(answer)
}

/** It was accepted, but the answer does not come as it should. */
function breaksOff(fault: Fault, response: ServerResponse): boolean {
  if (fault.how === 'reset-after-accept') response.socket?.resetAndDestroy()
  else if (fault.how === 'half-answer')
    response.writeHead(200, { 'content-length': '1000' }).write('{"data"', () => response.destroy())
  else if (fault.how !== 'hang') return false
  return true
}

function reply(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const isText = typeof body === 'string'
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(body === null ? undefined : isText ? body : JSON.stringify(body))
}
