// Turns what was asked into what is checked and what is sent.
import type { Attachment, Part } from '../../schemas/message.ts'
import type { OutboundMessage } from '../ports/channel.ts'
import type { Draft } from './fit.ts'
import { textOfHtml } from './html-text.ts'
import type { ReadyFacts } from './reply-facts.ts'

export interface Said {
  readonly text?: string
  readonly html?: string
  readonly template?: NonNullable<OutboundMessage['template']>
  readonly parts?: readonly Part[]
  readonly to?: string | readonly string[]
  readonly cc?: readonly string[]
  readonly author?: 'person' | 'bot'
}

/** Whom the To line shall name, as typed; empty: the customer alone. */
export const toOf = ({ to }: Pick<Said, 'to'>): readonly string[] =>
  to === undefined ? [] : typeof to === 'string' ? [to] : to

/** Text and HTML are one thing said twice: where only the second was given, its words are the first (D26). */
export const textOf = ({ text = '', html }: Pick<Said, 'text' | 'html'>): string =>
  text.trim() === '' && html !== undefined ? textOfHtml(html) : text

export const draftOf = (said: Said, files: readonly Attachment[]): Draft => ({
  author: said.author ?? 'person',
  text: textOf(said),
  ...(said.html === undefined ? {} : { html: said.html }),
  ...(said.template === undefined ? {} : { template: said.template }),
  parts: said.parts ?? [],
  attachments: files,
  copies: (said.cc?.length ?? 0) + toOf(said).length,
})

/** What was addressed: To first, then Cc. The customer is always the main recipient; whoever else To names stands beside (D21, D28). */
export function outboundOf(
  draft: Draft,
  facts: Pick<ReadyFacts, 'conversation' | 'can' | 'standing' | 'answered' | 'addressed'> & {
    readonly contact: { readonly language: string | null } | null
    readonly ticket: {
      readonly subject: string | null
      readonly language: string | null
      readonly number: number
    }
  },
  asked: { readonly ours: string; readonly to: number },
): OutboundMessage {
  const { conversation, can, standing, answered, addressed, ticket } = facts
  const cc = addressed.slice(asked.to)
  const also = addressed.slice(0, asked.to).filter((it) => it.id !== conversation.party.id)
  // The ticket’s own; else what was set for the customer last, on whichever ticket (D27).
  const language = ticket.language ?? facts.contact?.language ?? null
  const replaces = can.replies === 'one-editable' ? standing?.externalId : null
  return {
    ours: asked.ours,
    kind: conversation.kind,
    author: draft.author,
    to: conversation.party,
    ...(also.length === 0 ? {} : { also }),
    text: draft.text,
    ...(draft.html === undefined ? {} : { html: draft.html }),
    ...(ticket.subject === null ? {} : { subject: ticket.subject }),
    number: ticket.number,
    ...(language === null ? {} : { language }),
    ...(cc.length === 0 ? {} : { cc }),
    ...(draft.template === undefined ? {} : { template: draft.template }),
    parts: draft.parts,
    attachments: draft.attachments,
    repliesTo: answered?.externalId ? [answered.externalId] : [],
    ...(replaces ? { replaces } : {}),
    vendor: conversation.vendor,
  }
}
