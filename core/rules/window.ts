// May we write to this customer now, in which form, and until when: the steps of a reply window, counted from their last message.
import type { Instant } from '../../schemas/ids.ts'
import type { Author } from '../../schemas/reply.ts'
import type { Capabilities, Window } from '../ports/channel.ts'
import { plusHours } from './durations.ts'

export interface Step {
  /** Its place among the steps: a lower one allows more. */
  readonly at: number
  readonly as: Window['as']
  /** Null: it does not end. */
  readonly closesAt: Instant | null
}

/**
 * The first step that holds. It ends exactly at its hour: then the next one counts. A `template` step needs no message of the customer,
 * since templates are what opens a conversation. Null: nothing may be sent. Not for kinds without windows.
 */
export function stepNow(
  windows: readonly Window[],
  customerAt: Instant | null,
  asked: { readonly now: Instant; readonly author: Author },
): Step | null {
  for (const [at, window] of windows.entries()) {
    if (window.for === 'person' && asked.author !== 'person') continue
    if (customerAt === null) {
      if (window.as === 'template') return { at, as: window.as, closesAt: null }
      continue
    }
    const closesAt = plusHours(customerAt, window.untilHours)
    if (closesAt === null || asked.now < closesAt) return { at, as: window.as, closesAt }
  }
  return null
}

/** The step that is open because the customer wrote; a template that is always allowed is no open window. */
export function openStep(windows: readonly Window[], customerAt: Instant | null, now: Instant): Step | null {
  const step = stepNow(windows, customerAt, { now, author: 'person' })
  return step === null || step.as === 'template' ? null : step
}

/** As the API shows it on a ticket. */
export interface WindowShown {
  readonly canReply: boolean
  readonly kind: Window['as'] | null
  readonly closesAt: Instant | null
  readonly why: string | null
}

/** Null where this kind of conversation has no windows. */
export function windowOf(can: Capabilities, customerAt: Instant | null, now: Instant): WindowShown | null {
  if (can.windows.length === 0) return null
  const step = stepNow(can.windows, customerAt, { now, author: 'person' })
  if (step === null) return { canReply: false, kind: null, closesAt: null, why: closedWhy(can.windows, customerAt) }
  // What only a template can open is closed to what an agent types; `kind` tells that a template is the way.
  if (step.as === 'template')
    return { canReply: false, kind: step.as, closesAt: null, why: closedWhy(can.windows, customerAt) }
  return { canReply: true, kind: step.as, closesAt: step.closesAt, why: null }
}

/** A sentence for people: since when it is closed and what would work. */
export function closedWhy(windows: readonly Window[], customerAt: Instant | null): string {
  const template = windows.some((it) => it.as === 'template')
  const way = template ? 'an approved template can be sent' : 'the customer has to write first'
  if (customerAt === null) return `the customer has not written in this conversation yet; ${way}`
  const ends = windows
    .filter((it) => it.as !== 'template')
    .map((it) => plusHours(customerAt, it.untilHours))
    .filter((it) => it !== null)
  const last = ends.sort().at(-1)
  const since = last === undefined ? '' : ` and the window closed at ${last}`
  return `the customer last wrote at ${customerAt}${since}; ${template ? way : 'it opens when they write again'}`
}
