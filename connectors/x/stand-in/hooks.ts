// The webhook as the vendor keeps it: challenged, ended when the answer is wrong, checked again on request, and what it missed repeated.
import { signatureOf } from '../../_shared/hmac-signature.ts'
import { problem, type Answer, type Call } from './api.ts'
import type { Vendor } from './vendor.ts'
import { bytesOf, signedHeaders } from './webhooks.ts'

export interface Challenged {
  readonly status: number
  readonly body: string
  readonly token: string
}
/** Ten seconds, no redirect, and exactly this answer; else the webhook is ended. */
export async function challenge(token: string, vendor: Vendor): Promise<Challenged> {
  const { url } = vendor.knocker
  if (url === null) throw new Error('The stand-in was not told where to knock: call knocksAt first')
  const asked = new URL(url)
  asked.search = new URLSearchParams({ crc_token: token }).toString()
  const answer = await fetch(asked, { redirect: 'manual', signal: AbortSignal.timeout(10_000) })
  const body = await answer.text()
  const right = JSON.stringify({ response_token: signatureOf(token, vendor.keys.consumerSecret, 'base64') })
  vendor.hook.valid = answer.status === 200 && body === right
  return { status: answer.status, body, token }
}

/** Knocks where the webhook is valid; else it is kept for a replay, and nobody hears of it. */
export async function tellHook(bytes: Uint8Array, ids: readonly string[], vendor: Vendor): Promise<boolean> {
  if (!vendor.hook.valid) {
    vendor.hook.missed.push(bytes)
    return false
  }
  await vendor.knocker.knock({ what: 'replay', ids, bytes, headers: signedHeaders(bytes, vendor.keys.consumerSecret) })
  return true
}

export async function webhooks(call: Call, vendor: Vendor): Promise<Answer> {
  const { hook } = vendor
  const shown = {
    id: hook.id,
    url: String(vendor.knocker.url),
    valid: hook.valid,
    created_at: '2026-11-01T00:00:00.000Z',
  }
  if (call.method === 'GET') return { status: 200, body: { data: [shown] } }
  if (call.method === 'PUT' && call.path.endsWith(hook.id)) {
    await challenge(vendor.key('crc'), vendor).catch(() => undefined)
    return { status: 200, body: { data: { valid: hook.valid } } }
  }
  if (call.method !== 'POST' || !call.path.endsWith('/replay')) return problem(404, 'Not Found')
  const asked = JSON.parse(call.body.toString()) as Readonly<Record<string, string>>
  const isRight =
    asked['webhook_id'] === hook.id &&
    /^\d{12}$/.test(asked['from_date'] ?? '') &&
    /^\d{12}$/.test(asked['to_date'] ?? '')
  if (!isRight) return problem(400, 'Invalid Request')
  const done = {
    webhook_id: hook.id,
    job_state: 'Complete',
    job_state_description: 'Job completed successfully',
    job_id: '1',
  }
  for (const bytes of [...hook.missed.splice(0), bytesOf({ replay_job_status: done })])
    vendor.knocker.owe(tellHook(bytes, [], vendor))
  return { status: 200, body: { data: { created_at: new Date(vendor.now()).toISOString(), job_id: '1' } } }
}
