// Things of the desk in a file: in which order they are made, which fields are compared, and the step from what is to what is wanted.
import { isDeepStrictEqual } from 'node:util'
import {
  agentDefault,
  autoReplyDefault,
  calendarDefault,
  groupDefault,
  notificationDefault,
  ruleDefault,
  statusDefault,
  slaPolicyDefault,
  topicDefault,
  typeDefault,
} from '../../core/rules/desk-defaults.ts'
import { builtInStatuses } from '../../core/rules/statuses.ts'
import { shown, type Step } from './apply-steps.ts'

/** As the file says it, or as the API gives it. */
export type Thing = Readonly<Record<string, unknown>>
/** Each is named like its list in the API, and stands before what names it. Rules name everything, accounts too. */
export const sections = [
  'calendars',
  'brands',
  'groups',
  'agents',
  'folders',
  'types',
  'topics',
  'statuses',
  'sla-policies',
  'rules',
  'auto-replies',
  'notifications',
] as const
export type Section = (typeof sections)[number]
/** What they hold or look at may be anything, accounts too. */
export const namesAll: readonly Section[] = ['sla-policies', 'rules', 'auto-replies', 'notifications']

interface Kind {
  readonly one: string
  readonly by: 'id' | 'key'
  readonly fields: readonly string[]
  /** What the file does not say is so. Null: it stays as it is. */
  readonly defaults: Thing | null
}
const kind = (one: string, by: Kind['by'], own: readonly string[], defaults: Thing | null): Kind => ({
  one,
  by,
  fields: ['name', ...own, ...Object.keys(defaults ?? {})],
  defaults,
})
export const kinds: { readonly [S in Section]: Kind } = {
  calendars: kind('calendar', 'id', ['timezone', 'weekly'], { ...calendarDefault }),
  brands: kind('brand', 'id', ['language', 'timezone', 'calendar', 'lifecycle', 'autoReplyBudgets'], null),
  groups: kind('group', 'id', [], { ...groupDefault }),
  agents: kind('agent', 'id', ['email'], { ...agentDefault }),
  folders: kind('folder', 'id', [], {}),
  types: kind('type', 'key', [], { ...typeDefault }),
  topics: kind('topic', 'key', [], topicDefault),
  statuses: kind('status', 'key', ['category'], statusDefault),
  'sla-policies': kind('policy', 'id', ['targets'], { ...slaPolicyDefault }),
  rules: kind('rule', 'id', ['then'], { ...ruleDefault }),
  'auto-replies': kind('automatic reply', 'id', ['kind', 'texts'], { ...autoReplyDefault }),
  notifications: kind('notification', 'id', ['on', 'account'], { ...notificationDefault }),
}
export const idOf = (section: Section, thing: Thing): string => String(thing[kinds[section].by])
export const callOf = (section: Section, thing: Thing): string => `${kinds[section].one} ${idOf(section, thing)}`
export const addressOf = (section: Section, thing: Thing): string =>
  `/v1/${section}/${encodeURIComponent(idOf(section, thing))}`

/** Null: it is so already. */
export function thingStep(section: Section, want: Thing, is: Thing | undefined): Step | null {
  const { by, fields, defaults } = kinds[section]
  const name = callOf(section, want)
  if (is === undefined) {
    const given = fields.filter((field) => want[field] !== undefined)
    const lines = given.map((field) => `${field}: ${shown(want[field])}`)
    const body = Object.fromEntries([by, ...given].map((field) => [field, want[field]]))
    return { sign: '+', name, lines, method: 'POST', path: `/v1/${section}`, body }
  }
  const wanted: Thing = { ...defaults, ...want }
  const changed = fields.filter((field) => wanted[field] !== undefined && !isSame(wanted[field], is[field]))
  if (changed.length === 0) return null
  const lines = changed.map((field) => `${field}: ${shown(is[field])} → ${shown(wanted[field])}`)
  const body = { version: is['version'], ...Object.fromEntries(changed.map((field) => [field, wanted[field]])) }
  return { sign: '~', name, lines, method: 'PATCH', path: addressOf(section, want), body }
}

/** The workspace's own settings are there; what the file does not say of them stays as it is. Null: all is so already. */
export function workspaceStep(want: Thing, is: Thing): Step | null {
  const changed = Object.keys(want).filter((field) => !isSame(want[field], is[field]))
  if (changed.length === 0) return null
  const lines = changed.map((field) => `${field}: ${shown(is[field])} → ${shown(want[field])}`)
  const body = { version: is['version'], ...Object.fromEntries(changed.map((field) => [field, want[field]])) }
  const id = String(is['id'])
  return {
    sign: '~',
    name: `workspace ${id}`,
    lines,
    method: 'PATCH',
    path: `/v1/workspaces/${encodeURIComponent(id)}`,
    body,
  }
}

/** Lists of names have no order that means anything. */
const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(inOrder(one), inOrder(other))
const inOrder = (it: unknown): unknown =>
  Array.isArray(it) && it.every((one) => typeof one === 'string') ? it.toSorted() : it

/** As a file says it: what is so by default is left out. */
export function written(section: Section, is: Thing): Thing {
  const { by, fields, defaults } = kinds[section]
  const said = fields.filter(
    (field) => is[field] !== null && is[field] !== undefined && !isDefault(field, is, defaults),
  )
  return Object.fromEntries([by, ...said].map((field) => [field, is[field]]))
}
/** There anyway, and as it is from the beginning: nothing to write down, and nothing that could go. */
export const isStandard = (section: Section, is: Thing): boolean =>
  (section === 'topics' && is['isSystem'] === true) ||
  (section === 'statuses' &&
    builtInStatuses.some(
      ({ key, name, labels }) => key === is['key'] && name === is['name'] && isSame(labels, is['labels']),
    ))
const isDefault = (field: string, is: Thing, defaults: Thing | null): boolean =>
  defaults !== null && field in defaults && isSame(is[field], defaults[field])
