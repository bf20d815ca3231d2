// The event log in PostgreSQL: for one machine or a few, durable with the record, nothing more to install.
import { randomUUID } from 'node:crypto'
import { topics, type AnyEvent } from '../../schemas/events.ts'
import { GatewayError } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/edges.ts'
import type { EventLog } from '../../core/ports/event-log.ts'
import type { Database } from './database.ts'
import { makeAnnouncer } from './announce.ts'
import { makePlaces } from './log-places.ts'
import { eventsABatch } from './log-share.ts'
import { ask } from './log-postgres/ask.ts'
import { makeAppender, type Appender } from './log-postgres/append.ts'
import { makeCare, type PostgresLogCare } from './log-postgres/care.ts'
import { consume, type Readers } from './log-postgres/consume.ts'
import { encode, eventRow, writeOf, writeText, type Encoded } from './log-postgres/encode.ts'
import { logFault } from './log-postgres/fault.ts'
import { makeFlusher } from './log-postgres/flush.ts'
import { makeHeads } from './log-postgres/heads.ts'
import { lagOf, rawOf, rawsOf } from './log-postgres/look-back.ts'

export type { PostgresLogCare } from './log-postgres/care.ts'

export interface PostgresLogOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  /** Decided by the first start of a database; another number later stops the start. */
  readonly partitions?: number
  /** What may wait to be durable in this process; more is `log.full`. */
  readonly maxWaitingBytes?: number
  readonly pollMs?: number
  /** `false` where nothing may LISTEN (a pooler between): processes then learn of each other's appends by the poll. */
  readonly wakeUps?: boolean
}
/** For a store in the same database, whose transactions append by `log_tell`. */
export interface PostgresLogEmit {
  /** The parameter of `select log_tell($1)`. Last before the commit, and once a transaction. */
  emitRows(events: readonly AnyEvent[]): string
  /** After that commit, with what `log_tell` answered: readers look at once. Without it the ends are asked for. */
  nudge(heads?: readonly (readonly [topic: string, partition: number, next: number])[]): void
}
export type PostgresLog = EventLog & PostgresLogCare & PostgresLogEmit

export const wakeChannel = 'inlet_log'
const defaultPartitions = 12
const defaultWaitingBytes = 64 * 1024 * 1024
const defaultPollMs = 500
const flushEveryMs = 100
/** Longer than the transaction may take at the server (5 s): a server that says nothing any more is given up. */
const silentAfterMs = 6_000

interface Inside extends Readers {
  readonly options: PostgresLogOptions
  readonly partitions: number
  readonly appender: Appender
  readonly life: AbortController
  readonly nudge: PostgresLogEmit['nudge']
}

export async function postgresLog(options: PostgresLogOptions): Promise<PostgresLog> {
  const { database, clock, log } = options
  const pool = database.pool('loops')
  const partitions = options.partitions ?? defaultPartitions
  await setUp(partitions, options)
  const life = new AbortController()
  const deps = { pool, clock, log, channel: wakeChannel, me: randomUUID() }
  const heads = makeHeads(deps)
  const flusher = makeFlusher(deps)
  const announcer = makeAnnouncer(deps)
  const wakeUps = options.wakeUps ?? true
  const tell = () => (wakeUps ? announcer.grew() : undefined)
  const write = async (calls: readonly Encoded[]): Promise<void> => {
    const { values, lanes } = writeOf(calls)
    const question = { name: 'log_append_packed', text: writeText, values, silentAfterMs }
    const [row] = await ask<{ nexts: readonly number[] }>(database.pool('appends'), question)
    heads.learn(lanes.map(([topic, partition], at) => [topic, partition, row?.nexts[at] ?? 0]))
    tell()
  }
  const appender = makeAppender({ write, maxWaitingBytes: options.maxWaitingBytes ?? defaultWaitingBytes })
  const nudge: PostgresLogEmit['nudge'] = (grown = []) => {
    if (grown.length > 0) heads.learn(grown)
    else heads.hint()
    tell()
  }
  const running = [heads.poll(options.pollMs ?? defaultPollMs, life.signal), flusher.run(flushEveryMs, life.signal)]
  if (wakeUps) {
    const heard = (from: string) => (from === deps.me ? undefined : heads.hint())
    running.push(announcer.run(life.signal), database.listen(wakeChannel, heard, life.signal))
  }
  return logOf({ ...deps, places: makePlaces(), heads, flusher, options, partitions, appender, life, nudge }, running)
}

function logOf(inside: Inside, running: readonly Promise<void>[]): PostgresLog {
  const { pool, partitions, appender, life, log } = inside
  const consuming = new Set<Promise<void>>()
  return {
    append: async (batch, signal) => appender.append(encode(batch, partitions), signal),
    async consume(group, types, handle, signal, choices = {}) {
      const it = {
        group,
        types,
        handlers: choices.handlers ?? 1,
        most: choices.most ?? eventsABatch,
        everyMs: choices.everyMs ?? 0,
        handle: handle as (batch: readonly AnyEvent[]) => Promise<void>,
      }
      const reading = consume(it, AbortSignal.any([signal, life.signal]), inside)
      consuming.add(reading)
      await reading.finally(() => consuming.delete(reading))
    },
    raws: (from, to, signal) => rawsOf({ from, to, signal }, pool),
    raw: (ref) => rawOf(ref, pool),
    lag: (group) => lagOf(group, pool),
    hasPlace: inside.places.has,
    ping: (signal) => ping(inside, signal),
    async close() {
      await appender.close()
      // The flusher lives until the groups have left: they write down their positions through it.
      life.abort()
      await Promise.allSettled([...consuming, ...running])
    },
    emitRows: (events) => `[${events.map((event) => eventRow(event, partitions)).join()}]`,
    nudge: inside.nudge,
    ...makeCare({ pool, log }),
  }
}

async function setUp(partitions: number, { database }: PostgresLogOptions): Promise<void> {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1_000)
    throw new GatewayError(
      'settings.invalid',
      `The log’s partitions: ${partitions}; give a whole number from 1 to 1000.`,
    )
  let stored: number | undefined
  try {
    const { rows } = await database
      .pool('loops')
      .query<{ stored: number }>('select log_setup($1, $2) as stored', [partitions, topics])
    stored = rows[0]?.stored
  } catch (error) {
    throw logFault(error, 'Opening the log')
  }
  if (stored === partitions) return
  throw new GatewayError(
    'settings.invalid',
    `The log of this database was made with ${stored} partitions, the setting says ${partitions}. Set it back to ${stored}: with another number the messages of one conversation would lose their order.`,
    { about: { stored: stored ?? 0, wanted: partitions } },
  )
}

/** A write, not only a question: a full disk or a standby answers questions. */
async function ping({ pool, appender, options }: Inside, signal: AbortSignal): Promise<void> {
  const limit = options.maxWaitingBytes ?? defaultWaitingBytes
  if (appender.waiting() >= limit)
    throw new GatewayError(
      'log.unavailable',
      `The log: ${appender.waiting()} bytes wait to be durable, the limit is ${limit}.`,
    )
  const late = Promise.withResolvers<never>()
  const expire = () =>
    late.reject(new GatewayError('log.unavailable', 'The log did not take a write in the time given.'))
  if (signal.aborted) expire()
  signal.addEventListener('abort', expire, { once: true })
  try {
    const text = 'update log_setting set pinged_at = clock_timestamp()'
    await Promise.race([ask(pool, { name: 'log_ping', text, silentAfterMs }), late.promise])
  } catch (error) {
    throw logFault(error, 'Asking the log whether it takes a write')
  } finally {
    signal.removeEventListener('abort', expire)
  }
}
