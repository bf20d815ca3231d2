// What a waiting ticket asks of a chair, and the place it has in the queue.
import type { Need, WaitingRow } from '../../ports/desk-rows.ts'
import { priorities } from '../../../schemas/ticket.ts'

/** Of a language only the first subtag counts: who speaks `en` speaks `en-GB`. */
export const tongueOf = (language: string): string => language.split('-', 1)[0]!.toLowerCase()

export const needOf = ({ channel, brand, isLive, group, agent, language }: WaitingRow): Need => ({
  channel,
  brand,
  isLive,
  group,
  agent,
  language: language === null ? null : tongueOf(language),
})

/** One word a kind of need, from which it can be read again. */
export const wordOf = ({ channel, brand, isLive, group, agent, language }: Need): string =>
  JSON.stringify([channel, brand, isLive, group, agent, language])
export function needFrom(word: string): Need {
  const [channel, brand, isLive, group, agent, language] = JSON.parse(word) as [
    Need['channel'],
    string | null,
    boolean,
    string | null,
    string | null,
    string | null,
  ]
  return { channel, brand, isLive, group, agent, language }
}

/** The most urgent first, of those the one who waits longest; the id only so that the order is one. */
export const byPlace = (a: WaitingRow, b: WaitingRow): number =>
  priorities.indexOf(a.priority) - priorities.indexOf(b.priority) || compare(a.since, b.since) || compare(a.ticket, b.ticket)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
