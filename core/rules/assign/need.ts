// What a waiting ticket asks of a chair, and the place it has in the queue.
import type { Need, WaitingRow } from '../../ports/desk-rows.ts'
import { priorities } from '../../../schemas/ticket.ts'

/** What came by no channel, as the queue, caps and default groups call it. */
export const noChannel = 'none'

/** Of a language only the first subtag counts: who speaks `en` speaks `en-GB`. */
export const tongueOf = (language: string): string => language.split('-', 1)[0]!.toLowerCase()

export const needOf = (row: WaitingRow): Need => ({
  channel: row.channel,
  brand: row.brand,
  isLive: row.isLive,
  group: row.group,
  isGroupByLanguage: row.isGroupByLanguage,
  agent: row.agent,
  language: row.language === null ? null : tongueOf(row.language),
})

/** One word a kind of need, from which it can be read again. */
export const wordOf = (need: Need): string =>
  JSON.stringify([need.channel, need.brand, need.isLive, need.group, need.isGroupByLanguage, need.agent, need.language])
type Parts = readonly [Need['channel'], string | null, boolean, string | null, boolean, string | null, string | null]
export function needFrom(word: string): Need {
  const [channel, brand, isLive, group, isGroupByLanguage, agent, language] = JSON.parse(word) as Parts
  return { channel, brand, isLive, group, isGroupByLanguage, agent, language }
}

/** The most urgent first, of those the one who waits longest; the id only so that the order is one. */
export const byPlace = (a: WaitingRow, b: WaitingRow): number =>
  priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
  compare(a.since, b.since) ||
  compare(a.ticket, b.ticket)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
