// What follows what was accepted: its echo, and how far it came, in the usual order or in one a test chose.
import { setTimeout as pause } from 'node:timers/promises'
import type { Fields } from '../graph-api.ts'
import { callOf, type DmVendor, type Page } from './vendor.ts'

export interface AcceptedMessage {
  readonly id: string
  readonly page: Page
  readonly person: string
  readonly message: Fields
}
type State = 'sent' | 'delivered' | 'read' | 'failed'
/** A person takes longer to read than we to write down what the vendor answered. */
const [firstAfterMs, readAfterMs] = [15, 120]

/** Resolves at once, or, where the echo comes first, when it was taken or given up. */
export async function tellAccepted(it: AcceptedMessage, vendor: DmVendor): Promise<void> {
  const states: readonly State[] =
    vendor.receipts === 'auto' ? ['delivered', 'read'] : vendor.receipts === 'off' ? [] : vendor.receipts
  if (vendor.knocker.url === null || vendor.receipts === 'off') return
  if (vendor.isEchoFirst) await tellEcho(it, vendor)
  vendor.knocker.owe(tellAll(it, states, vendor))
}

async function tellAll(it: AcceptedMessage, states: readonly State[], vendor: DmVendor): Promise<void> {
  await pause(firstAfterMs)
  if (!vendor.isEchoFirst) await tellEcho(it, vendor)
  for (const state of states) await tellState(it, state, vendor)
}

export function tellEcho({ id, page, person, message }: AcceptedMessage, vendor: DmVendor): Promise<void> {
  const { metadata, ...shown } = message
  const known = vendor.rules.echoesNameUs
    ? { app_id: Number(vendor.keys.appId), ...(metadata === undefined ? {} : { metadata }) }
    : {}
  const attachment = message['attachment']
  const content = attachment === undefined ? shown : { attachments: [attachment] }
  const echo = { mid: id, is_echo: true, ...known, ...content }
  const item = { sender: { id: page.id }, recipient: { id: person }, timestamp: vendor.now(), message: echo }
  return vendor.tell('echo', [id], callOf([{ page, place: 'messaging', item }], vendor))
}

/** These products tell of no failure after a yes, and one of them of no delivery. */
export async function tellState({ id, page, person }: AcceptedMessage, state: State, vendor: DmVendor): Promise<void> {
  const byMark = vendor.rules.receipts === 'watermarks'
  if (state === 'read') await pause(readAfterMs)
  const now = vendor.now()
  const what =
    state === 'read'
      ? { read: byMark ? { watermark: now } : { mid: id } }
      : state === 'delivered' && byMark
        ? { delivery: { mids: [id], watermark: now } }
        : null
  if (what === null) return
  const item = { sender: { id: person }, recipient: { id: page.id }, timestamp: now, ...what }
  await vendor.tell(state, [id], callOf([{ page, place: 'messaging', item }], vendor))
}
