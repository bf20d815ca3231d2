// The webhook as the vendor keeps it: challenged, ended when the answer is wrong, checked again on request, and what it missed repeated.
import type { Knock } from '../../../core/ports/stand-in.ts'
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

/** Knocks once where the webhook is valid; what was not taken is kept for a replay, and nobody hears of it: X repeats nothing by itself. */
export async function tellHook(bytes: Uint8Array, ids: readonly string[], vendor: Vendor): Promise<boolean> {
  const { hook, knocker, keys } = vendor
  const headers = signedHeaders(bytes, keys.consumerSecret)
  const told = hook.valid ? await knocker.knock({ what: 'once', ids, bytes, headers }, { retry: false }) : null
  if (told?.status === 200) return true
  hook.missed.push({ at: vendor.now(), bytes })
  return false
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
  if (!hook.mayReplay) return problem(403, 'Forbidden', 'Replay is not in your plan')
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
  const [from, to] = [minuteIn(asked['from_date'] ?? ''), minuteIn(asked['to_date'] ?? '') + 60_000]
  if (from < vendor.now() - 86_400_000 - 60_000) return problem(400, 'Invalid Request', 'from_date is too old')
  const again = hook.missed.filter(({ at }) => at >= from && at < to).map(({ bytes }) => bytes)
  for (const bytes of [...again, bytesOf({ replay_job_status: done })]) vendor.knocker.owe(repeat(bytes, vendor))
  return { status: 200, body: { data: { created_at: new Date(vendor.now()).toISOString(), job_id: '1' } } }
}
const repeat = (bytes: Uint8Array, { knocker, keys }: Vendor): Promise<Knock> =>
  knocker.knock({ what: 'replay', ids: [], bytes, headers: signedHeaders(bytes, keys.consumerSecret) })
/** `202611101200`, UTC. */
const minuteIn = (text: string): number => {
  const [, year = '', month = '', day = '', hour = '', minute = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`)
}
