// Joins the appends that wait into shared writes, bounded in rows, bytes and number, each call with its own deadline.
import { GatewayError } from '../../../core/errors.ts'
import type { Encoded } from './encode.ts'
import { logFault } from './fault.ts'

/** A call of more rows goes alone, in one write: it is not torn, so its events stay in order. */
const rowsAWrite = 500
/** Two writes of this are what one process makes the server hold at a time. */
const bytesAWrite = 4_000_000
const writesUnderWay = 2

export interface Appender {
  append(encoded: Encoded, signal: AbortSignal): Promise<void>
  /** Bytes not yet durable. */
  waiting(): number
  /** Takes nothing new; resolves when what was taken is settled. */
  close(): Promise<void>
}
interface Call {
  readonly encoded: Encoded
  readonly settle: (fault?: unknown) => void
  settled: boolean
}
interface Dependencies {
  readonly write: (calls: readonly Encoded[]) => Promise<void>
  readonly maxWaitingBytes: number
}

export function makeAppender({ write, maxWaitingBytes }: Dependencies): Appender {
  const queue: Call[] = []
  let waitingBytes = 0
  let underWay = 0
  let closed = false
  let idle: (() => void) | undefined

  function start(): void {
    while (underWay < writesUnderWay && queue.length > 0) {
      const calls = takeFrom(queue)
      underWay++
      void shared(calls, write).finally(() => {
        underWay--
        for (const call of calls) waitingBytes -= call.encoded.bytes
        start()
        if (underWay === 0) idle?.()
      })
    }
  }

  return {
    async append(encoded, signal) {
      if (encoded.rows === 0) return
      if (closed) throw new GatewayError('log.unavailable', 'Appending to the log: this process is stopping.')
      if (signal.aborted) throw tooLate(signal)
      if (waitingBytes + encoded.bytes > maxWaitingBytes) throw full(encoded.bytes, waitingBytes, maxWaitingBytes)
      waitingBytes += encoded.bytes
      // Not at once: calls of this turn of the event loop shall share the write.
      if (queue.length === 0) setImmediate(start)
      await enqueue(queue, encoded, signal)
    },
    waiting: () => waitingBytes,
    async close() {
      closed = true
      start()
      if (underWay > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}

function enqueue(queue: Call[], encoded: Encoded, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const expire = () => call.settle(tooLate(signal))
    const call: Call = {
      encoded,
      settled: false,
      settle(fault) {
        if (call.settled) return
        call.settled = true
        signal.removeEventListener('abort', expire)
        if (fault === undefined) resolve()
        else reject(fault)
      },
    }
    signal.addEventListener('abort', expire, { once: true })
    queue.push(call)
  })
}

/** The oldest calls that fit into one write, at least one. */
function takeFrom(queue: Call[]): readonly Call[] {
  let rows = 0
  let bytes = 0
  const beyond = queue.findIndex(({ encoded }, index) => {
    rows += encoded.rows
    bytes += encoded.bytes
    return index > 0 && (rows > rowsAWrite || bytes > bytesAWrite)
  })
  return queue.splice(0, beyond === -1 ? queue.length : beyond)
}

/** One write for all; when rows are at fault, once more each alone, so that one bad row harms only itself. Never rejects. */
async function shared(calls: readonly Call[], write: Dependencies['write']): Promise<void> {
  const live = calls.filter((call) => !call.settled)
  if (live.length === 0) return
  try {
    await write(live.map((call) => call.encoded))
    for (const call of live) call.settle()
  } catch (error) {
    const fault = logFault(error, 'Appending to the log')
    if (fault.code !== 'event.invalid' || live.length === 1) for (const call of live) call.settle(fault)
    else for (const call of live) await shared([call], write)
  }
}

const tooLate = (signal: AbortSignal): GatewayError =>
  new GatewayError(
    'log.unavailable',
    'Appending to the log: not durable within the time given. Repeat it; a double is harmless.',
    {
      cause: signal.reason,
    },
  )

const full = (bytes: number, waitingBytes: number, maxWaitingBytes: number): GatewayError =>
  new GatewayError(
    'log.full',
    `Appending ${bytes} bytes to the log: ${waitingBytes} bytes already wait, and ${maxWaitingBytes} is the limit. Slow down and repeat.`,
    { about: { bytes, waitingBytes, maxWaitingBytes } },
  )
