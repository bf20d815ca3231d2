// Builders of what deliver hands to a channel's send.
import type { OutboundMessage } from '../../core/ports/channel.ts'
import type { Customer } from '../../core/ports/stand-in.ts'
import type { Attachment } from '../../schemas/message.ts'

export const outbound = (more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  ours: 'rep_1',
  kind: 'dm',
  author: 'person',
  to: { id: 'TR.1', name: null, address: null, keys: [] },
  text: '',
  parts: [],
  attachments: [],
  repliesTo: [],
  vendor: { to: '+905321112233' },
  ...more,
})
let made = 0
/** A reply of its own, with words nobody else says, to one of a stand-in's people. */
export function outboundTo({ id, name, address }: Customer, more: Partial<OutboundMessage> = {}): OutboundMessage {
  made += 1
  const ours = `rep_${String(made).padStart(32, '0')}`
  return outbound({ ours, to: { id, name, address, keys: [] }, text: `Merhaba ${made}`, vendor: { to: id }, ...more })
}
/** An answer under a review; `more` may say another `vendor`, or which answer it takes the place of. */
export const answerUnder = (review: string, text: string, more: Partial<OutboundMessage> = {}): OutboundMessage =>
  outbound({
    ours: 'rep_00000000000000000000000000000001',
    kind: 'review',
    to: { id: review, name: null, address: null, keys: [] },
    text,
    vendor: { review },
    ...more,
  })
export const attachment = (type: string, more: Partial<Attachment> = {}): Attachment => ({
  id: 'att_1',
  name: 'dosya.bin',
  type,
  size: 1_000,
  sha256: null,
  state: 'stored',
  source: { blob: `sha256:${'a'.repeat(64)}` },
  ...more,
})
