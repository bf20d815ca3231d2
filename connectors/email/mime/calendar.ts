// What an invitation says (RFC 5545): what, when, where, who asks; or whether somebody comes. Facts only, nothing is computed from them.
import type { Invitation, Moment } from './mail.ts'

const mostBytes = 256 * 1024
const mostLines = 5_000
const mostEvents = 20
const longest = 1_000

interface Line {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
  readonly value: string
}

export const isCalendar = ({ type, name }: { readonly type: string; readonly name: string | null }): boolean =>
  type === 'text/calendar' || type === 'application/ics' || /\.ics$/i.test(name ?? '')

/** One for each event of it; a mail that holds the same one twice says it once. */
export function invitationsIn(texts: readonly string[]): readonly Invitation[] {
  const found = texts.flatMap(eventsIn)
  return [...new Map(found.map((it) => [JSON.stringify([it.uid, it.recurrence, it.sequence]), it])).values()].slice(
    0,
    mostEvents,
  )
}

function eventsIn(text: string): readonly Invitation[] {
  const open: string[] = []
  const events: Line[][] = []
  let method: string | null = null
  for (const line of linesOf(text)) {
    if (line.name === 'BEGIN') {
      open.push(line.value.toUpperCase())
      if (isEvent(open) && events.length < mostEvents) events.push([])
    } else if (line.name === 'END') open.pop()
    else if (open.length === 1 && line.name === 'METHOD') method = line.value.toUpperCase().slice(0, 40)
    else if (isEvent(open)) events.at(-1)?.push(line)
  }
  return events.map((it) => invitation(it, method))
}
/** Not what stands in an event: alarms have their own words. */
const isEvent = (open: readonly string[]): boolean => open.length === 2 && (open[1] === 'VEVENT' || open[1] === 'VTODO')

function* linesOf(text: string): Generator<Line> {
  const unfolded = text
    .slice(0, mostBytes)
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]/g, '')
  for (const written of unfolded.split('\n').slice(0, mostLines)) {
    const at = endOfName(written)
    if (at === -1) continue
    const [name = '', ...parameters] = pieces(written.slice(0, at))
    yield { name: name.toUpperCase(), parameters: new Map(parameters.map(parameter)), value: written.slice(at + 1) }
  }
}
/** The first colon that stands in no quotes. */
function endOfName(line: string): number {
  let isQuoted = false
  for (let at = 0; at < Math.min(line.length, 4_000); at += 1) {
    if (line[at] === '"') isQuoted = !isQuoted
    else if (line[at] === ':' && !isQuoted) return at
  }
  return -1
}
function pieces(head: string): readonly string[] {
  const found = ['']
  let isQuoted = false
  for (const sign of head) {
    if (sign === '"') isQuoted = !isQuoted
    else if (sign === ';' && !isQuoted) found.push('')
    else found[found.length - 1] += sign
  }
  return found
}
const parameter = (text: string): readonly [string, string] => {
  const at = text.indexOf('=')
  return at === -1 ? [text.toUpperCase(), ''] : [text.slice(0, at).toUpperCase(), text.slice(at + 1)]
}

function invitation(lines: readonly Line[], method: string | null): Invitation {
  const first = (name: string): Line | undefined => lines.find((it) => it.name === name)
  const text = (name: string): string | null => words(first(name)?.value)
  const organiser = first('ORGANIZER')
  return {
    method,
    uid: text('UID'),
    recurrence: first('RECURRENCE-ID')?.value.slice(0, 40) ?? null,
    sequence: Number(/^\d{1,9}/.exec(first('SEQUENCE')?.value ?? '')?.[0] ?? 0),
    title: text('SUMMARY'),
    where: text('LOCATION'),
    start: momentIn(first('DTSTART')),
    end: momentIn(first('DTEND') ?? first('DUE')),
    status: text('STATUS')?.toUpperCase() ?? null,
    organiser: organiser === undefined ? null : person(organiser),
    // Who answered, and what; in an invitation it only says whom else it went to.
    answers:
      method === 'REPLY'
        ? lines
            .filter((it) => it.name === 'ATTENDEE')
            .slice(0, 20)
            .map(answer)
        : [],
  }
}
const answer = (line: Line) => ({
  ...person(line),
  answer: (line.parameters.get('PARTSTAT') ?? 'NEEDS-ACTION').toUpperCase().slice(0, 40),
})
const person = ({ parameters, value }: Line) => ({
  name: words(parameters.get('CN')),
  address: /^mailto:([^\s<>@]{1,64}@[^\s<>@]{1,253})$/i.exec(value.trim())?.[1] ?? null,
})

function words(value: string | undefined): string | null {
  const said = (value ?? '')
    .slice(0, longest * 2)
    .replace(/\\([nN,;\\])/g, (_, sign: string) => (/n/i.test(sign) ? '\n' : sign))
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]/g, '')
    .trim()
  return said === '' ? null : said.slice(0, longest)
}

/** As it is written there: a day, or a time of day in a zone (`UTC`, or the writer's name for it; null: wherever one is). */
function momentIn(line: Line | undefined): Moment | null {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?$/i.exec(line?.value.trim() ?? '')
  if (found === null) return null
  const [, year, month, day, hour, minute, second = '00', utc] = found
  if (hour === undefined) return { at: `${year}-${month}-${day}`, zone: null }
  const zone = utc === undefined ? (line?.parameters.get('TZID')?.slice(0, 100) ?? null) : 'UTC'
  return { at: `${year}-${month}-${day}T${hour}:${minute}:${second}`, zone }
}

/** For a mail that says it in no other words: what, when, where. */
export function invitationText({ title, start, where }: Invitation): string {
  const when =
    start === null ? null : [start.at.slice(0, 16).replace('T', ' '), start.zone].filter((it) => it !== null).join(' ')
  return [title, when, where].filter((it) => it !== null).join('\n')
}
