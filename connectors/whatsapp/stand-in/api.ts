// The vendor's calls: which path is what, and the calls about templates.
import type { FaultyCall } from '../../../core/ports/stand-in.ts'
import {
  withJson,
  type Call,
  type Fields,
  type GraphApi,
  type Handler,
  type Reply,
} from '../../_shared/stand-in/graph-api.ts'
import { accept } from './accept.ts'
import { errorBody, vendorError } from './faults.ts'
import { download, mediaRecord, upload } from './files.ts'
import { tellTemplate, type Vendor } from './vendor.ts'

export const apiOf = (vendor: Vendor): GraphApi => ({
  ledger: vendor.ledger,
  now: vendor.now,
  latencyMs: vendor.latencyMs,
  faults: vendor.faults,
  refuse: ({ token }) => (token === vendor.keys.accessToken && !vendor.keys.isExpired ? null : vendorError(190)),
  routeOf: (call) => routeOf(call, vendor),
  errorOf: vendorError,
  errorBody: (error) => errorBody(error, `A${vendor.key('trace').slice(0, 20)}`),
})

const json = (call: Call, use: (body: Fields) => Reply): Reply => withJson(call, { errorOf: vendorError }, use)

function routeOf(call: Call, vendor: Vendor): readonly [FaultyCall, Handler] {
  const [first = '', id = '', edge = ''] = call.path
  if (first === 'whatsapp_business') return ['download', (it, by) => download(it, vendor, by)]
  if (!/^v\d+\.\d+$/.test(first)) return ['other', () => ({ error: vendorError(100, 'Unknown path components') })]
  const line = vendor.lineOf(id)
  if (line !== null && call.method === 'POST' && edge === 'messages') {
    return ['send', () => json(call, (body) => accept(line, body, vendor))]
  }
  if (line !== null && call.method === 'POST' && edge === 'media') return ['upload', (it) => upload(it, vendor)]
  if (line !== null && call.method === 'GET' && edge === '') {
    const named = { verified_name: 'Stand-in Shop', display_phone_number: `+${line.display}`, quality_rating: 'GREEN' }
    return ['other', () => ({ body: { ...named, id } })]
  }
  if (id === vendor.line(0).wabaId && edge === 'message_templates') return ['other', (it) => templateCall(it, vendor)]
  return ['media', (it, { fault }) => mediaRecord(it, vendor, fault)]
}

function templateCall(call: Call, vendor: Vendor): Reply {
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
  return json(call, (body) => {
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
