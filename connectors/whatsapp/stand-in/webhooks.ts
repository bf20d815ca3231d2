// Bytes and signatures of the vendor's webhooks, and the values that go into them.
import { createHmac } from 'node:crypto'

type Fields = Readonly<Record<string, unknown>>

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

export const seconds = (ms: number): string => String(Math.floor(ms / 1_000))

/** wamid: the vendor's own make, base64 of a small record with the other side's phone and a unique key. */
export function wamidOf(phone: string, key: string, direction: 'in' | 'out'): string {
  const made = key.toUpperCase().slice(0, direction === 'in' ? 20 : 18)
  const bytes = Buffer.concat([
    Buffer.from([0x1c, 0x18, phone.length]),
    Buffer.from(phone, 'latin1'),
    Buffer.from([0x15, 0x02, 0x00, direction === 'in' ? 0x12 : 0x11, 0x18, made.length]),
    Buffer.from(made, 'latin1'),
    Buffer.from([0x00]),
  ])
  return `wamid.${bytes.toString('base64')}`
}

export interface Line {
  readonly wabaId: string
  readonly phoneNumberId: string
  readonly display: string
}
const metadataOf = (line: Line): Fields => ({
  display_phone_number: line.display,
  phone_number_id: line.phoneNumberId,
})
export function messagesCall(line: Line, value: Fields): Fields {
  const whole = { messaging_product: 'whatsapp', metadata: metadataOf(line), ...value }
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: line.wabaId, changes: [{ value: whole, field: 'messages' }] }],
  }
}
export const managementCall = (
  wabaId: string,
  at: number,
  change: { readonly field: string; readonly value: Fields },
) => ({
  entry: [{ id: wabaId, time: Math.floor(at / 1_000), changes: [{ value: change.value, field: change.field }] }],
  object: 'whatsapp_business_account',
})
/** Template ids are 64-bit JSON numbers, wider than a double holds (sheet section 3.7). */
export const wideNumber = (digits: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits)
