// When a mail was written, as far as its own word can be believed.
import type { Instant } from '../../../schemas/ids.ts'

const day = 24 * 3600 * 1000

/** `Date` where it lies within a week before its receipt and ten minutes after it; else the receipt (sheet section 10). */
export function writtenAt(
  claimed: string | null,
  receivedAt: Instant,
): { readonly at: Instant; readonly odd: boolean } {
  const said = parsed(claimed)
  const received = Date.parse(receivedAt)
  if (said === null) return { at: receivedAt, odd: claimed !== null }
  if (said < received - 7 * day || said > received + 600_000) return { at: receivedAt, odd: true }
  return { at: new Date(said).toISOString() as Instant, odd: false }
}

/** Minutes east of Greenwich of zones that mails name; any other word says nothing (RFC 5322, 4.3). */
const zones: Readonly<Record<string, number>> = {
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  JST: 540,
  MSK: 180,
  TRT: 180,
  WEST: 60,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
}
/** By the first three letters, in English and as programs set to Turkish write them. */
const months = [
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  ['oca', 'sub', 'mar', 'nis', 'may', 'haz', 'tem', 'agu', 'eyl', 'eki', 'kas', 'ara'],
] as const

const time = String.raw`(?<hour>\d{1,2})[:.](?<minute>\d{2})(?:[:.](?<second>\d{2}))?(?:[.,]\d{1,9})?`
/** As RFC 5322 has it, as ISO 8601 does, and as C prints it. A number that may be a day or a month is none of them. */
const forms = [
  String.raw`(?<day>\d{1,2})[\s-]+(?<month>\p{L}{3,9})\.?[\s-]+(?<year>\d{2,4})(?!\d)(?:[\s,]+${time})?(?<zone>\s*[^\d\s].*|\s*)`,
  String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[T\s]+${time})?(?<zone>\s*[^\d\s].*|\s*)`,
  String.raw`(?<month>\p{L}{3,9})\s+(?<day>\d{1,2})\s+${time}\s+(?<zone>[A-Z]{1,5}\s+|[+-]\S{2,6}\s+)?(?<year>\d{4})(?<behind>\s.*|)`,
].map((it) => new RegExp(`^${it}$`, 'su'))
const weekday = /^\p{L}{2,9}\.?(?:,\s*|\s+)(?=\d{1,2}[\s-]+\p{L}|\d{4}-|\p{L})/u

/** Comments and a wrong weekday are forgiven; null for what is no date. */
function parsed(claimed: string | null): number | null {
  const bare = (claimed ?? '')
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .trim()
    .replace(weekday, '')
  const found = forms.map((it) => it.exec(bare)?.groups).find((it) => it !== undefined)
  if (found === undefined) return null
  const month = monthOf(found['month'] ?? '')
  const [year, day, hour, minute, second] = ['year', 'day', 'hour', 'minute', 'second'].map((it) =>
    Number(found[it] ?? 0),
  )
  const east = eastOf(`${found['zone'] ?? ''} ${found['behind'] ?? ''}`)
  const clock = { hour: inTheDay(hour!, found['zone'] ?? ''), minute: minute!, second: Math.min(second!, 59) }
  if (month === null || east === null || clock.hour > 23 || clock.minute > 59 || second! > 60) return null
  const at = new Date(Date.UTC(wholeYear(year!), month, day, clock.hour, clock.minute, clock.second))
  // The 30th of February is no day.
  return at.getUTCDate() === day ? at.getTime() - east * 60_000 : null
}

function monthOf(word: string): number | null {
  if (/^\d/.test(word)) return Number(word) >= 1 && Number(word) <= 12 ? Number(word) - 1 : null
  const letters = word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ı', 'i').slice(0, 3)
  const found = Math.max(...months.map((names) => (names as readonly string[]).indexOf(letters)))
  return found === -1 ? null : found
}

/** RFC 5322, 4.3. */
const wholeYear = (year: number): number => (year < 50 ? year + 2_000 : year < 1_000 ? year + 1_900 : year)

function inTheDay(hour: number, behind: string): number {
  const half = /^\s*([AP])M\b/i.exec(behind)?.[1]?.toUpperCase()
  return half === undefined || hour < 1 || hour > 12 ? hour : (hour % 12) + (half === 'P' ? 12 : 0)
}

/** In minutes: a number counts more than a name beside it. Null for one that lies nowhere on Earth. */
function eastOf(zone: string): number | null {
  const [, sign, hours, minutes = '0'] = /([+-])(\d{1,2}):?(\d{2})?(?!\d)/.exec(zone) ?? []
  if (hours === undefined) {
    const names = zone.toUpperCase().match(/[A-Z]{2,5}/g) ?? []
    return names.map((it) => zones[it]).find((it) => it !== undefined) ?? 0
  }
  const east = Number(hours) * 60 + Number(minutes)
  if (east > 15 * 60 || Number(minutes) > 59) return null
  return sign === '-' ? -east : east
}
