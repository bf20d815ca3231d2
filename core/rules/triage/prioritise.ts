// What kind of request it is, how urgent, where it lies: the fields that rules set, each by the first that says something of it.
import { lifecycleOf } from '../lifecycle.ts'
import { isOpen, isSame, maySet, moved, standingOf } from '../ticket-status.ts'
import { fieldChanged, foldered, tagged, type PlainField } from '../ticket-events.ts'
import { languageTag } from '../language-tag.ts'
import { tagsChange } from '../tags.ts'
import type { RuleMatch } from '../../ports/rule-book.ts'
import { isOfBrand } from '../sees.ts'
import { byRule } from './reasons.ts'
import type { Spoken } from './speak.ts'
import { firstThat, idle, together, type Deeds, type Snapshot } from './snapshot.ts'

/** Where a person or the one who opened it said nothing yet. What they said stands, whenever triage comes to it. */
const isUnsaid = ({ news: { opened }, ticket }: Snapshot, field: PlainField): boolean =>
  field === 'priority' ? opened?.priority === ticket.priority && ticket.priority === 'low' : ticket[field] === null

/**
 * A ticket that is opened takes all that is unsaid; a rule about a change or an hour was written to change what is there. On a message
 * nothing moves but what is still empty (B3).
 */
const mayTake = (it: Snapshot, field: PlainField): boolean => {
  const { on } = it.question
  return on === 'changed' || on === 'time' || ((on === 'created' || field !== 'priority') && isUnsaid(it, field))
}

export function prioritise(it: Snapshot, spoken: Spoken): Deeds {
  const plain = (['priority', 'type', 'topic'] as const).map((field) => plainField(it, field))
  return together([...plain, languageOf(it, spoken), statusOf(it), tagsOf(it), foldersOf(it)])
}

function plainField(it: Snapshot, field: Exclude<PlainField, 'language'>): Deeds {
  const { desk, ticket, question } = it
  if (!mayTake(it, field)) return idle
  const entries = { priority: null, type: desk.types, topic: desk.topics }[field]
  const found = firstThat(it, field, (value) => {
    const entry = entries?.get(value)
    return entries === null || (entry !== undefined && isOfBrand(entry.brands, ticket.brand))
  })
  if (found === null || found.value === ticket[field]) return idle
  const { match, value } = found
  return {
    ...idle,
    set: { [field]: value },
    events: [fieldChanged(ticket, field, value, byRule(match, question.after))],
    did: [{ rule: match.rule.id, target: field }],
  }
}

/** What a rule says of it stands before what was read off the words; a customer's own language before both (D27). */
function languageOf(it: Snapshot, { found }: Spoken): Deeds {
  const { ticket, row, question } = it
  const isTheirs = question.on === 'created' && (row.contact?.language ?? null) !== null
  const ruled = mayTake(it, 'language') && !isTheirs ? firstThat(it, 'language', () => true) : null
  if (ruled !== null) {
    const language = languageTag(ruled.value)
    if (language === ticket.language) return idle
    const event = fieldChanged(ticket, 'language', language, byRule(ruled.match, question.after))
    return {
      ...idle,
      set: { language },
      events: [event],
      did: [{ rule: ruled.match.rule.id, target: 'language' }],
    }
  }
  if (found === null) return idle
  const { language, reason } = found
  return { ...idle, set: { language }, events: [fieldChanged(ticket, 'language', language, reason)] }
}

/** Only when the rule opens or wakes the ticket, not on a message (B3). */
function statusOf(it: Snapshot): Deeds {
  const { ticket, news, question, now, desk } = it
  const isMoved = news.opened !== null && news.opened.status !== ticket.status
  if (question.on === 'message' || isMoved) return idle
  const found = firstThat(it, 'status', (to) => canBecome(it, to))
  if (found === null) return idle
  const { match, value } = found
  const to = standingOf(desk, value) ?? ticket
  if (isSame(ticket, to)) return idle
  const move = moved(ticket, to, { ...byRule(match, question.after), at: now, life: lifecycleOf(desk, ticket) })
  const comesBack = !isOpen(ticket.status) && isOpen(to.status) && ticket.conversation !== null
  return {
    set: move.set,
    changes: [
      ...move.changes,
      ...(comesBack && ticket.conversation !== null
        ? [{ do: 'set-conversation', conversation: ticket.conversation, ticket: ticket.id } as const]
        : []),
    ],
    events: move.events,
    did: [{ rule: match.rule.id, target: 'status' }],
  }
}

/** By the same rules as a person. One whose conversation goes on in another ticket stays where it is. */
function canBecome({ ticket, row, desk }: Snapshot, key: string): boolean {
  const to = standingOf(desk, key)
  if (to === null || !maySet(ticket, to)) return false
  return !(isOpen(to.status) && !isOpen(ticket.status) && row.isFollowedUp)
}

/** Of all that match: each is added by the first that names it. */
function tagsOf({ ticket, matches, question }: Snapshot): Deeds {
  const asked = matches.flatMap((match) => (match.rule.then.tags ?? []).map((tag) => ({ match, tag })))
  const { tags, added } = tagsChange(ticket.tags, [...ticket.tags, ...asked.map(({ tag }) => tag)])
  if (added.length === 0) return idle
  const by = (tag: string): RuleMatch => asked.find((it) => tagsChange([], [it.tag]).tags[0] === tag)!.match
  return {
    ...idle,
    set: { tags },
    events: added.map((tag) => tagged('ticket.tagged', ticket, tag, byRule(by(tag), question.after))),
    did: added.map((tag) => ({ rule: by(tag).rule.id, target: 'tags' })),
  }
}

/** A ticket lies in every folder whose rule it meets (D16). */
function foldersOf({ ticket, matches, desk, question }: Snapshot): Deeds {
  const asked = matches.flatMap((match) => (match.rule.then.folders ?? []).map((folder) => ({ match, folder })))
  const first = new Map(asked.toReversed().map(({ folder, match }) => [folder, match]))
  const added = [...new Set(asked.map(({ folder }) => folder))].filter(
    (folder) => desk.folders.has(folder) && !ticket.folders.includes(folder),
  )
  if (added.length === 0) return idle
  return {
    ...idle,
    set: { folders: [...ticket.folders, ...added] },
    events: added.map((folder) => foldered(ticket, folder, { reason: byRule(first.get(folder)!, question.after) })),
    did: added.map((folder) => ({ rule: first.get(folder)!.rule.id, target: 'folders' })),
  }
}
