// The eight statuses that are there from the beginning, under the names they have until somebody gives them others.
import { statusCategories, ticketStatuses, type TicketStatus } from '../../schemas/ticket.ts'
import type { StatusRow } from '../ports/desk-rows.ts'

const names: Readonly<Record<TicketStatus, readonly [en: string, tr: string]>> = {
  new: ['New', 'Yeni'],
  open: ['Open', 'Açık'],
  reopened: ['Reopened', 'Yeniden açıldı'],
  pending: ['Waiting for the customer', 'Müşteri bekleniyor'],
  on_hold: ['On hold', 'Beklemede'],
  resolved: ['Resolved', 'Çözüldü'],
  closed: ['Closed', 'Kapandı'],
  spam: ['Spam', 'İstenmeyen'],
}
export const builtInStatuses: readonly StatusRow[] = ticketStatuses.map((key) => {
  const [en, tr] = names[key]
  return { key, name: en, category: statusCategories[key], labels: { en, tr }, version: 1 }
})
export const isBuiltInStatus = (key: string): key is TicketStatus => (ticketStatuses as readonly string[]).includes(key)

/** All of them: those of `stored` that are built-in are other names for them. */
export function allStatuses(stored: readonly StatusRow[]): readonly StatusRow[] {
  const named = new Map(stored.map((row) => [row.key, row]))
  return [
    ...builtInStatuses.map((row) => named.get(row.key) ?? row),
    ...stored.filter(({ key }) => !isBuiltInStatus(key)),
  ]
}
