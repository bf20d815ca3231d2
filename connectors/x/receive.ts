// How this channel hears by webhook: the CRC challenge, the signature in base64, and which account a call is for.
import type { HttpRequest, HttpResponse } from '../../core/ports/edges.ts'
import type { Webhook } from '../../core/ports/channel.ts'
import { headerValues, signatureOf, signatureProblem } from '../_shared/hmac-signature.ts'
import {
  depthOf,
  field,
  idAt,
  listAt,
  maxDepth,
  objectAt,
  readJsonOrNull,
  textAt,
  textOf,
  type Json,
} from '../_shared/read-json.ts'
import { tagRoute, type SecretName, type Settings } from './settings.ts'

const signatureHeader = 'x-twitter-webhooks-signature'
/** `nosniff`: nobody's browser may take an answer for a page. */
const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
const json = { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' }
/** The vendor's own are short plain words; what is anything else was not written by it, and is not signed. */
const longestChallenge = 500
const isChallenge = (text: string): boolean => text.length <= longestChallenge && /^[\w.~+/=-]+$/.test(text)

type Opened = Awaited<ReturnType<Webhook<Settings, SecretName>['open']>>
const refuse = (status: number, why: string): Opened => ({
  refuse: { status, body: status === 405 ? 'method not allowed' : 'refused', headers: plain },
  why,
})

export const webhook: Webhook<Settings, SecretName> = {
  kind: 'webhook',
  proof: 'signature',
  async open(request, endpoint, now) {
    const secrets = await endpoint.secret('consumerSecret')
    if (request.method === 'GET') return answerChallenge(request, secrets)
    if (request.method !== 'POST') return refuse(405, `a call with the method ${request.method.slice(0, 20)}`)
    const problem = signatureProblem(request, signatureHeader, secrets, 'base64')
    if (problem !== null) return refuse(401, problem)
    if (isChallenge(textOf(request.body.subarray(0, longestChallenge + 1))))
      return refuse(401, 'a body that anybody could have had signed as a challenge')
    if (depthOf(request.body) > maxDepth) return refuse(400, `nested deeper than ${maxDepth} levels`)
    const taken: HttpResponse = { status: 200, body: 'ok', headers: plain }
    const call = readJsonOrNull(request.body, 'a webhook call')
    // How a replay job that we asked for ended: of no account, and nothing anybody wrote.
    if (call !== null && objectAt(call, 'replay_job_status') !== undefined) return { raws: [], reply: taken }
    const contentType = headerValues(request, 'content-type')[0] ?? 'application/json'
    const raw = { route: call === null ? '' : routeOf(call), bytes: request.body, contentType, receivedAt: now }
    return { raws: [raw], reply: taken }
  },
}

/**
 * Proves that we hold the secret, as often as the vendor asks: hourly, or every half hour (its pages differ). The token is made up by
 * whoever asks, so what is signed for them must never pass as the signature of a call: no body that could be such a word is taken.
 */
function answerChallenge(request: HttpRequest, secrets: readonly string[]): Opened {
  const given = request.query.getAll('crc_token')
  const [token] = given
  if (given.length !== 1 || token === undefined) return refuse(403, 'a challenge without one crc_token')
  if (!isChallenge(token)) return refuse(403, 'a challenge whose crc_token is no plain word')
  const secret = secrets.find((it) => it !== '')
  if (secret === undefined) return refuse(403, 'no signing secret is set for this endpoint')
  const body = JSON.stringify({ response_token: signatureOf(token, secret, 'base64') })
  return { raws: [], reply: { status: 200, body, headers: json } }
}

/** Every call is about one account; where nobody is named it is kept in quarantine. */
export function routeOf(call: Json): string {
  const data = objectAt(call, 'data')
  const revoked = objectAt(objectAt(objectAt(call, 'user_event'), 'revoke'), 'source')
  return (
    idAt(call, 'for_user_id') ??
    idAt(objectAt(data, 'filter'), 'user_id') ??
    idAt(revoked, 'user_id') ??
    (field(data, 'event_type') === 'oauth.revoke' ? idAt(objectAt(data, 'payload'), 'user_id') : undefined) ??
    tagOf(call) ??
    ''
  )
}
function tagOf(call: Json): string | undefined {
  const tag = listAt(call, 'matching_rules')
    .map((rule) => textAt(rule, 'tag'))
    .find((it) => it !== undefined)
  return tag === undefined ? undefined : tagRoute(tag)
}
