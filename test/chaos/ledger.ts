// The driver's own book, outside the system: what was sent and how it was answered, what was asked and what was said. Only ever appended to.
import { closeSync, openSync, writeSync } from 'node:fs'

/** One message with its every answer, in order; 0: no answer came. */
export interface SentEntry {
  readonly is: 'sent'
  readonly at: string
  readonly id: string
  readonly customer: number
  readonly answers: readonly number[]
}
/** One reply that an agent asked for, under its idempotency key. */
export interface AskedEntry {
  readonly is: 'asked'
  readonly at: string
  readonly key: string
  readonly ticket: string
  readonly status: number
  readonly reply: string | null
}
/** What no caller should be told: a server's fault in an answer of the API. */
export interface FaultEntry {
  readonly is: 'fault'
  readonly at: string
  readonly what: string
  readonly status: number
  readonly body: string
}
export type LedgerLine = SentEntry | AskedEntry | FaultEntry
type Unstamped = { [K in LedgerLine['is']]: Omit<Extract<LedgerLine, { is: K }>, 'at'> }[LedgerLine['is']]

export interface DriverLedger {
  readonly path: string
  add(line: Unstamped): void
  of<K extends LedgerLine['is']>(is: K): readonly Extract<LedgerLine, { is: K }>[]
  /** Ids that were answered 200 at least once, in the order of their first answer. */
  accepted(): readonly SentEntry[]
  close(): void
}

export function openLedger(path: string): DriverLedger {
  const file = openSync(path, 'a', 0o600)
  const lines: LedgerLine[] = []
  const firsts = new Map<string, SentEntry>()
  const keep = (line: LedgerLine): void => {
    lines.push(line)
    if (line.is === 'sent' && line.answers.includes(200) && !firsts.has(line.id)) firsts.set(line.id, line)
  }
  return {
    path,
    add(line) {
      const whole = { ...line, at: new Date().toISOString() } as LedgerLine
      writeSync(file, `${JSON.stringify(whole)}\n`)
      keep(whole)
    },
    of: <K extends LedgerLine['is']>(is: K) =>
      lines.filter((line): line is Extract<LedgerLine, { is: K }> => line.is === is),
    accepted: () => [...firsts.values()],
    close: () => closeSync(file),
  }
}
