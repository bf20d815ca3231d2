// Signs what proves to a vendor who calls: a short JSON Web Token under our private key.
import { createPrivateKey, sign, type KeyObject } from 'node:crypto'

export interface Claims {
  readonly [name: string]: string | number | readonly string[]
}
export interface JwtOptions {
  readonly alg: 'ES256' | 'RS256'
  /** The key's name at the vendor. */
  readonly kid: string
  readonly key: KeyObject
  readonly claims: Claims
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** ES256 is signed in the form of JOSE, r and s beside each other: what openssl gives by itself (DER) every vendor refuses. */
export function signedJwt({ alg, kid, key, claims }: JwtOptions): string {
  const head = `${part({ alg, kid, typ: 'JWT' })}.${part(claims)}`
  const how = alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key
  return `${head}.${sign('sha256', Buffer.from(head), how).toString('base64url')}`
}

/** Null: these are not the characters of a private key of this kind. Says nothing of what they are (S18). */
export function privateKeyIn(pem: string, kind: 'ec' | 'rsa'): KeyObject | null {
  try {
    // One line in an environment variable is how such a key often arrives.
    const key = createPrivateKey(pem.includes('\n') ? pem : pem.replaceAll('\\n', '\n'))
    const isRight =
      kind === 'rsa'
        ? key.asymmetricKeyType === 'rsa'
        : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isRight ? key : null
  } catch {
    return null
  }
}
