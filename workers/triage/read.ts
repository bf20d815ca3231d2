// What triage knows when it decides: the ticket with all that rules look at, the desk as it stands, and the language detector.
import type { Desk } from '../../core/ports/desk.ts'
import type { Reader, TriageRow } from '../../core/ports/reader.ts'
import { languageDetector, type Detector } from '../../core/rules/language.ts'
import type { Question } from '../../core/rules/triage/question.ts'
import { questionOf, type Triaged } from './question.ts'

/** Null: nothing to do here, whatever stands in the record. */
export type Facts = {
  readonly question: Question
  readonly row: TriageRow
  readonly desk: Desk
  readonly detect: Detector
  readonly isLive: boolean
} | null

export async function readFacts(events: readonly Triaged[], read: Reader) {
  const asked = events.map(questionOf)
  if (asked.every((it) => it === null)) return { each: asked.map((): Facts => null), shared: undefined }
  const desk = await read.desk()
  const may = asked.flatMap((question, at) =>
    question !== null && mayApply(question, events[at]!, desk) ? [{ question, at }] : [],
  )
  const wanted = await worthReading(may, desk, read)
  if (wanted.length === 0) return { each: asked.map((): Facts => null), shared: undefined }
  const rows = await read.triage.of(wanted.map(({ question: { ticket, message } }) => ({ ticket, message })))
  const detect = await languageDetector()
  const each: Facts[] = events.map(() => null)
  wanted.forEach(({ question, at }, n) => {
    const row = rows[n] ?? null
    if (row === null) return
    const isLive =
      row.ticket.channel !== null && row.kind !== null && read.capabilities(row.ticket.channel, row.kind)?.live === true
    each[at] = { question, row, desk, detect, isLive }
  })
  return { each, shared: undefined }
}

/** A new ticket is told of by half a dozen changes that triage made itself: where no rule waits for them, nobody has to wait for their locks. */
export async function sifted(events: readonly Triaged[], read: Reader): Promise<readonly Triaged[]> {
  const isChange = (event: Triaged): boolean => questionOf(event)?.on === 'changed'
  if (!events.some(isChange)) return events
  const desk = await read.desk()
  return events.filter((event) => {
    const question = questionOf(event)
    return question !== null && mayApply(question, event, desk)
  })
}

interface Asked {
  readonly question: Question
  readonly at: number
}
/** Where no rule waits for messages, one on a ticket whose language is known changes nothing: a look by its key is enough to see that. */
async function worthReading(may: readonly Asked[], desk: Desk, read: Reader): Promise<readonly Asked[]> {
  if (desk.listensTo.has('message') || desk.listensTo.has('time')) return may
  const heard = may.filter(({ question }) => question.on === 'message').map(({ question }) => question.ticket)
  if (heard.length === 0) return may
  const tickets = await read.tickets.byId([...new Set(heard)])
  return may.filter(({ question: { on, ticket } }) => on !== 'message' || tickets.get(ticket)?.language === null)
}

/** Most changes concern no rule: then nothing is read. */
function mayApply({ on, field }: Question, event: Triaged, desk: Desk): boolean {
  if (on !== 'changed' || field === null) return true
  if (desk.listensTo.has(field)) return true
  return event.type === 'ticket.type_changed' || (event.type === 'ticket.status_changed' && desk.listensTo.has('time'))
}
