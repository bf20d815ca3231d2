// The vendor's HTTP side: bearer, paths, faults, and answers as the Graph API shapes them.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Fault, FaultyCall } from '../../../core/ports/stand-in.ts'
import { accept, type Reply } from './accept.ts'
import { errorBody, vendorError } from './faults.ts'
import { download, mediaRecord, upload } from './files.ts'
import { tellTemplate, type Vendor } from './vendor.ts'

type Fields = Readonly<Record<string, unknown>>
export interface Call {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly type: string
  readonly bytes: Buffer
  readonly base: string
}
type Send = (reply: Reply | { readonly file: { readonly type: string; readonly bytes: Uint8Array } }) => void
type Handler = (call: Call, vendor: Vendor, fault: Fault | null) => Promise<Reply> | Reply

const mostBytes = 110 * 1_024 * 1_024

export function apiOf(vendor: Vendor): http.Server {
  return http.createServer((request, response) => {
    response.on('error', () => response.destroy())
    void answer(request, response, vendor).catch(() => response.destroy())
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, vendor: Vendor): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
  const bytes = await bodyOf(request)
  const path = url.pathname.split('/').filter((it) => it !== '')
  const { method = 'GET', headers } = request
  const call = { method, path, query: url.searchParams, type: headers['content-type'] ?? '', bytes, base: url.origin }
  const [kind, handler] = routeOf(call, vendor)
  const send = sender(response, { vendor, call: `${method} ${url.pathname}` })
  if (vendor.latencyMs > 0) await new Promise((done) => setTimeout(done, vendor.latencyMs))
  const isOurs = headers.authorization === `Bearer ${vendor.keys.accessToken}` && !vendor.keys.isExpired
  if (!isOurs) return send({ error: vendorError(190) })
  const fault = vendor.faults.next(kind)
  const note = (status: number): void =>
    vendor.ledger.add({ is: 'answered', at: vendor.now(), call: `${method} ${url.pathname}`, status, code: null })
  if (fault !== null && isBeforeAccepting(fault)) return failNow(fault, response, { send, note })
  if (kind === 'download') return await download(call, response, { vendor, fault, send })
  const reply = await handler(call, vendor, fault)
  await failAfter(fault, response, { send: () => send(reply), note })
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

function routeOf(call: Call, vendor: Vendor): readonly [FaultyCall, Handler] {
  const [first = '', id = '', edge = ''] = call.path
  if (first === 'whatsapp_business') return ['download', () => ({ body: {} })]
  if (!/^v\d+\.\d+$/.test(first)) return ['other', () => ({ error: vendorError(100, 'Unknown path components') })]
  const line = vendor.lineOf(id)
  if (line !== null && call.method === 'POST' && edge === 'messages') {
    return ['send', () => withJson(call, (body) => accept(line, body, vendor))]
  }
  if (line !== null && call.method === 'POST' && edge === 'media') return ['upload', upload]
  if (line !== null && call.method === 'GET' && edge === '') {
    const named = { verified_name: 'Stand-in Shop', display_phone_number: `+${line.display}`, quality_rating: 'GREEN' }
    return ['other', () => ({ body: { ...named, id } })]
  }
  if (id === vendor.line(0).wabaId && edge === 'message_templates') return ['other', templateCall]
  return ['media', mediaRecord]
}

function withJson(call: Call, use: (body: Fields) => Reply): Reply {
  try {
    return use(JSON.parse(call.bytes.toString()) as Fields)
  } catch {
    return { error: vendorError(100, 'The body is not JSON of the expected shape') }
  }
}

const templateCall: Handler = (call, vendor) => {
  const { templates, knocker } = vendor
  if (call.method === 'GET') {
    const data = templates
      .all()
      .filter((it) => it.state.toLowerCase() === (call.query.get('status') ?? it.state).toLowerCase())
    return {
      body: {
        data: data.map(({ id, name, language, category, state }) => ({ id, name, language, category, status: state })),
      },
    }
  }
  if (call.method === 'DELETE') return { body: { success: templates.remove(call.query.get('name') ?? '') > 0 } }
  return withJson(call, (body) => {
    const { name, language, category = 'UTILITY' } = body as Record<string, string>
    if (!/^[a-z0-9_]{1,512}$/.test(name ?? '') || language === undefined)
      return { error: vendorError(100, 'name and language') }
    const part = ((body['components'] ?? []) as Fields[]).find((it) => String(it['type']).toUpperCase() === 'BODY')
    const made = templates.add(name ?? '', language, {
      body: String(part?.['text'] ?? ''),
      category: category.toUpperCase(),
      state: 'PENDING',
    })
    knocker.owe(reviewed(vendor, made.name, language))
    return { body: { id: made.id, status: 'PENDING', category: made.category } }
  })
}
/** A review takes minutes to a day; a moment here. A name with `reject` in it does not pass. */
async function reviewed(vendor: Vendor, name: string, language: string): Promise<void> {
  await new Promise((done) => setTimeout(done, 50))
  const template = vendor.templates.find(name, language)
  if (template?.state === 'PENDING') template.state = name.includes('reject') ? 'REJECTED' : 'APPROVED'
  tellTemplate(vendor, name, language)
}

function sender(response: ServerResponse, deps: { readonly vendor: Vendor; readonly call: string }): Send {
  return (reply) => {
    const error = 'error' in reply ? reply.error : null
    const status = error?.http ?? 200
    const { vendor, call } = deps
    vendor.ledger.add({ is: 'answered', at: vendor.now(), call, status, code: error?.code ?? null })
    if ('file' in reply) return void response.writeHead(200, { 'content-type': reply.file.type }).end(reply.file.bytes)
    const body =
      error === null ? ('body' in reply ? reply.body : {}) : errorBody(error, `A${vendor.key('trace').slice(0, 20)}`)
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))
  }
}

const isBeforeAccepting = (fault: Fault): boolean => ['error', 'status', 'reset'].includes(fault.how)
/** Status 0 in the ledger: we never saw an answer. */
type Note = (status: number) => void
function failNow(
  fault: Fault,
  response: ServerResponse,
  { send, note }: { readonly send: Send; readonly note: Note },
): void {
  if (fault.how !== 'error') note(fault.how === 'status' ? fault.status : 0)
  if (fault.how === 'reset') return void response.socket?.resetAndDestroy()
  if (fault.how === 'status') return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
  if (fault.how !== 'error') return
  const known = vendorError(fault.code, fault.text)
  send({
    error: {
      ...known,
      http: fault.http ?? known.http,
      ...(fault.subcode === undefined ? {} : { subcode: fault.subcode }),
    },
  })
}
async function failAfter(
  fault: Fault | null,
  response: ServerResponse,
  { send, note }: { readonly send: () => void; readonly note: Note },
): Promise<void> {
  if (fault?.how === 'hang' || fault?.how === 'reset-after-accept' || fault?.how === 'half-answer') note(0)
  if (fault?.how === 'hang') return
  if (fault?.how === 'reset-after-accept') return void response.socket?.resetAndDestroy()
  if (fault?.how === 'half-answer') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '400' })
    return void response.write('{"messaging_product":"whats', () => response.socket?.destroy())
  }
  if (fault?.how === 'slow') await new Promise((done) => setTimeout(done, fault.ms))
  send()
}
