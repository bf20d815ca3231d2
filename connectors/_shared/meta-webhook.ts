// How Meta knocks, for every product of its: a GET handshake once, then signed POSTs that name their account inside.
import type { Endpoint, Raw, Webhook } from '../../core/ports/channel.ts'
import type { HttpRequest, HttpResponse } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'
import { cutByRoute, type RouteOf } from './meta-routes.ts'
import { depthOf, maxDepth } from './read-json.ts'
import { headerValues, isOneOf, signatureProblem } from './hmac-signature.ts'

type Secret = 'appSecret' | 'verifyToken'
type Opened =
  | { readonly raws: readonly Raw[]; readonly reply: HttpResponse }
  | { readonly refuse: HttpResponse; readonly why: string }

/** `nosniff`: nobody's browser may take an echoed challenge for a page (S5). */
const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
/** Only 200 counts as taken: 202 and 204 are failures to this vendor (webhooks overview, checked 2026-11). */
const taken: HttpResponse = { status: 200, body: 'ok', headers: plain }
const refuse = (status: number, why: string): Opened => ({
  refuse: { status, body: status === 405 ? 'method not allowed' : 'refused', headers: plain },
  why,
})
/** The SHA-1 header beside it is not looked at. */
const signatureHeader = 'x-hub-signature-256'
/** The vendor's challenge is a number of about ten digits; what is longer was not written by it. */
const longestChallenge = 200

/** `signing`: the names of the secrets that may have signed; two apps may knock at one address. Name is threaded through for them. */
export function metaWebhook<S, Name extends string>(
  routeOf: RouteOf,
  signing: readonly (Name | 'appSecret')[] = ['appSecret'],
): Webhook<S, Name | Secret> {
  return {
    kind: 'webhook',
    proof: 'signature',
    async open(request, endpoint, now) {
      const knocked = endpoint as Endpoint<S, Secret>
      if (request.method === 'GET') return shakeHands(request.query, await knocked.secret('verifyToken'))
      if (request.method !== 'POST') return refuse(405, `a call with the method ${request.method.slice(0, 20)}`)
      const secrets = await Promise.all(signing.map((name) => endpoint.secret(name as NoInfer<Name | Secret>)))
      const problem = signatureProblem(request, signatureHeader, secrets.flat())
      if (problem !== null) return refuse(401, problem)
      // No message of this vendor is so deep; it is refused for good rather than kept (S7).
      if (depthOf(request.body) > maxDepth) return refuse(400, `nested deeper than ${maxDepth} levels`)
      return { raws: rawsOf(request, routeOf, now), reply: taken }
    },
  }
}

/** Answers only the right token, with the challenge as it came, as text (S5). A wrong one learns nothing, not even its own words. */
function shakeHands(query: URLSearchParams, tokens: readonly string[]): Opened {
  const [modes, given, challenges] = ['hub.mode', 'hub.verify_token', 'hub.challenge'].map((name) => query.getAll(name))
  const [token] = given!
  const [challenge] = challenges!
  const proven = isOneOf(token ?? '', tokens)
  if (!proven || given!.length !== 1) return refuse(403, 'a handshake with the wrong verify token')
  if (modes!.length !== 1 || modes![0] !== 'subscribe') return refuse(403, 'a handshake that is no subscription')
  if (challenges!.length !== 1 || challenge === undefined || challenge === '' || challenge.length > longestChallenge)
    return refuse(403, 'a handshake without one challenge')
  return { raws: [], reply: { status: 200, body: challenge, headers: plain } }
}

function rawsOf(request: HttpRequest, routeOf: RouteOf, receivedAt: Instant): readonly Raw[] {
  const contentType = headerValues(request, 'content-type')[0] ?? 'application/json'
  return cutByRoute(request.body, routeOf).map((cut) => ({ ...cut, contentType, receivedAt }))
}
