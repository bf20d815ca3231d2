// The life of a ticket as somebody would keep it on paper who has only read the page (features 3.3, B6, B9, B24, D46): sentences, no table.

export interface Days {
  readonly onReply: 'pending' | 'open' | 'resolved'
  readonly followUpDays: number
  readonly closeDays: number
}
/** What groups promise: days in which their customers come back; 0: never. */
export const groups: Readonly<Record<string, number>> = { loyal: 30, strict: 0 }
/** Statuses of one's own, and what they are like. */
export const customs: Readonly<Record<string, string>> = { parts: 'on_hold', refunded: 'resolved' }

export interface Paper {
  /** As people call it. */
  status: string
  /** All times in minutes. */
  resolvedAt: number | null
  closesAt: number | null
  snoozedUntil: number | null
  group: string | null
  /** Which one it follows up on. */
  readonly parent: number | null
}
export interface Ring {
  readonly kind: 'close_ticket' | 'snooze'
  readonly ticket: number
  readonly dueAt: number
  readonly basis: number
}
const aDay = 1_440
const like = (status: string): string => customs[status] ?? status
const isWork = (status: string): boolean => ['new', 'open', 'reopened'].includes(like(status))
const waits = (status: string): boolean => ['pending', 'on_hold'].includes(like(status))

/** Of one conversation. The first ticket is there. */
export class NaiveLife {
  readonly tickets: Paper[] = []
  /** The one its messages go to. */
  current = 0
  /** The customer, last. */
  private wroteAt = 0
  private readonly days: Days
  constructor(days: Days) {
    this.days = days
    this.open('new', null)
  }

  customerWrote(now: number, sentAt: number): void {
    this.wroteAt = Math.max(this.wroteAt, sentAt)
    const it = this.tickets[this.current]!
    if (waits(it.status)) return this.move(it, 'open', now)
    if (like(it.status) === 'closed') return this.open('new', this.current)
    if (like(it.status) !== 'resolved') return
    const days = this.of(it).followUpDays
    if (days > 0 && sentAt - it.resolvedAt! <= days * aDay) return this.move(it, 'reopened', now)
    this.open('new', this.current)
  }
  weAnswered(now: number): void {
    const it = this.tickets[this.current]!
    if (like(it.status) === 'closed') return this.open('pending', this.current)
    if (isWork(it.status) && it.status !== this.days.onReply) this.move(it, this.days.onReply, now)
  }
  /** By hand; what cannot be is refused, and nothing changes. */
  set(at: number, to: string, now: number): void {
    const it = this.tickets[at]!
    const [from, base] = [like(it.status), like(to)]
    if (from === 'closed' || to === it.status) return
    const isName = from === base
    if (!isName && (base === 'new' || (base === 'reopened' && from !== 'resolved'))) return
    if (!isName && from === 'spam' && base !== 'open') return
    if (!isName && from === 'resolved' && !['reopened', 'open', 'closed', 'spam'].includes(base)) return
    const [comesBack, other] = [!isOpen(from) && isOpen(base), this.tickets[this.current]!]
    if (comesBack && other !== it && isOpen(like(other.status))) return
    // It went on live, and can be answered for seven days.
    if (comesBack && from === 'resolved' && now - this.wroteAt >= 7 * aDay) return
    this.move(it, to, now)
    if (isOpen(base)) this.current = at
  }
  snooze(at: number, until: number, now: number): void {
    const it = this.tickets[at]!
    if (isWork(it.status)) this.move(it, 'on_hold', now)
    if (!waits(it.status)) return
    it.snoozedUntil = until
  }
  unsnooze(at: number, now: number): void {
    const it = this.tickets[at]!
    if (it.snoozedUntil === null) return
    this.move(it, 'open', now)
    this.current = at
  }
  regroup(at: number, group: string): void {
    const it = this.tickets[at]!
    if (like(it.status) === 'closed') return
    const isAnother = it.group !== group
    it.group = group
    if (isAnother && it.resolvedAt !== null) it.closesAt = it.resolvedAt + this.of(it).closeDays * aDay
  }
  /** Whatever was asked for once may ring late, and be about what is over. */
  rang({ kind, ticket, basis }: Ring, now: number): void {
    const it = this.tickets[ticket]!
    if (kind === 'snooze') {
      if (it.snoozedUntil === basis) this.move(it, 'open', now)
      return
    }
    if (like(it.status) !== 'resolved' || it.resolvedAt !== basis) return
    it.closesAt = it.resolvedAt + this.of(it).closeDays * aDay
    if (it.closesAt <= now) this.move(it, 'closed', now)
  }

  /** What must ring yet, and nothing else. */
  get rings(): readonly Ring[] {
    return this.tickets.flatMap((it, ticket): Ring[] => [
      ...(it.closesAt === null
        ? []
        : [{ kind: 'close_ticket' as const, ticket, dueAt: it.closesAt, basis: it.resolvedAt! }]),
      ...(it.snoozedUntil === null
        ? []
        : [{ kind: 'snooze' as const, ticket, dueAt: it.snoozedUntil, basis: it.snoozedUntil }]),
    ])
  }

  private of({ group }: Paper): { readonly followUpDays: number; readonly closeDays: number } {
    const promised = group === null ? undefined : groups[group]
    if (promised === undefined) return this.days
    return { followUpDays: promised, closeDays: Math.max(this.days.closeDays, promised) }
  }
  private open(status: string, parent: number | null): void {
    this.current = this.tickets.length
    this.tickets.push({ status, resolvedAt: null, closesAt: null, snoozedUntil: null, group: null, parent })
  }
  private move(it: Paper, to: string, now: number): void {
    const [from, base] = [like(it.status), like(to)]
    it.status = to
    if (base === 'resolved' && from !== 'resolved') {
      it.resolvedAt = now
      it.closesAt = now + this.of(it).closeDays * aDay
    }
    if (base !== 'resolved' && from === 'resolved') it.closesAt = null
    if (base !== 'resolved' && base !== 'closed') it.resolvedAt = null
    if (!waits(to)) it.snoozedUntil = null
  }
}
const isOpen = (base: string): boolean => ['new', 'open', 'reopened', 'pending', 'on_hold'].includes(base)
