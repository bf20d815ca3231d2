// Plans one private reply: the one vendor message it becomes, or in words why it cannot be one.
import type { OutboundMessage, SendOutcome } from '../../../core/ports/channel.ts'
import { lengthOf } from '../../../core/rules/text-length.ts'
import type { Attachment, Part } from '../../../schemas/message.ts'
import { isObject, listAt, textAt } from '../read-json.ts'

export type Body = Readonly<Record<string, unknown>>
export type Refused = Extract<SendOutcome, { is: 'refused' }>
export const refuse = (code: string, why: string): Refused => ({ is: 'refused', code, why })

/** What differs between products, as numbers and words with their source in each channel's limits. */
export interface DmRules {
  readonly name: string
  readonly text: { readonly max: number; readonly unit: 'utf16' | 'bytes' }
  readonly quickReplies: { readonly count: number; readonly title: number; readonly payload: number }
  /** `reply_to` beside the message. */
  readonly quotes: boolean
  /** Our key goes into `metadata`, and comes back in the echo. */
  readonly metadata: boolean
  readonly reactions: boolean
  /** First match wins, as in Capabilities. */
  readonly files: readonly { readonly type: string; readonly maxBytes: number; readonly as: string }[]
}
/** `payload` of the file is known only when it is sent: an uploaded id, or an address of ours. */
export interface Plan {
  readonly is: 'plan'
  readonly file: Attachment | null
  readonly body: (payload: Body | null) => Body
}

/** To a person, or privately to whoever wrote a comment. */
export function planDm(message: OutboundMessage, recipient: Body, rules: DmRules): Plan | Refused {
  const [file, ...more] = message.attachments
  if (more.length > 0)
    return refuse('one_file', `${rules.name} takes one file a message: send the others as replies of their own`)
  const part = message.parts.find((it) => it.kind !== 'private_reply')
  if (part?.kind === 'reaction') return reactionOf(part, message, { recipient, rules })
  const said = file === undefined ? textOf(message, part, rules) : fileOf(message, file, rules)
  if ('is' in said) return said
  const ours = rules.metadata ? { metadata: message.ours } : {}
  const quoted = message.repliesTo[0]
  const quote = rules.quotes && quoted !== undefined && 'id' in recipient ? { reply_to: { mid: quoted } } : {}
  return {
    is: 'plan',
    file: file ?? null,
    body: (payload) => ({ recipient, ...typeOf(message), message: { ...said.content(payload), ...ours }, ...quote }),
  }
}

/** Only what a person wrote may go under the tag, and only after the free hours (sheets 6; D46, P17). */
const typeOf = ({ as, author }: OutboundMessage): Body =>
  as === 'tagged' && author === 'person'
    ? { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }
    : { messaging_type: 'RESPONSE' }

interface Said {
  readonly content: (payload: Body | null) => Body
}

function textOf(message: OutboundMessage, part: Part | undefined, rules: DmRules): Said | Refused {
  const { text } = message
  if (text.trim() === '') return refuse('empty', 'There is nothing to send: no text and no file')
  const length = lengthOf(text, rules.text.unit)
  const { max, unit } = rules.text
  if (length > max) return refuse('too_long', `${rules.name} takes up to ${max} (${unit}); this text has ${length}`)
  if (part === undefined) return { content: () => ({ text }) }
  if (part.kind !== 'interactive') return refuse('part_kind', `${rules.name} cannot carry a part of kind ${part.kind}`)
  const replies = quickReplies(part, rules)
  return 'is' in replies ? replies : { content: () => ({ text, quick_replies: replies.all }) }
}

/** Buttons of ours become quick replies: they go away when one is tapped, as an answer should. */
function quickReplies(part: Part, { name, quickReplies: most }: DmRules): { readonly all: readonly Body[] } | Refused {
  const buttons = listAt(part, 'buttons').filter(isObject)
  if (buttons.length === 0 || buttons.length > most.count)
    return refuse('invalid', `${name} takes 1 to ${most.count} buttons, here are ${buttons.length}`)
  const all = buttons.map((it) => {
    const title = textAt(it, 'title') ?? ''
    return { content_type: 'text', title, payload: textAt(it, 'id') ?? title }
  })
  const wrong = all.find(
    ({ title, payload }) => title === '' || [...title].length > most.title || payload.length > most.payload,
  )
  if (wrong === undefined) return { all }
  return refuse(
    'too_long',
    `The title of a button may have 1 to ${most.title} characters, “${wrong.title}” does not fit`,
  )
}

function fileOf(message: OutboundMessage, file: Attachment, rules: DmRules): Said | Refused {
  if (message.text.trim() !== '')
    return refuse('text_with_file', `${rules.name} shows no text with a file: send the text as a reply of its own`)
  if (!('blob' in file.source))
    return refuse('file_missing', `The file ${file.name} is not stored here (${file.state}), so it cannot be sent`)
  const type = (file.type.split(';')[0] ?? '').trim().toLowerCase()
  const rule = rules.files.find((it) => it.type === type || it.type === '*')
  if (rule === undefined) return refuse('file_type', `${rules.name} takes no files of type ${type}`)
  if ((file.size ?? 0) > rule.maxBytes)
    return refuse(
      'file_too_large',
      `${rules.name} takes up to ${rule.maxBytes} bytes of ${type}; ${file.name} has ${file.size}`,
    )
  return { content: (payload) => ({ attachment: { type: rule.as, payload } }) }
}
/** The vendor's word for what a file is shown as. */
export const shownAs = (file: Attachment, rules: DmRules): string => {
  const type = (file.type.split(';')[0] ?? '').trim().toLowerCase()
  return rules.files.find((it) => it.type === type || it.type === '*')?.as ?? 'file'
}

function reactionOf(
  part: Part,
  message: OutboundMessage,
  { recipient, rules }: { readonly recipient: Body; readonly rules: DmRules },
): Plan | Refused {
  if (!rules.reactions) return refuse('part_kind', `${rules.name} cannot carry a reaction from here`)
  const target = textAt(part, 'target') ?? message.repliesTo[0]
  if (target === undefined)
    return refuse('invalid', 'A reaction needs the message it is about: give `target` or reply to it')
  const emoji = textAt(part, 'emoji')
  const payload = { message_id: target, ...(emoji === undefined ? {} : { reaction: 'love' }) }
  const body = { recipient, sender_action: emoji === undefined ? 'unreact' : 'react', payload }
  return { is: 'plan', file: null, body: () => body }
}
