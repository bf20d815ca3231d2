// How far a setting reaches: whoever sees a part of the workspace changes nothing of what happens to the rest (D54, D56).
import type { Condition } from '../../schemas/rule.ts'
import type { Asker } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import { folded } from './fold.ts'

/** What of a setting says whose tickets it acts on; null or left out: that says nothing. */
export interface Reach {
  readonly brands?: readonly string[] | null
  readonly channels?: readonly string[] | null
  /** `channel/id`. */
  readonly accounts?: readonly string[] | null
  readonly when?: Condition | null
}
export interface Beyond {
  readonly field: 'brands' | 'channels'
  readonly why: string
}

/** Null: all of it is theirs. Any one of its limits is enough, since all of them hold at once. */
export function whyBeyond({ agent }: Asker, reach: Reach, desk: Desk): Beyond | null {
  if (agent === undefined) return null
  const isOf = (own: readonly string[] | null, limits: readonly (readonly (string | null)[] | null)[]): boolean =>
    own === null || limits.some((limit) => limit?.every((it) => it !== null && own.includes(it)) === true)
  const accounts = reach.accounts?.map((name) => desk.accounts.get(name)) ?? null
  const brands = [reach.brands ?? null, accounts?.map((it) => it?.brand ?? null) ?? null, brandsAsked(reach, desk)]
  if (!isOf(agent.brands, brands)) return beyond('brands', agent.brands)
  const channels = [reach.channels ?? null, accounts?.map((it) => it?.channel ?? null) ?? null]
  if (!isOf(agent.channels, [...channels, onlyFor(reach.when ?? null, 'ticket.channel')]))
    return beyond('channels', agent.channels)
  return null
}

const beyond = (field: Beyond['field'], own: readonly string[] | null): Beyond => ({
  field,
  why: `You see the ${field} ${own?.join(', ') ?? ''} alone, and this acts on more than that. Limit it to ${field} of yours, or ask somebody who sees all.`,
})

/** Conditions meet a word however it is written: every brand that they might mean. */
function brandsAsked({ when = null }: Reach, desk: Desk): readonly string[] | null {
  const words = onlyFor(when, 'ticket.brand')
  return words === null ? null : [...desk.brands.keys()].filter((id) => words.includes(folded(id)))
}

/** Words one of which the field must be for the condition to hold, folded; null: it may hold whatever the field is. */
function onlyFor(when: Condition | null, field: string): readonly string[] | null {
  if (when === null || 'not' in when) return null
  if ('all' in when) return when.all.map((it) => onlyFor(it, field)).find((it) => it !== null) ?? null
  if ('any' in when) {
    const each = when.any.map((it) => onlyFor(it, field))
    return each.includes(null) ? null : each.flatMap((it) => it ?? [])
  }
  if (when.field !== field || (when.op !== 'is' && when.op !== 'any_of')) return null
  return [when.value ?? []].flat().map((it) => folded(String(it)))
}
