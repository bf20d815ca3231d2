// What a log driver brings to its contract suite, and the reader that the promises are watched through.
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import type { EventLog } from '../../../core/ports/event-log.ts'
import type { AnyEvent, EventType } from '../../../schemas/events.ts'

/** One empty log, the test's own. Everything opened from it is closed with it. */
export interface LogUnderTest {
  /** A driver as a process would open it. Several on one log stand for several processes. `deaf`: no wake-up of another process arrives. */
  open(options?: { readonly maxWaitingBytes?: number; readonly deaf?: boolean }): Promise<EventLog>
  /** The longest time after which a driver looks by itself. */
  readonly pollMs: number
  /** Writes an event and holds its commit back until what it gives is called. */
  holdOpen(event: AnyEvent): Promise<() => Promise<void>>
  /** From now on appends get no answer, until what it gives is called. */
  hang(): Promise<() => Promise<void>>
  /** An event that no driver of this kind can store. */
  readonly unstorable: AnyEvent
  /** How many writes the events now in the log came by. */
  writes(): Promise<number>
  /** A real process that reads `message.received` for the group: a line `handling <id>` before, `handled <id>` after `forMs`, for each event. */
  process(group: string, forMs: number): ChildProcess
  close(): Promise<void>
}
export type MakeLog = () => Promise<LogUnderTest>

/** Opens a log for this test and closes it after. */
export async function logFor(makeLog: MakeLog): Promise<LogUnderTest> {
  const log = await makeLog()
  onTestFinished(() => log.close())
  return log
}

/** Far more than anything here needs. */
export const inTime = (): AbortSignal => AbortSignal.timeout(15_000)

export interface Reader {
  readonly batches: (readonly AnyEvent[])[]
  /** All events handed over so far, repeats too. */
  readonly got: AnyEvent[]
  /** Resolves when so many different events came; rejects after a while. */
  until(count: number): Promise<void>
  stop(): Promise<void>
}
interface ReaderOptions {
  readonly group?: string
  readonly types?: readonly EventType[]
  readonly handlers?: number
  readonly most?: number
  readonly everyMs?: number
  /** Before the batch counts as got; may reject. */
  readonly handle?: (batch: readonly AnyEvent[]) => Promise<void>
}

/** Consumes until stopped, at the latest with the test. */
export function read(log: EventLog, options: ReaderOptions = {}): Reader {
  const { group = 'group', types = ['message.received'], handlers = 1, most, everyMs, handle } = options
  const stop = new AbortController()
  const batches: (readonly AnyEvent[])[] = []
  const got: AnyEvent[] = []
  const different = new Set<string>()
  let check = () => {}
  const take = async (batch: readonly AnyEvent[]): Promise<void> => {
    await handle?.(batch)
    batches.push(batch)
    got.push(...batch)
    for (const { id } of batch) different.add(id)
    check()
  }
  const reading = log.consume<EventType>(group, types, take, stop.signal, { handlers, most, everyMs })
  const end = () => {
    stop.abort()
    return reading
  }
  onTestFinished(end)
  return {
    batches,
    got,
    until: (count) =>
      within(`${count} events`, (done) => (check = () => (different.size >= count ? done() : undefined))()).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; ${different.size} came`)
        },
      ),
    stop: end,
  }
}

const longestWaitMs = 30_000
/** Rejects with words when `begin` did not call `done` after a long while. */
export function within(what: string, begin: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${longestWaitMs} ms for ${what}`)), longestWaitMs)
    begin(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Asks again and again until it is so. */
export async function eventually(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endAt = performance.now() + longestWaitMs
  while (!(await isSo())) {
    if (performance.now() > endAt) throw new Error(`waited ${longestWaitMs} ms for ${what}`)
    await pause(20)
  }
}
export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** The lines a process writes, as they come. */
export function linesOf(child: ChildProcess): {
  readonly lines: string[]
  until(enough: () => boolean): Promise<void>
} {
  const lines: string[] = []
  let check = () => {}
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      check()
    })
  const until = (enough: () => boolean) =>
    within('a line of a process', (done) => (check = () => (enough() ? done() : undefined))())
  return { lines, until }
}

/** Twelve keys with so many events each, in rounds: what one key's order can be seen in. */
export const roundsOf = (keys: number, rounds: number, make: (key: string, round: number) => AnyEvent): AnyEvent[] =>
  Array.from({ length: rounds }, (_, round) =>
    Array.from({ length: keys }, (_k, key) => make(`key-${key}`, round)),
  ).flat()
