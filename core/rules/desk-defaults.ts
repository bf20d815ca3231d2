// What a thing of the desk is where nothing is said of it: by API, in a file of settings, and when a field is set back.
import type { AutoReplyRow, NotificationRow } from '../ports/auto-reply-rows.ts'
import type { AgentRow, CalendarRow, CatalogueRow, GroupRow, RuleRow, SlaPolicyRow } from '../ports/desk-rows.ts'

type Default<Row, Named extends keyof Row> = Omit<Row, Named | 'name' | 'version'>

export const groupDefault: Default<GroupRow, 'id'> = {
  description: null,
  channels: [],
  isDefault: false,
  followUp: null,
}
export const agentDefault: Default<AgentRow, 'id' | 'email'> = {
  role: 'agent',
  isActive: true,
  brands: null,
  channels: null,
  languages: [],
  groups: [],
  capacity: {},
  rate: null,
}
export const typeDefault: Default<CatalogueRow, 'what' | 'key'> = { brands: null, group: null, agent: null }
export const topicDefault = { brands: null } as const
export const calendarDefault: Default<CalendarRow, 'id' | 'timezone' | 'weekly'> = { holidays: [], exceptions: [] }
export const statusDefault = { labels: {} } as const
/** It waits for the customer: our time does not run (B8). */
export const slaPolicyDefault: Default<SlaPolicyRow, 'id' | 'targets'> = {
  weight: 0,
  isActive: true,
  when: null,
  byPriority: {},
  calendar: null,
  pauses: ['pending'],
  warnAt: [80],
  reopened: 'resume',
}
export const ruleDefault: Default<RuleRow, 'id' | 'then'> = {
  weight: 0,
  isActive: true,
  on: 'created',
  fields: [],
  after: null,
  brands: null,
  channels: null,
  accounts: null,
  when: null,
}
export const autoReplyDefault: Default<AutoReplyRow, 'id' | 'kind' | 'texts'> = {
  weight: 0,
  isActive: true,
  hours: 'any',
  calendar: null,
  brands: null,
  channels: null,
  accounts: null,
  when: null,
  resolve: false,
}
export const notificationDefault: Default<NotificationRow, 'id' | 'on' | 'account'> = {
  isActive: true,
  agents: null,
  except: [],
  brands: null,
  channels: null,
}
