// The vendor's calls that its products share: messages, uploads, files of people, the page itself and what it is subscribed to.
import type { FaultyCall } from '../../../../core/ports/stand-in.ts'
import {
  serveFile,
  type Answering,
  type Call,
  type Fields,
  type GraphApi,
  type Handler,
  type Reply,
} from '../graph-api.ts'
import { accept } from './accept.ts'
import { dmError, pairOf, type DmVendor, type Page, type Person } from './vendor.ts'

const cdn = 'cdn'

export const apiOf = (vendor: DmVendor): GraphApi => ({
  ledger: vendor.ledger,
  now: vendor.now,
  latencyMs: vendor.latencyMs,
  faults: vendor.faults,
  // Files of people lie behind signed addresses, for whoever has one.
  refuse: (call) =>
    call.path[0] === cdn || pageOf(call, vendor) !== null ? null : dmError(190, 463, 'Session has expired'),
  routeOf: (call) => routeOf(call, vendor),
  errorOf: (code, text) => dmError(code, undefined, text),
  errorBody: (error): Fields => ({
    error: {
      message: `(#${error.code}) ${error.text}`,
      type: 'OAuthException',
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      fbtrace_id: `A${vendor.key('trace').slice(0, 20)}`,
    },
  }),
})

/** Whose token it is. */
const pageOf = (call: Call, vendor: DmVendor): Page | null =>
  vendor.pages.find((it) => it.token === call.token && !it.isExpired) ?? null

function routeOf(call: Call, vendor: DmVendor): readonly [FaultyCall, Handler] {
  if (call.path[0] === cdn) return ['download', (it, by) => download(it, vendor, by)]
  const page = pageOf(call, vendor) ?? vendor.page(0)
  const [version = '', node = '', edge = ''] = call.path
  if (!/^v\d+\.\d+$/.test(version) && version !== 'refresh_access_token') return ['other', () => unknown()]
  const own = vendor.rules.routeOf(call, page, vendor)
  if (own !== null) return own
  const person = call.method === 'GET' && edge === '' ? personOf(node, page, vendor) : null
  if (person !== null) return ['other', () => profileOf(call, { person, page }, vendor)]
  const isOurs = node === 'me' || node === page.id || node === vendor.rules.linkedTo?.(page)
  if (!isOurs) return ['other', () => unknown()]
  if (call.method === 'POST' && edge === 'messages')
    return ['send', (it) => withBody(it, (body) => accept(page, body, vendor))]
  if (call.method === 'POST' && edge === 'message_attachments') return ['upload', (it) => upload(it, vendor)]
  if (call.method === 'GET' && edge === 'subscribed_apps') return ['other', () => subscribed(page, vendor)]
  if (call.method === 'GET' && edge === '') return ['other', () => ({ body: { id: page.id, name: page.name } })]
  return ['other', () => unknown()]
}
function personOf(id: string, page: Page, vendor: DmVendor): Person | null {
  const person = /^\d{16}$/.test(id) ? vendor.person(Number(id.slice(-7)), page) : null
  return person?.id === id ? person : null
}

/** Only of whoever has written, which is their consent (Instagram sheet, section 5). */
function profileOf(
  call: Call,
  { person: { id, name }, page }: { readonly person: Person; readonly page: Page },
  vendor: DmVendor,
): Reply {
  if (!vendor.wrote.has(pairOf(page, id)))
    return { error: dmError(230, undefined, 'User consent is required to access user profile') }
  const [first = '', ...rest] = name.split(' ')
  const known: Fields = { name, first_name: first, last_name: rest.join(' '), username: first.toLowerCase() }
  const asked = (call.query.get('fields') ?? '').split(',').filter((it) => Object.hasOwn(known, it))
  return { body: { ...Object.fromEntries(asked.map((it) => [it, known[it]])), id } }
}
const unknown = (): Reply => ({ error: dmError(100, 33, 'Unsupported request. Object does not exist') })

async function withBody(call: Call, use: (body: Fields) => Promise<Reply>): Promise<Reply> {
  try {
    return await use(JSON.parse(call.bytes.toString()) as Fields)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { error: dmError(100, undefined, 'The body is not JSON of the expected shape') }
  }
}

const subscribed = (page: Page, vendor: DmVendor): Reply => ({
  body: { data: page.fields.length === 0 ? [] : [{ id: vendor.keys.appId, subscribed_fields: page.fields }] },
})

async function upload(call: Call, vendor: DmVendor): Promise<Reply> {
  const body = new Uint8Array(call.bytes)
  const form = await new Response(body, { headers: { 'content-type': call.type } }).formData().catch(() => null)
  const file = form?.get('filedata')
  if (!(file instanceof Blob) || typeof form?.get('message') !== 'string') return { error: dmError(100) }
  if (file.size === 0 || file.size > 25 * 1_024 * 1_024)
    return { error: dmError(100, 2018109, 'Attachment size exceeds allowable limit') }
  return {
    body: { attachment_id: vendor.cdn.add({ bytes: new Uint8Array(await file.arrayBuffer()), type: file.type }) },
  }
}

/** An address that is over answers 403, as the vendor's does. */
async function download(call: Call, vendor: DmVendor, by: Answering): Promise<null> {
  const file = vendor.cdn.at(call.path[1] ?? '', call.query.get('oh'))
  if (file !== null && by.fault?.how !== 'gone') return serveFile(file, by)
  vendor.ledger.add({ is: 'answered', at: vendor.now(), call: 'GET file', status: 403, code: null })
  by.response.writeHead(403, { 'content-type': 'text/plain' }).end('URL signature expired')
  return null
}
