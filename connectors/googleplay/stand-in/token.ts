// The vendor's token endpoint: takes an assertion of the service account, gives tokens that end.
import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import type { Answer, Asked } from '../../_shared/stand-in/faulty-server.ts'

export interface Tokens {
  /** The JSON key file, as a person downloads it. */
  keyFile(tokenUri: string): string
  grant(asked: Asked, tokenUri: string): Answer
  isGood(header: string | undefined): boolean
  /** Everything given out so far is over. */
  expire(): void
}
export interface TokensOptions {
  readonly now: () => number
  readonly next: (turn: number) => string
  readonly name: string
}
const lifeMs = 3_599_000
const mostSeconds = 3_600

export function tokensOf({ now, next, name }: TokensOptions): Tokens {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = `${name}-key`
  const email = `${name}@project.iam.gserviceaccount.com`
  const given = new Map<string, number>()
  return {
    keyFile: (tokenUri) =>
      JSON.stringify({
        type: 'service_account',
        private_key_id: kid,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        client_email: email,
        token_uri: tokenUri,
      }),
    grant(asked, tokenUri) {
      const form = new URLSearchParams(asked.text)
      const why =
        form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
          ? whyNot(form.get('assertion') ?? '', { publicKey, kid, email, tokenUri, nowMs: now() })
          : 'unsupported grant'
      if (why !== null)
        return { status: 400, body: { error: 'invalid_grant', error_description: `Invalid JWT: ${why}` } }
      const token = `ya29.${next(given.size)}`
      given.set(token, now() + lifeMs)
      return { status: 200, body: { access_token: token, expires_in: 3599, token_type: 'Bearer' } }
    },
    isGood: (header) => now() < (given.get((header ?? '').replace('Bearer ', '')) ?? 0),
    expire: () => given.forEach((_, token) => given.set(token, 0)),
  }
}

interface Right {
  readonly publicKey: KeyObject
  readonly kid: string
  readonly email: string
  readonly tokenUri: string
  readonly nowMs: number
}
function whyNot(assertion: string, { publicKey, kid, email, tokenUri, nowMs }: Right): string | null {
  const [head = '', claims = '', signature = ''] = assertion.split('.')
  if (!verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url')))
    return 'the signature is not of this key'
  const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
  const [{ alg, kid: named }, { iss, aud, scope, iat, exp }] = [read(head), read(claims)]
  if (alg !== 'RS256' || named !== kid || iss !== email || aud !== tokenUri) return 'head, issuer or audience is wrong'
  if (scope !== 'https://www.googleapis.com/auth/androidpublisher') return 'the scope is wrong'
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > mostSeconds)
    return 'Token must be a short-lived token (60 minutes) and in a reasonable timeframe'
  const now = Math.floor(nowMs / 1000)
  return iat > now + 60 || exp <= now ? 'it is not valid now' : null
}
