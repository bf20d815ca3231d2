// The pieces that planning a reply is made of: content, refusals in words, lengths and file names.
import type { Attachment } from '../../schemas/message.ts'
import type { SendOutcome } from '../../core/ports/channel.ts'
import type { MediaKind } from './limits.ts'

export type Body = Readonly<Record<string, unknown>>
export type Refused = Extract<SendOutcome, { is: 'refused' }>
export interface OutgoingFile {
  readonly attachment: Attachment
  readonly type: string
  readonly as: MediaKind
}
/** The part of the body that says what it is; the address and our key come around it. */
export type Content = Refused | { readonly is: 'content'; readonly body: (mediaId: string) => Body }

export const refuse = (code: string, why: string): Refused => ({ is: 'refused', code, why })
export const content = (body: Body | ((mediaId: string) => Body)): Content => ({
  is: 'content',
  body: typeof body === 'function' ? body : () => body,
})
/** The vendor says "characters"; a person counts what they see as one, so code points, not UTF-16 units. */
export const lengthOf = (text: string): number => [...text].length
