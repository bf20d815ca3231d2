// Working time: when a business is open by the clock on its own wall, and how much of that lies between two moments.
import { Temporal } from 'temporal-polyfill'
import type { CalendarRow } from '../ports/desk-rows.ts'
import type { Instant } from '../../schemas/ids.ts'
import { weekdays, type Interval } from '../../schemas/calendar.ts'

/** From `start` until before `end`. */
interface Span {
  readonly start: number
  readonly end: number
}
const dayMs = 86_400_000
const minuteMs = 60_000
/** What lies further ahead than these many days never comes: a calendar that stays closed is not searched for ever. */
const horizonDays = 366 * 20
const instantOf = (ms: number): Instant => new Date(ms).toISOString() as Instant

/** Where nobody named a calendar. */
export const alwaysOpen: CalendarRow = {
  id: 'always',
  name: '24/7',
  timezone: 'UTC',
  weekly: Object.fromEntries(weekdays.map((day) => [day, [{ from: '00:00', to: '24:00' }]])),
  holidays: [],
  exceptions: [],
  version: 1,
}

export function isOpen(calendar: CalendarRow, at: Instant): boolean {
  const ms = Date.parse(at)
  const [next] = spansFrom(calendar, ms)
  return next !== undefined && next.start <= ms
}

/** The first moment from `at` on at which it is open: `at` itself when it is. Null: it does not open again. */
export function nextOpening(calendar: CalendarRow, at: Instant): Instant | null {
  const [next] = spansFrom(calendar, Date.parse(at))
  return next === undefined ? null : instantOf(next.start)
}

/** The first moment from `at` on at which it is closed: `at` itself when it is. Null: it does not close. */
export function nextClosing(calendar: CalendarRow, at: Instant): Instant | null {
  if (readyFor(calendar).isAlways) return null
  let open = Date.parse(at)
  const last = open + horizonDays * dayMs
  for (const { start, end } of spansFrom(calendar, open)) {
    if (start > open) return instantOf(open)
    open = end
    if (open >= last) return null
  }
  return instantOf(open)
}

/** The moment by which so much working time has passed since `from`. Null: beyond what is looked at. */
export function addWorking(calendar: CalendarRow, from: Instant, ms: number): Instant | null {
  const begin = Date.parse(from)
  if (ms <= 0) return from
  if (readyFor(calendar).isAlways) return ms > horizonDays * dayMs ? null : instantOf(begin + ms)
  let left = ms
  for (const { start, end } of spansFrom(calendar, begin)) {
    if (end - start >= left) return instantOf(start + left)
    left -= end - start
  }
  return null
}

/** Milliseconds of working time; 0 when `to` is not after `from`. */
export function workingBetween(calendar: CalendarRow, from: Instant, to: Instant): number {
  const [begin, until] = [Date.parse(from), Date.parse(to)]
  if (until <= begin) return 0
  if (readyFor(calendar).isAlways) return until - begin
  let sum = 0
  for (const { start, end } of spansFrom(calendar, begin)) {
    if (start >= until) break
    sum += Math.min(end, until) - start
  }
  return sum
}

/**
 * What is open from a moment on: spans in order and apart from each other, though one may begin where the last ends. A zone is made of
 * pieces in which the wall shows the moment and a fixed difference: hours that a change of clocks leaves out are not there, hours that it
 * shows twice are there twice.
 */
function* spansFrom(calendar: CalendarRow, fromMs: number): Generator<Span> {
  const ready = readyFor(calendar)
  for (const piece of piecesFrom(calendar.timezone, fromMs)) {
    const { offset } = piece
    const begin = Math.max(piece.start, fromMs)
    for (const { start, end } of wallSpans(ready, begin + offset, piece.end + offset))
      yield { start: start - offset, end: end - offset }
  }
}

// ── the wall: days and their intervals, as if every day had 24 hours ─────────────────────────────────────────────────────────────────────

interface Ready {
  readonly isAlways: boolean
  /** Of a day, counted from 1 January 1970, in milliseconds from its midnight; what ends after 24 hours reaches into the next. */
  spansOn(day: number): readonly Span[]
}
const made = new WeakMap<CalendarRow, Ready>()
function readyFor(calendar: CalendarRow): Ready {
  const known = made.get(calendar)
  if (known !== undefined) return known
  const ready = readied(calendar)
  made.set(calendar, ready)
  return ready
}

function readied({ weekly, holidays, exceptions }: CalendarRow): Ready {
  const week = weekdays.map((day) => daySpans(weekly[day] ?? []))
  const other = new Map<string, readonly Span[]>(holidays.map((date) => [date, []]))
  for (const { date, intervals } of exceptions) other.set(date, daySpans(intervals))
  const isAlways =
    other.size === 0 && week.every((spans) => spans.length === 1 && spans[0]!.start === 0 && spans[0]!.end >= dayMs)
  return {
    isAlways,
    spansOn(day) {
      const usual = week[(((day + 3) % 7) + 7) % 7]!
      if (other.size === 0) return usual
      const date = new Date(day * dayMs).toISOString().slice(0, 10)
      return other.get(date) ?? other.get(date.slice(5)) ?? usual
    },
  }
}

/** Over midnight where the second time is the earlier one. */
const daySpans = (intervals: readonly Interval[]): readonly Span[] =>
  intervals
    .map(({ from, to }) => ({ start: msOf(from), end: msOf(to) + (msOf(to) <= msOf(from) ? dayMs : 0) }))
    .toSorted((a, b) => a.start - b.start)
const msOf = (clock: string): number => (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) * minuteMs

/** Of the day before too: its night may reach in. What two days or intervals share is there once. */
function* wallSpans({ spansOn }: Ready, from: number, to: number): Generator<Span> {
  let reached = from
  for (let day = Math.floor(from / dayMs) - 1; day * dayMs < to; day += 1)
    for (const span of spansOn(day)) {
      const start = Math.max(day * dayMs + span.start, reached)
      const end = Math.min(day * dayMs + span.end, to)
      if (end <= start) continue
      yield { start, end }
      reached = end
    }
}

// ── zones: the only place where a time zone is looked up ─────────────────────────────────────────────────────────────────────────────────

interface Piece extends Span {
  /** What the wall shows is the moment and this. */
  readonly offset: number
}
/** By zone and year: looking a change of clocks up takes a thousand times longer than remembering it. There are as many as there are zones in use. */
const years = new Map<string, readonly Piece[]>()

function* piecesFrom(zone: string, fromMs: number): Generator<Piece> {
  const first = new Date(fromMs).getUTCFullYear()
  const last = new Date(fromMs + horizonDays * dayMs).getUTCFullYear()
  for (let year = first; year <= last; year += 1)
    for (const piece of piecesOf(zone, year)) if (piece.end > fromMs) yield piece
}

function piecesOf(zone: string, year: number): readonly Piece[] {
  const name = `${zone} ${year}`
  const known = years.get(name)
  if (known !== undefined) return known
  const pieces = lookedUp(zone, year)
  years.set(name, pieces)
  return pieces
}

function lookedUp(zone: string, year: number): readonly Piece[] {
  const end = Date.UTC(year + 1, 0, 1)
  const pieces: Piece[] = []
  let at = Temporal.Instant.fromEpochMilliseconds(Date.UTC(year, 0, 1)).toZonedDateTimeISO(zone)
  for (;;) {
    const next = at.getTimeZoneTransition('next')
    const until = next === null ? end : Math.min(end, next.epochMilliseconds)
    pieces.push({ start: at.epochMilliseconds, end: until, offset: at.offsetNanoseconds / 1_000_000 })
    if (next === null || next.epochMilliseconds >= end) return pieces
    at = next
  }
}
