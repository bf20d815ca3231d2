// Turns what was asked into what is checked and what is sent.
import type { Attachment, Part } from '../../schemas/message.ts'
import type { OutboundMessage } from '../ports/channel.ts'
import type { Draft } from '../rules/fit.ts'
import type { ReadyFacts } from './reply-facts.ts'

export interface Said {
  readonly text?: string
  readonly html?: string
  readonly template?: NonNullable<OutboundMessage['template']>
  readonly parts?: readonly Part[]
  readonly to?: string
  readonly cc?: readonly string[]
  readonly author?: 'person' | 'bot'
}

export const draftOf = (said: Said, files: readonly Attachment[]): Draft => ({
  author: said.author ?? 'person',
  text: said.text ?? '',
  ...(said.html === undefined ? {} : { html: said.html }),
  ...(said.template === undefined ? {} : { template: said.template }),
  parts: said.parts ?? [],
  attachments: files,
  copies: (said.cc?.length ?? 0) + (said.to === undefined ? 0 : 1),
})

/** What was addressed: To first when it was given, then Cc. */
export function outboundOf(
  draft: Draft,
  facts: Pick<ReadyFacts, 'conversation' | 'can' | 'last' | 'answered' | 'addressed'> & {
    readonly ticket: { readonly subject: string | null }
  },
  asked: { readonly ours: string; readonly to: boolean },
): OutboundMessage {
  const { conversation, can, last, answered, addressed, ticket } = facts
  const cc = addressed.slice(asked.to ? 1 : 0)
  const replaces = can.replies === 'one-editable' ? last?.externalId : null
  return {
    ours: asked.ours,
    kind: conversation.kind,
    author: draft.author,
    to: (asked.to ? addressed[0] : undefined) ?? conversation.party,
    text: draft.text,
    ...(draft.html === undefined ? {} : { html: draft.html }),
    ...(ticket.subject === null ? {} : { subject: ticket.subject }),
    ...(cc.length === 0 ? {} : { cc }),
    ...(draft.template === undefined ? {} : { template: draft.template }),
    parts: draft.parts,
    attachments: draft.attachments,
    repliesTo: answered?.externalId ? [answered.externalId] : [],
    ...(replaces ? { replaces } : {}),
    vendor: conversation.vendor,
  }
}
