// How this channel hears: one signed call, kept as its bytes.
import type { Webhook } from '../../core/ports/channel.ts'
import { isGatewayError } from '../../core/errors.ts'
import { signatureProblem } from '../_shared/hmac-signature.ts'
import { readJson, textAt } from '../_shared/read-json.ts'
import type { SecretName, Settings } from './settings.ts'

const signatureHeader = 'x-signature'
const plain = { 'content-type': 'text/plain; charset=utf-8' }

export const webhook: Webhook<Settings, SecretName> = {
  kind: 'webhook',
  proof: 'signature',
  async open(request, endpoint, now) {
    const problem = signatureProblem(request, signatureHeader, await endpoint.secret('signingSecret'))
    if (problem !== null) return { refuse: { status: 401, body: 'refused', headers: plain }, why: problem }
    const raw = {
      route: appOf(request.body),
      bytes: request.body,
      contentType: 'application/json',
      receivedAt: now,
    }
    return { raws: [raw], reply: { status: 200, body: 'ok', headers: plain } }
  },
}

/** Signed bytes that cannot be read belong to nobody and are kept all the same. */
function appOf(bytes: Uint8Array): string {
  try {
    return textAt(readJson(bytes, 'a call'), 'app') ?? ''
  } catch (error) {
    if (isGatewayError(error, 'event.invalid')) return ''
    throw error
  }
}
