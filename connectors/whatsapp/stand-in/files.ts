// The vendor's file calls: uploads, records with an address, and the bytes behind the address.
import type { Fault } from '../../../core/ports/stand-in.ts'
import { serveFile, type Answering, type Call, type Reply } from '../../_shared/stand-in/graph-api.ts'
import { fileRules } from '../limits.ts'
import { vendorError } from './faults.ts'
import { sha256Of } from './media.ts'
import type { Vendor } from './vendor.ts'

export async function upload(call: Call, vendor: Vendor): Promise<Reply> {
  const body = new Uint8Array(call.bytes)
  const form = await new Response(body, { headers: { 'content-type': call.type } }).formData().catch(() => null)
  const [file, type] = [form?.get('file'), form?.get('type')]
  if (form?.get('messaging_product') !== 'whatsapp') return { error: vendorError(100, 'Param messaging_product') }
  if (!(file instanceof Blob) || typeof type !== 'string') return { error: vendorError(100, 'Params file and type') }
  const rule = fileRules.find((it) => it.type === type || it.type === '*')
  if (file.size === 0 || file.size > (rule?.maxBytes ?? 0))
    return { error: vendorError(131053, 'The file is empty or too large') }
  const name = 'name' in file && typeof file.name === 'string' ? file.name : 'file'
  return { body: { id: vendor.media.add({ bytes: new Uint8Array(await file.arrayBuffer()), type, name }) } }
}

export function mediaRecord(call: Call, vendor: Vendor, fault: Fault | null): Reply {
  const id = call.path[1] ?? ''
  if (!/^\d{6,}$/.test(id) || !vendor.media.has(id) || fault?.how === 'gone') {
    return {
      error: { ...vendorError(100, `Unsupported get request. Object with ID '${id}' does not exist`), subcode: 33 },
    }
  }
  if (call.method === 'DELETE') {
    vendor.media.remove(id)
    return { body: { success: true } }
  }
  const { bytes, type } = vendor.media.get(id)
  const sha256 = Buffer.from(sha256Of(bytes), 'base64').toString('hex')
  const url = `${call.base}${vendor.media.pathOf(id)}`
  const size = String(bytes.byteLength)
  return { body: { messaging_product: 'whatsapp', url, mime_type: type, sha256, file_size: size, id } }
}

export async function download(call: Call, vendor: Vendor, by: Answering): Promise<null> {
  const id = vendor.media.idAt(call.query)
  if (id !== null && vendor.media.has(id) && by.fault?.how !== 'gone') return serveFile(vendor.media.get(id), by)
  vendor.ledger.add({ is: 'answered', at: vendor.now(), call: `GET file ${id ?? ''}`, status: 404, code: null })
  by.response.writeHead(404, { 'content-type': 'text/plain' }).end('not found')
  return null
}
