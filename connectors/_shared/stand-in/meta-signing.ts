// Bytes and signatures of Meta's webhooks, and the handshake that comes before them.
import { createHmac } from 'node:crypto'

/** ASCII JSON without spaces, non-ASCII as lower-case \uXXXX and `/` as `\/`: what the vendor signs (sheet section 3.2). */
export function vendorBytes(value: unknown): Uint8Array {
  const text = JSON.stringify(value)
    .replaceAll('/', String.raw`\/`)
    .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return new TextEncoder().encode(text)
}

export type Signing = 'right' | 'missing' | 'wrong' | 'doubled'
export function signedHeaders(bytes: Uint8Array, appSecret: string, how: Signing): [string, string][] {
  const mac = (algorithm: 'sha256' | 'sha1', key: string): string =>
    createHmac(algorithm, key).update(bytes).digest('hex')
  const right: [string, string] = ['X-Hub-Signature-256', `sha256=${mac('sha256', appSecret)}`]
  const signatures: Readonly<Record<Signing, [string, string][]>> = {
    right: [right],
    missing: [],
    wrong: [['X-Hub-Signature-256', `sha256=${mac('sha256', `${appSecret}, but another`)}`]],
    doubled: [right, right],
  }
  return [
    ['Content-Type', 'application/json'],
    ['User-Agent', 'facebookexternalua'],
    ['Accept', '*/*'],
    ...(how === 'missing' ? [] : [['X-Hub-Signature', `sha1=${mac('sha1', appSecret)}`] as [string, string]]),
    ...signatures[how],
  ]
}

export interface Shaken {
  readonly status: number
  readonly body: string
  readonly challenge: string
}
/** The GET by which Meta verifies a webhook's address. */
export async function shakeHands(url: URL | null, token: string, challenge: string): Promise<Shaken> {
  if (url === null) throw new Error('The stand-in was not told where to knock: call knocksAt first')
  const asked = new URL(url)
  asked.search = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.challenge': challenge,
    'hub.verify_token': token,
  }).toString()
  const answer = await fetch(asked, { redirect: 'manual' })
  return { status: answer.status, body: await answer.text(), challenge }
}
