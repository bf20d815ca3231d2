// What each role may do, in one table, and who may make, change or invite whom (D56, S26).
import type { Asker, Scope } from '../ports/command.ts'
import type { Role } from '../../schemas/agent.ts'
import { maySee } from './sees.ts'

/**
 * An administrator: everything of the workspace. A supervisor: the work and those who do it, but neither channels, keys nor the vendor's bytes.
 * An agent: tickets and the people in them, and of the settings the lists that answers are made with.
 */
export const scopesOfRole: Readonly<Record<Role, readonly Scope[]>> = {
  administrator: ['admin'],
  supervisor: [
    'tickets:read',
    'tickets:write',
    'contacts:read',
    'contacts:write',
    'settings:list',
    'settings:read',
    'people:read',
    'people:write',
    'rules:read',
    'rules:write',
    'events:read',
    'reports:read',
    'parked:write',
  ],
  agent: ['tickets:read', 'tickets:write', 'contacts:read', 'contacts:write', 'settings:list'],
}

/** Who may read settings may list them. */
const alsoBy: Partial<Record<Scope, Scope>> = { 'settings:list': 'settings:read' }
export const holds = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes('admin') || held.includes(needed) || held.some((it) => it === alsoBy[needed])

/** As far as this rule looks at somebody: their role, and what they may see (left out or null: all). */
export interface Standing {
  readonly role: Role
  readonly brands?: readonly string[] | null
  readonly channels?: readonly string[] | null
}

/**
 * Why this asker may not make somebody (`target` null), or make of them what `next` says; null: they may. Nobody gives what they do not
 * hold: only who holds everything touches administrators, and who sees some brands alone lets nobody see others.
 */
export function whyNotOver(by: Asker, target: Standing | null, next: Standing): string | null {
  const isTop = by.scopes.includes('admin')
  if (!isTop && target?.role === 'administrator') return 'Only an administrator may change or invite an administrator.'
  if (!isTop && next.role === 'administrator') return 'Only an administrator may make an administrator.'
  return whyWider(by, next) ?? (target === null ? null : whyWider(by, target))
}

function whyWider({ agent }: Asker, { brands = null, channels = null }: Standing): string | null {
  const more = (own: readonly string[] | null, theirs: readonly string[] | null): boolean =>
    own !== null && (theirs === null || theirs.some((it) => !own.includes(it)))
  if (agent === undefined) return null
  if (more(agent.brands, brands))
    return `You see the brands ${agent.brands?.join(', ') ?? ''} alone, and can be over nobody who sees others.`
  if (more(agent.channels, channels))
    return `You see the channels ${agent.channels?.join(', ') ?? ''} alone, and can be over nobody who sees others.`
  return null
}

/** Why this asker may not make, move or drop an account of this brand and channel; null: they may. Moved to a brand of theirs it would show them what is written to others. */
export const whyNotAccountOf = (
  { agent }: Asker,
  of: { readonly brand: string | null; readonly channel: string },
): string | null =>
  agent === undefined || maySee(agent, of)
    ? null
    : 'You see a part of the workspace alone, and this account is of another part, or of all. Ask somebody who sees it.'

/** Why this asker may not say whether somebody is there (D47); null: they may. Everybody says it of themselves; of others, who may change them. */
export function whyNotPresenceOf(by: Asker, target: Standing & { readonly id: string }): string | null {
  if (by.agent?.id === target.id) return null
  if (!holds(by.scopes, 'people:write')) return 'You can say of yourself alone whether you are there.'
  return whyNotOver(by, target, target)
}
