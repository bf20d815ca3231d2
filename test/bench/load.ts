// The process that knocks: the same for Inlet and for a control, apart from both, told over IPC what to send and how.
import { setTimeout as pause } from 'node:timers/promises'
import { closedLoop, count, type Counts } from './closed-loop.ts'
import type { Done, Job } from './load-job.ts'
import { bodyOf, requestOf } from './message.ts'
import { openConnection, type Connection } from './socket.ts'

/** More than these under way: the other side is far behind, and what is due waits here, its time running. */
const mostOpen = 512
/** Between two looks: a reader that never pauses would be most of the load. */
const lookEveryMs = 8

async function run(job: Job, rate: { now: number; stopped: boolean }): Promise<Done> {
  const counts: Counts = { calls: 0, accepted: 0, statuses: {}, latencies: [] }
  const sentAt = new Map<number, number>()
  const began = performance.now()
  const watching = job.watch === undefined ? null : watch(job, job.watch, sentAt)
  await (job.is === 'closed' ? closedLoop(job, untilOver(job), counts) : openLoop(job, rate, { counts, sentAt }))
  const seconds = (performance.now() - began) / 1000
  const seen = watching === null ? [] : await watching.end()
  return { ...counts, seconds, seen: [...seen] }
}

/** Spread over all, never in the order of their first message. */
const customerOf = (n: number, job: Job): number => (job.customers === 0 ? n : (n * 7_919) % job.customers)
const requestFor = (n: number, job: Job): Buffer => requestOf(bodyOf(n, customerOf(n, job), job), job.path, job.line)

/** New calls until the time is over. */
function untilOver(job: Job): () => Buffer | null {
  const until = performance.now() + job.seconds * 1000
  let n = job.from
  return () => (performance.now() < until ? requestFor(n++, job) : null)
}

/** Each at its time, whatever became of those before; its latency counts from that time, so that waiting for a slow answer is not left out. */
async function openLoop(
  job: Job & { is: 'open' },
  rate: { now: number; stopped: boolean },
  { counts, sentAt }: { readonly counts: Counts; readonly sentAt: Map<number, number> },
): Promise<void> {
  const idle: Connection[] = []
  const waiting: (() => void)[] = []
  let open = 0
  const take = async (): Promise<Connection> => {
    for (;;) {
      const free = idle.pop()
      if (free !== undefined) return free
      if (open < mostOpen) {
        open += 1
        return openConnection(job.port)
      }
      await new Promise<void>((done) => waiting.push(done))
    }
  }
  const send = async (request: Buffer, due: number): Promise<void> => {
    const connection = await take()
    count(counts, await connection.call(request), performance.now() - due)
    idle.push(connection)
    waiting.shift()?.()
  }
  const underWay = new Set<Promise<void>>()
  const launch = (request: Buffer, due: number): void => {
    const one = send(request, due).finally(() => underWay.delete(one))
    underWay.add(one)
  }
  const began = performance.now()
  const until = began + job.seconds * 1000
  let due = began
  for (let n = job.from; due < until && !rate.stopped;) {
    while (due <= performance.now() && due < until) {
      const request = requestFor(n, job)
      const calls = isRepeated(n, job.repeatShare) ? 2 : 1
      if (job.watch !== undefined) sentAt.set(customerOf(n, job), due)
      for (let call = 0; call < calls; call += 1) launch(request, due)
      n += 1
      due += 1000 / rate.now
    }
    if (due < until) await pause(Math.max(0, Math.min(50, due - performance.now())))
  }
  await Promise.all(underWay)
  for (const connection of idle) connection.close()
}
const isRepeated = (n: number, share: number): boolean => Math.floor((n + 1) * share) > Math.floor(n * share)

/** Asks for the newest again and again, and notes when each customer's ticket is first there. */
function watch(job: Job, { path, headers }: NonNullable<Job['watch']>, sentAt: ReadonlyMap<number, number>) {
  const connection = openConnection(job.port)
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const seen = new Map<number, number>()
  const stop = { asked: false, by: Number.POSITIVE_INFINITY }
  const looking = (async () => {
    while (!stop.asked || (seen.size < sentAt.size && performance.now() < stop.by)) {
      const { status, body } = await connection.read(request)
      const at = performance.now()
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body.slice(0, 200)}`)
      for (const [, customer] of body.matchAll(/"name":"Customer (\d+)"/g)) {
        const sent = sentAt.get(Number(customer))
        if (sent !== undefined && !seen.has(Number(customer))) seen.set(Number(customer), at - sent)
      }
      await pause(lookEveryMs)
    }
    connection.close()
  })()
  return {
    end: async () => {
      stop.asked = true
      stop.by = performance.now() + 10_000
      await looking
      return seen.values()
    },
  }
}

async function tell(running: Promise<Done>): Promise<void> {
  const done = await running
  process.send?.(done, () => process.disconnect())
}
const rate = { now: 1, stopped: false }
process.on('message', (said: Job | { readonly is: 'rate'; readonly rate: number } | { readonly is: 'stop' }) => {
  if (said.is === 'rate') rate.now = said.rate
  else if (said.is === 'stop') rate.stopped = true
  else {
    if (said.is === 'open') rate.now = said.rate
    void tell(run(said, rate))
  }
})
