// Receipts of what was accepted, in the usual order or in one a test chose, and failures that come after a yes.
import { setTimeout as pause } from 'node:timers/promises'
import { vendorError } from './faults.ts'
import type { Vendor } from './vendor.ts'
import { messagesCall, seconds, type Line } from './webhooks.ts'

export interface AcceptedMessage {
  readonly id: string
  readonly line: Line
  readonly phone: string
  readonly userId: string | null
  readonly ours: string | null
  /** The vendor never tells more of a reaction than `sent`. */
  readonly isReaction: boolean
}
type State = 'sent' | 'delivered' | 'read' | 'failed'

/** Long enough that the answer to the call is usually there first, as with the vendor; never promised. */
const firstAfterMs = 15

export function tellReceipts(message: AcceptedMessage, failure: number | null, vendor: Vendor): void {
  const usual: readonly State[] = message.isReaction ? ['sent'] : ['sent', 'delivered', 'read']
  const chosen = vendor.receipts === 'auto' ? usual : vendor.receipts === 'off' ? [] : vendor.receipts
  const states: readonly State[] = failure === null ? chosen : ['failed']
  if (vendor.knocker.url === null || states.length === 0) return
  vendor.knocker.owe(tellAll(message, states, { failure: failure ?? 131026, vendor }))
}

async function tellAll(
  message: AcceptedMessage,
  states: readonly State[],
  deps: { readonly failure: number; readonly vendor: Vendor },
): Promise<void> {
  await pause(firstAfterMs)
  for (const state of states) await tellReceipt(message, state, deps)
}

export function tellReceipt(
  message: AcceptedMessage,
  state: State,
  { failure, vendor }: { readonly failure: number; readonly vendor: Vendor },
): Promise<void> {
  const { id, userId, ours, phone, line } = message
  const status = {
    id,
    status: state,
    timestamp: seconds(vendor.now()),
    recipient_id: phone,
    ...(userId === null ? {} : { recipient_user_id: userId }),
    ...(ours === null ? {} : { biz_opaque_callback_data: ours }),
    ...extrasOf(state, failure),
  }
  return vendor.tell(state, [id], messagesCall(line, { statuses: [status] }))
}

function extrasOf(state: State, failure: number): Readonly<Record<string, unknown>> {
  const pricing = { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' }
  if (state === 'sent') return { pricing }
  if (state !== 'failed') return {}
  const { code, text } = vendorError(failure)
  const href = 'https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes'
  return { errors: [{ code, title: text, message: text, error_data: { details: text }, href }] }
}
