// Fields whose words are all known: by the schemas, or by the desk.
import type { Desk } from '../../ports/desk.ts'
import { partKinds } from '../../../schemas/message.ts'
import { categories, origins, priorities } from '../../../schemas/ticket.ts'

export interface Known {
  readonly what: string
  readonly words: readonly string[]
}
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const fixed: Readonly<Record<string, Known>> = {
  'ticket.statusCategory': { what: 'category', words: categories },
  'ticket.priority': { what: 'priority', words: priorities },
  'ticket.origin': { what: 'origin', words: origins },
  'message.parts': { what: 'kind of part', words: partKinds },
  'time.weekday': { what: 'day', words: weekdays },
}
const ofDesk: Readonly<
  Record<string, { readonly what: string; readonly of: (desk: Desk) => ReadonlyMap<string, unknown> }>
> = {
  'ticket.account': { what: 'account', of: (desk) => desk.accounts },
  'ticket.brand': { what: 'brand', of: (desk) => desk.brands },
  'ticket.type': { what: 'type', of: (desk) => desk.types },
  'ticket.topic': { what: 'topic', of: (desk) => desk.topics },
  'ticket.status': { what: 'status', of: (desk) => desk.statuses },
  'ticket.folders': { what: 'folder', of: (desk) => desk.folders },
  'ticket.assignee': { what: 'agent', of: (desk) => desk.agents },
  'ticket.group': { what: 'group', of: (desk) => desk.groups },
}

/** Null: any word may stand there. */
export function knownWords(field: string, desk: Desk): Known | null {
  const mine = ofDesk[field]
  return mine === undefined ? (fixed[field] ?? null) : { what: mine.what, words: [...mine.of(desk).keys()] }
}
