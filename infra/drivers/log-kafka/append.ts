// Appends: a queue for each partition with one batch under way, what waits is joined, and a batch is tried until it is there.
//
// Never two batches of one partition at once: an idempotent producer that has several under way lost acknowledged messages when a
// leader was killed (its sequence is rolled back on an error, and the next batch is taken for the duplicate; measured). For the same
// reason a batch that may have been written is never given up: it is sent again as it is, also when nobody waits for it any more.
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { isOfTheRecords, logFault, needsAHand } from './fault.ts'
import type { LogRecord } from './record.ts'

const rowsABatch = 500
/** Of one request to one broker; a partition's batch is bounded by what its topic takes. */
const bytesARequest = 8_000_000
const firstPauseMs = 100
const longestPauseMs = 500

export interface Part {
  readonly topic: string
  readonly partition: number
  readonly records: readonly LogRecord[]
}
export interface Appender {
  append(records: readonly LogRecord[], signal: AbortSignal): Promise<void>
  /** Bytes not yet durable. */
  waiting(): number
  /** Why the broker does not take what waits, until a person mends it; undefined: it does, or it was not tried. */
  forbidden(): unknown
  /** Takes nothing new; resolves when every caller has its answer. */
  close(): Promise<void>
}
interface Dependencies {
  /** Rejects when not every part is known to be durable. */
  readonly send: (parts: readonly Part[]) => Promise<void>
  /** What parts may share a request by: a broker's. */
  readonly leaderOf: (topic: string, partition: number) => number | null
  readonly maxBatchBytes: (topic: string) => number
  readonly maxWaitingBytes: number
  readonly clock: Clock
  readonly log: Logger
}
/** What one call wants written to one partition. */
interface Job {
  readonly call: Call
  readonly records: readonly LogRecord[]
  readonly bytes: number
}
interface Call {
  left: number
  settled: boolean
  settle(fault?: unknown): void
}
interface Lane {
  readonly topic: string
  readonly partition: number
  readonly queue: Job[]
  busy: boolean
  /** Why its batch is not there yet. */
  fault: unknown
}
interface Batch {
  readonly lane: Lane
  readonly jobs: readonly Job[]
}

export function makeAppender(deps: Dependencies): Appender {
  const lanes = new Map<string, Lane>()
  const sending = new Set<number | null>()
  const life = new AbortController()
  let waitingBytes = 0
  let closed = false
  let open = 0
  let idle: (() => void) | undefined
  let pumping = false

  const done = (jobs: readonly Job[], fault?: unknown): void => {
    for (const { call, bytes } of jobs) {
      waitingBytes -= bytes
      if (fault !== undefined) call.settle(fault)
      else if (--call.left === 0) call.settle()
    }
  }
  /** Once a turn of the event loop: what is asked in one turn shares a request. */
  const pumpSoon = (): void => {
    if (pumping) return
    pumping = true
    setImmediate(() => {
      pumping = false
      pump()
    })
  }
  function pump(): void {
    const due = [...lanes.values()].filter((lane) => !lane.busy && lane.queue.length > 0)
    for (const [leader, group] of Map.groupBy(due, (lane) => deps.leaderOf(lane.topic, lane.partition))) {
      if (sending.has(leader)) continue
      const batches = takeTogether(group)
      if (batches.length > 0) void sendTogether(leader, batches)
    }
  }
  function takeTogether(group: readonly Lane[]): readonly Batch[] {
    const batches: Batch[] = []
    let bytes = 0
    for (const lane of group) {
      if (bytes > bytesARequest) break
      const jobs = takeFrom(lane, deps.maxBatchBytes(lane.topic), (dropped) => done(dropped))
      if (jobs.length === 0) continue
      lane.busy = true
      bytes += jobs.reduce((sum, job) => sum + job.bytes, 0)
      batches.push({ lane, jobs })
    }
    return batches
  }
  async function sendTogether(leader: number | null, batches: readonly Batch[]): Promise<void> {
    sending.add(leader)
    try {
      await deps.send(batches.map(partOf))
      for (const batch of batches) finish(batch)
    } catch (error) {
      for (const batch of batches) void alone(batch, error)
    } finally {
      sending.delete(leader)
      pumpSoon()
    }
  }
  const finish = ({ lane, jobs }: Batch, fault?: unknown): void => {
    lane.busy = false
    lane.fault = undefined
    done(jobs, fault)
    pumpSoon()
  }
  /** The same batch again and again, until it is there or its records are at fault: then each job by itself. */
  async function alone(batch: Batch, first: unknown): Promise<void> {
    let error = first
    for (let pauseMs = firstPauseMs; !life.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      batch.lane.fault = error
      if (isOfTheRecords(error)) return apart(batch, error)
      await deps.clock.sleep(pauseMs, life.signal).catch(() => undefined)
      try {
        await deps.send([partOf(batch)])
        return finish(batch)
      } catch (again) {
        error = again
      }
    }
    finish(batch, logFault(error, 'Appending to the log'))
  }
  async function apart({ lane, jobs }: Batch, error: unknown): Promise<void> {
    const [first, ...rest] = jobs
    if (first === undefined) return finish({ lane, jobs })
    if (rest.length === 0) return finish({ lane, jobs }, logFault(error, 'Appending to the log'))
    lane.queue.unshift(...rest)
    await again({ lane, jobs: [first] })
  }
  async function again(batch: Batch): Promise<void> {
    try {
      await deps.send([partOf(batch)])
      finish(batch)
    } catch (error) {
      await alone(batch, error)
    }
  }
  function enqueue(records: readonly LogRecord[], call: Call): void {
    const parts = Map.groupBy(records, (record) => `${record.topic}/${record.partition}`)
    call.left = parts.size
    for (const [name, mine] of parts) {
      const { topic, partition } = mine[0] as LogRecord
      const lane = lanes.get(name) ?? { topic, partition, queue: [], busy: false, fault: undefined }
      lanes.set(name, lane)
      lane.queue.push({ call, records: mine, bytes: bytesOf(mine) })
    }
  }
  const whyNot = (records: readonly LogRecord[]): unknown =>
    records.map((record) => lanes.get(`${record.topic}/${record.partition}`)?.fault).find((it) => it !== undefined)

  return {
    async append(records, signal) {
      if (records.length === 0) return
      if (closed) throw new GatewayError('log.unavailable', 'Appending to the log: this process is stopping.')
      const bytes = bytesOf(records)
      for (const record of records) refuseTooLarge(record, deps.maxBatchBytes(record.topic))
      if (signal.aborted) throw tooLate(signal)
      if (waitingBytes + bytes > deps.maxWaitingBytes) throw full(bytes, waitingBytes, deps.maxWaitingBytes)
      waitingBytes += bytes
      open++
      try {
        await new Promise<void>((resolve, reject) => {
          const call = callOf(signal, { resolve, reject, whyNot: () => whyNot(records) })
          enqueue(records, call)
          pumpSoon()
        })
      } finally {
        open--
        if (open === 0) idle?.()
      }
    },
    waiting: () => waitingBytes,
    forbidden: () => [...lanes.values()].map(({ fault }) => fault).find(needsAHand),
    async close() {
      closed = true
      if (open > 0) await new Promise<void>((resolve) => (idle = resolve))
      life.abort()
    },
  }
}

const bytesOf = (records: readonly LogRecord[]): number => records.reduce((sum, { bytes }) => sum + bytes, 0)
const partOf = ({ lane, jobs }: Batch): Part => ({
  topic: lane.topic,
  partition: lane.partition,
  records: jobs.flatMap((job) => job.records),
})

/** The oldest jobs that fit into one batch, at least a piece of one; jobs nobody waits for any more are let go. */
function takeFrom(lane: Lane, maxBytes: number, drop: (jobs: readonly Job[]) => void): readonly Job[] {
  const taken: Job[] = []
  let rows = 0
  let bytes = 0
  for (let job = lane.queue[0]; job !== undefined; job = lane.queue[0]) {
    if (job.call.settled) {
      drop([job])
      lane.queue.shift()
      continue
    }
    const fits = rows + job.records.length <= rowsABatch && bytes + job.bytes <= maxBytes
    if (!fits && taken.length > 0) break
    lane.queue.shift()
    if (job.bytes > maxBytes) return [cut(lane, job, maxBytes)]
    taken.push(job)
    rows += job.records.length
    bytes += job.bytes
  }
  return taken
}

/** A job larger than a batch goes in pieces, in order. */
function cut(lane: Lane, job: Job, maxBytes: number): Job {
  let bytes = 0
  const end = job.records.findIndex((record) => (bytes += record.bytes) > maxBytes)
  const [now, later] = [job.records.slice(0, end), job.records.slice(end)]
  job.call.left++
  lane.queue.unshift({ call: job.call, records: later, bytes: bytesOf(later) })
  return { call: job.call, records: now, bytes: bytesOf(now) }
}

function callOf(
  signal: AbortSignal,
  on: { readonly resolve: () => void; readonly reject: (fault: unknown) => void; readonly whyNot: () => unknown },
): Call {
  const expire = () => call.settle(tooLate(signal, on.whyNot()))
  const call: Call = {
    left: 0,
    settled: false,
    settle(fault) {
      if (call.settled) return
      call.settled = true
      signal.removeEventListener('abort', expire)
      if (fault === undefined) on.resolve()
      else on.reject(fault)
    },
  }
  signal.addEventListener('abort', expire, { once: true })
  return call
}

const tooLate = (signal: AbortSignal, why?: unknown): GatewayError =>
  new GatewayError(
    'log.unavailable',
    `Appending to the log: not durable within the time given${why === undefined ? '' : ` (${messageOf(why)})`}. Repeat it; a double is harmless.`,
    { cause: why ?? signal.reason },
  )
const full = (bytes: number, waitingBytes: number, maxWaitingBytes: number): GatewayError =>
  new GatewayError(
    'log.full',
    `Appending ${bytes} bytes to the log: ${waitingBytes} bytes already wait, and ${maxWaitingBytes} is the limit. Slow down and repeat.`,
    { about: { bytes, waitingBytes, maxWaitingBytes } },
  )
function refuseTooLarge({ topic, bytes }: LogRecord, maxBytes: number): void {
  if (bytes <= maxBytes) return
  throw new GatewayError(
    'event.invalid',
    `Appending to the log: a record of ${bytes} bytes, and topic ${topic} takes ${maxBytes}. Raise the topic’s max.message.bytes to let it in.`,
    { about: { topic, bytes, maxBytes } },
  )
}
