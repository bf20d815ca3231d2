// The access token of a service account: asked for with a signed assertion, used until shortly before its end (RFC 7523).
import { heldTokens, type Fresh } from '../_shared/held-tokens.ts'
import { privateKeyIn, signedJwt } from '../_shared/jwt.ts'
import { numberAt, textAt, type Json } from '../_shared/read-json.ts'
import { secretOr } from '../_shared/secret-or.ts'
import { callLimits, jsonIn, speakable, type Failed } from '../_shared/store-calls.ts'
import type { Way } from './api.ts'

const scope = 'https://www.googleapis.com/auth/androidpublisher'
const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const lifeSeconds = 3_600
/** Renewed so long before its end. */
const earlySeconds = 300
const skewSeconds = 30
const tokens = heldTokens<Failed>()

export const dropToken = (refused: string): void => tokens.drop(refused)

export async function bearerOf(way: Way): Promise<string | Failed> {
  const file = await secretOr(way.account, 'serviceAccount')
  return tokens.get([file ?? ''], Date.parse(way.edges.clock.now()), () => asked(file, way))
}

async function asked(file: string | null, { account, edges, signal }: Way): Promise<Fresh | Failed> {
  const now = Math.floor(Date.parse(edges.clock.now()) / 1000)
  const keyFile = file === null ? null : jsonIn(new TextEncoder().encode(file))
  const said = assertionOf(keyFile, now)
  if (said === null) {
    const what = file === null ? 'not set' : 'no key file of a service account'
    return {
      is: 'account-down',
      why: `${account.id}: serviceAccount is ${what}; give the account the text of the JSON file`,
    }
  }
  const body = new URLSearchParams({ grant_type: grant, assertion: said.assertion })
  const answer = await edges.http.call({ method: 'POST', url: said.url, body, ...callLimits }, signal)
  // Whatever became of this call, no review was answered by it.
  if (answer.is !== 'answer') return later(`the token endpoint did not answer: ${answer.why}`)
  const granted = jsonIn(answer.body)
  const token = textAt(granted, 'access_token')
  if (answer.status === 200 && token !== undefined) {
    const seconds = numberAt(granted, 'expires_in') ?? lifeSeconds
    return { token, goodForMs: Math.max(30, seconds - earlySeconds) * 1000 }
  }
  const words = speakable(
    `${textAt(granted, 'error') ?? `HTTP ${answer.status}`} ${textAt(granted, 'error_description') ?? ''}`,
    [said.assertion, textAt(keyFile, 'private_key') ?? ''],
  ).trim()
  if (answer.status === 400 || answer.status === 401)
    return {
      is: 'account-down',
      why: `Google gives no token: ${words}. Was the key deleted, or is this machine's clock wrong?`,
    }
  return later(`the token endpoint answered: ${words}`)
}
const later = (why: string): Failed => ({ is: 'try-later', afterSeconds: 5, scope: 'account', why })

/** `aud` is the key file's own endpoint, so that a test's key file leads to its stand-in and nowhere else. */
function assertionOf(file: Json | null, now: number): { readonly url: string; readonly assertion: string } | null {
  const [iss, kid, pem, url] = ['client_email', 'private_key_id', 'private_key', 'token_uri'].map((name) =>
    textAt(file, name),
  )
  if (iss === undefined || kid === undefined || pem === undefined || url === undefined || !URL.canParse(url))
    return null
  const key = privateKeyIn(pem, 'rsa')
  if (key === null) return null
  const iat = now - skewSeconds
  const claims = { iss, scope, aud: url, iat, exp: iat + lifeSeconds }
  return { url, assertion: signedJwt({ alg: 'RS256', kid, key, claims }) }
}
