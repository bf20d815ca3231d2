// Plans one reply: the one vendor message it becomes, or in words why it cannot be one.
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { callbackDataMax, captionMax, fileRules, textMax } from './limits.ts'
import {
  content,
  lengthOf,
  refuse,
  type Body,
  type Content,
  type OutgoingFile,
  type Refused,
} from './outgoing-content.ts'
import { fileNameOf } from '../_shared/meta-upload.ts'
import { partBody } from './outgoing-part.ts'
import { templateBody } from './outgoing-template.ts'

export type Plan =
  | Refused
  | {
      readonly is: 'plan'
      /** To be uploaded first; its id then goes into `body`. */
      readonly file: OutgoingFile | null
      readonly body: (mediaId: string) => Body
    }
export function plan(message: OutboundMessage): Plan {
  const to = addressOf(message)
  if ('is' in to) return to
  if (message.ours.length > callbackDataMax)
    return refuse('invalid', `Our own key is longer than ${callbackDataMax} characters`)
  const file = fileOf(message)
  if (file !== null && 'is' in file) return file
  const what = contentOf(message, file)
  if (what.is === 'refused') return what
  const around = { messaging_product: 'whatsapp', ...to, biz_opaque_callback_data: message.ours }
  return {
    is: 'plan',
    file,
    body: (mediaId) => {
      const body = what.body(mediaId)
      return { ...around, ...quoteOf(message, body), ...body }
    },
  }
}

interface Address {
  readonly recipient_type: 'individual' | 'group'
  readonly to?: string
  readonly recipient?: string
}
/** Country, dot, up to 128 letters and digits; a linked portfolio’s has one more word (sheet section 5, checked 2026-11). */
const userId = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/
/** `to` wins where both are known; always with `+`, or the vendor puts the business's own country code before it (sheet section 6). */
function addressOf(message: OutboundMessage): Address | Refused {
  const { to, recipient, group } = message.vendor
  if (group !== undefined && group !== '') return { recipient_type: 'group', to: group }
  if (to !== undefined && to !== '') return { recipient_type: 'individual', to: dialled(to) ?? to }
  if (recipient !== undefined && recipient !== '') return { recipient_type: 'individual', recipient }
  const typed = dialled(message.to.address ?? '') ?? dialled(message.to.id)
  if (typed !== null) return { recipient_type: 'individual', to: typed }
  if (userId.test(message.to.id)) return { recipient_type: 'individual', recipient: message.to.id }
  return refuse('no_address', 'This customer has neither a phone number nor a WhatsApp user id on this account')
}

/** A reaction names its message itself. */
function quoteOf(message: OutboundMessage, body: Body): Body {
  const quoted = message.repliesTo[0]
  return quoted === undefined || body['type'] === 'reaction' ? {} : { context: { message_id: quoted } }
}

function dialled(number: string): string | null {
  const digits = number.replaceAll(/[\s()\-.]/g, '').replace(/^\+/, '')
  return /^\d{5,20}$/.test(digits) ? `+${digits}` : null
}

function fileOf(message: OutboundMessage): OutgoingFile | Refused | null {
  const [attachment, ...more] = message.attachments
  if (attachment === undefined) return null
  if (more.length > 0)
    return refuse('one_file', 'WhatsApp takes one file a message: send the others as replies of their own')
  if (!('blob' in attachment.source)) {
    return refuse(
      'file_missing',
      `The file ${attachment.name} is not stored here (${attachment.state}), so it cannot be sent`,
    )
  }
  const type = (attachment.type.split(';')[0] ?? '').trim().toLowerCase()
  const rule = fileRules.find((it) => it.type === type || it.type === '*')
  if (rule === undefined) return refuse('file_type', `WhatsApp takes no files of type ${type}`)
  if (attachment.size === 0) return refuse('file_empty', `The file ${attachment.name} is empty`)
  if ((attachment.size ?? 0) > rule.maxBytes) {
    return refuse(
      'file_too_large',
      `WhatsApp takes up to ${rule.maxBytes} bytes of ${type}; ${attachment.name} has ${attachment.size}`,
    )
  }
  return { attachment, type, as: rule.as }
}

function contentOf(message: OutboundMessage, file: OutgoingFile | null): Content {
  const [part, ...more] = message.parts
  if (message.template !== undefined) {
    if (part !== undefined) return refuse('one_part', 'A template goes alone: it takes no parts besides its values')
    return templateBody(message.template, file)
  }
  if (part === undefined) return file === null ? textBody(message.text) : mediaBody(message.text, file)
  if (more.length > 0)
    return refuse('one_part', 'WhatsApp takes one location, contact card or set of buttons a message')
  if (file !== null)
    return refuse('one_part', `A ${part.kind} and a file are two WhatsApp messages: send them one after the other`)
  return partBody(part, message)
}

function textBody(text: string): Content {
  if (text.trim() === '') return refuse('empty', 'There is nothing to send: no text, file, part or template')
  const length = lengthOf(text)
  if (length > textMax) return refuse('too_long', `WhatsApp takes up to ${textMax} characters; this text has ${length}`)
  return content({ type: 'text', text: { body: text, preview_url: false } })
}

function mediaBody(text: string, file: OutgoingFile): Content {
  const { as, attachment } = file
  const captioned = text.trim() !== ''
  if (captioned && (as === 'audio' || as === 'sticker')) {
    return refuse(
      'no_caption',
      `WhatsApp shows no text with ${as === 'audio' ? 'a sound' : 'a sticker'}: send the text as a reply of its own`,
    )
  }
  const length = lengthOf(text)
  if (length > captionMax) {
    return refuse(
      'too_long',
      `With a file WhatsApp takes up to ${captionMax} characters of text; this text has ${length}`,
    )
  }
  const caption = captioned ? { caption: text } : {}
  const filename = as === 'document' ? { filename: fileNameOf(attachment) } : {}
  return content((id) => ({ type: as, [as]: { id, ...caption, ...filename } }))
}
