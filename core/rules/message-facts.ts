// Edits, deletions and reactions of one message, in any order and repeated: what they change, so that every order ends the same.
import type { AnyEvent, EventOf } from '../../schemas/events.ts'
import type { MessageId } from '../../schemas/ids.ts'
import type { TargetFacts } from '../ports/rows.ts'
import type { Change, Verbs } from '../ports/worker.ts'
import { isNewer } from './revision.ts'

export type MessageFact = EventOf<'message.edited' | 'message.deleted' | 'message.reacted'>
/** Where the message stands: nothing was said of it yet. */
export const untouched = { textRevision: '', deleted: false, reactions: [] } as const
export type Standing = Pick<TargetFacts, 'textRevision' | 'deleted' | 'reactions'>

type Edit = NonNullable<Verbs['change-message']['edit']>
type React = NonNullable<Verbs['change-message']['react']>

export const isMessageFact = (event: AnyEvent): event is MessageFact =>
  event.type === 'message.edited' || event.type === 'message.deleted' || event.type === 'message.reacted'

/**
 * Of edits the greatest revision wins, a deletion wins over every edit, and each person has one reaction: the newest. At most one edit or
 * deletion comes back, and one reaction a person.
 */
export function changesOf(
  message: MessageId,
  standing: Standing,
  facts: readonly AnyEvent[],
): readonly Change<'change-message'>[] {
  const about = facts.filter(isMessageFact)
  const deletion = standing.deleted ? undefined : newest(about.filter((it) => it.type === 'message.deleted'))
  const edit = standing.deleted || deletion ? undefined : newestEdit(about, standing.textRevision)
  const reacts = newestReacts(about, standing)
  const files = about.flatMap((it) => (it.type === 'message.edited' ? it.data.attachments : []))
  return [
    ...(deletion ? [{ do: 'change-message', message, deletedRevision: deletion.data.revision } as const] : []),
    ...(edit ? [{ do: 'change-message', message, edit } as const] : []),
    ...(files.length > 0 ? [{ do: 'change-message', message, addFiles: files } as const] : []),
    ...reacts.map((react) => ({ do: 'change-message', message, react }) as const),
  ]
}

function newest<T extends { readonly data: { readonly revision: string } }>(facts: readonly T[]): T | undefined {
  let best: T | undefined
  for (const fact of facts) if (best === undefined || isNewer(fact.data.revision, best.data.revision)) best = fact
  return best
}

function newestEdit(facts: readonly MessageFact[], than: string): Edit | undefined {
  const edit = newest(facts.filter((it) => it.type === 'message.edited'))
  if (edit === undefined || !isNewer(edit.data.revision, than)) return undefined
  const { revision, text, fullText, html, parts } = edit.data
  return { revision, text, fullText, html, parts }
}

function newestReacts(facts: readonly MessageFact[], standing: Standing): readonly React[] {
  const best = new Map<string, React>()
  const stands = new Map(standing.reactions.map((it) => [it.by, it.revision]))
  for (const fact of facts) {
    if (fact.type !== 'message.reacted') continue
    const by = fact.data.by?.id ?? ''
    const { revision, emoji } = fact.data
    const than = best.get(by)?.revision ?? stands.get(by)
    if (than === undefined || isNewer(revision, than)) best.set(by, { by, emoji, revision })
  }
  return [...best.values()]
}
