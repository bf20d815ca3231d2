// A ticket that is only thought of: what is true of one that has just come, and why what is said of it could not be so.
import type { Instant } from '../../../schemas/ids.ts'
import { conditionFields, type FieldType } from '../../../schemas/rule.ts'
import { priorities, type Priority } from '../../../schemas/ticket.ts'
import type { Desk } from '../../ports/desk.ts'
import type { NotThis } from '../match/check.ts'
import { clockAt } from '../match/clock.ts'
import { unknown } from '../match/did-you-mean.ts'
import { fieldType } from '../match/fields.ts'
import type { TriedTicket } from './try-policy.ts'

type Fact = string | number | boolean | readonly string[]
export interface SaidTicket {
  readonly brand?: string | null
  readonly priority?: Priority
  /** What else conditions look at. */
  readonly facts?: Readonly<Record<string, Fact>>
}

/** As triage leaves one that a customer wrote and no rule touched. */
const fresh = {
  'ticket.status': 'new',
  'ticket.statusCategory': 'open',
  'ticket.origin': 'customer',
  'ticket.isFollowUp': false,
  'ticket.messageCount': 1,
} as const

const kinds: Readonly<Record<FieldType, readonly [is: string, fits: (fact: Fact) => boolean]>> = {
  words: ['a text', isTexts],
  word: ['a text', (fact) => typeof fact === 'string'],
  list: ['a list of texts', isTexts],
  number: ['a number', (fact) => typeof fact === 'number'],
  flag: ['true or false', (fact) => typeof fact === 'boolean'],
  clock: ['an hour such as 17:30', (fact) => typeof fact === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(fact)],
}
function isTexts(fact: Fact): boolean {
  return typeof fact === 'string' || Array.isArray(fact)
}

/** A word that leads nowhere would be answered like one that was left out, and nobody would see that it was mistyped. */
export function triedTicket(said: SaidTicket, at: Instant, desk: Desk): TriedTicket | NotThis {
  const facts = said.facts ?? {}
  const odd = Object.entries(facts).flatMap(([field, fact]) => whyNotAFact(field, fact) ?? [])[0]
  if (odd !== undefined) return odd
  const brand = said.brand === undefined ? ((facts['ticket.brand'] as string | undefined) ?? null) : said.brand
  const priority = said.priority ?? (facts['ticket.priority'] as Priority | undefined) ?? 'low'
  if (brand !== null && !desk.brands.has(brand))
    return { field: 'ticket.brand', why: unknown('brand', brand, [...desk.brands.keys()]) }
  if (!priorities.includes(priority))
    return { field: 'ticket.facts.ticket.priority', why: unknown('priority', priority, priorities) }
  const { clock, weekday } = clockAt(at, desk.brands.get(brand ?? '')?.timezone ?? null)
  const hours = { 'time.clock': clock, 'time.weekday': weekday }
  const known = { ...fresh, ...hours, ...facts, 'ticket.brand': brand, 'ticket.priority': priority }
  return { at, brand, priority, facts: known }
}

function whyNotAFact(field: string, fact: Fact): NotThis | null {
  const type = fieldType(field)
  const at = `ticket.facts.${field}`
  if (type === null) return { field: at, why: unknown('field', field, Object.keys(conditionFields)) }
  const [is, fits] = kinds[type]
  return fits(fact) ? null : { field: at, why: `${field} is ${is}.` }
}
