// The values that go into the vendor's webhooks.
type Fields = Readonly<Record<string, unknown>>

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
