// The vendor's side of a token: a key pair made from the seed, and whether a token is one Apple would take.
import { createECDH, createPrivateKey, createPublicKey, verify, type KeyObject } from 'node:crypto'

export interface Keys {
  readonly keyId: string
  readonly issuerId: string
  /** The text of the .p8 file. */
  readonly pem: string
  readonly publicKey: KeyObject
}

/** Same seed, same key: `hex` are 64 digits of it. */
export function keysFrom(hex: string, keyId: string, issuerId: string): Keys {
  const curve = createECDH('prime256v1')
  // The order of the curve begins with eight F; a number that begins with 0 is below it.
  curve.setPrivateKey(`0${hex.slice(1)}`, 'hex')
  const point = curve.getPublicKey()
  const part = (bytes: Buffer): string => bytes.toString('base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: part(Buffer.from(`0${hex.slice(1)}`, 'hex')),
    x: part(point.subarray(1, 33)),
    y: part(point.subarray(33)),
  }
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { keyId, issuerId, pem, publicKey: createPublicKey(key) }
}

const mostSeconds = 1_200

/** Null: it is good. */
export function whyNoToken(header: string | undefined, keys: Keys, nowMs: number): string | null {
  const [scheme, token = ''] = (header ?? '').split(' ')
  const [head = '', claims = '', signature = ''] = token.split('.')
  if (scheme !== 'Bearer' || signature === '') return 'there is no token'
  const bytes = Buffer.from(signature, 'base64url')
  if (bytes.length !== 64) return 'the signature is not r and s of 64 bytes'
  const key = { key: keys.publicKey, dsaEncoding: 'ieee-p1363' } as const
  if (!verify('sha256', Buffer.from(`${head}.${claims}`), key, bytes)) return 'the signature is not of this key'
  const read = (text: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
  const [{ alg, kid, typ }, { iss, aud, iat, exp }] = [read(head), read(claims)]
  if (alg !== 'ES256' || kid !== keys.keyId || typ !== 'JWT') return 'the head is wrong'
  if (iss !== keys.issuerId || aud !== 'appstoreconnect-v1') return 'the issuer or the audience is wrong'
  if (typeof iat !== 'number' || typeof exp !== 'number') return 'it has no times'
  if (exp - iat > mostSeconds) return 'it lives longer than twenty minutes'
  const now = Math.floor(nowMs / 1000)
  return iat > now + 60 || exp <= now ? 'it is not valid now' : null
}
