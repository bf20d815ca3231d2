// Reads mails in threads with bounded memory and time: one that crashes or hangs takes nothing along but its own reading (S33).
import { Worker } from 'node:worker_threads'
import { unreadable } from '../../_shared/read-json.ts'
import type { Mail } from './mail.ts'

export interface PoolOptions {
  readonly threads: number
  readonly heapMegabytes: number
  readonly deadlineMs: number
  readonly script: URL
}
/** Much of what reading a mail makes is thrown away at once: with more room for it less of it is carried about. */
const youngMegabytes = 128
const usual: PoolOptions = {
  threads: 2,
  heapMegabytes: 256,
  deadlineMs: 10_000,
  script: new URL('worker.ts', import.meta.url),
}

interface Job {
  readonly bytes: Uint8Array
  readonly done: (mail: Mail) => void
  readonly fail: (why: string) => void
}
interface Thread {
  readonly worker: Worker
  job: Job | null
  timer: NodeJS.Timeout | null
}
type Answer = { readonly mail: Mail } | { readonly why: string }

/** Rejects with `event.invalid` when the mail cannot be read, is too much, or ended its thread. */
export type ReadMail = (bytes: Uint8Array) => Promise<Mail>

export function mailPool(options: Partial<PoolOptions> = {}): ReadMail {
  const pool: Pool = { of: { ...usual, ...options }, threads: [], waiting: [] }
  return (bytes) =>
    new Promise((resolve, reject) => {
      pool.waiting.push({ bytes, done: resolve, fail: (why) => void reject(unreadable('a mail', why)) })
      next(pool)
    })
}

/** Each bytes once, whoever asks: what was begun ahead is there when it is needed. */
export function readOnce(read: ReadMail): ReadMail {
  const begun = new WeakMap<Uint8Array, Promise<Mail>>()
  return (bytes) => {
    const known = begun.get(bytes)
    if (known !== undefined) return known
    const reading = read(bytes)
    // Heard by whoever needs it; until then nobody may be there.
    reading.catch(() => undefined)
    begun.set(bytes, reading)
    return reading
  }
}

interface Pool {
  readonly of: PoolOptions
  readonly threads: Thread[]
  readonly waiting: Job[]
}

function next(pool: Pool): void {
  const job = pool.waiting[0]
  if (job === undefined) return
  const idle = pool.threads.find((it) => it.job === null)
  const thread = idle ?? (pool.threads.length < pool.of.threads ? started(pool) : null)
  if (thread === null) return
  pool.waiting.shift()
  give(thread, job, pool)
}

function give(thread: Thread, job: Job, pool: Pool): void {
  const { deadlineMs } = pool.of
  thread.job = job
  thread.worker.ref()
  thread.timer = setTimeout(() => {
    end(thread, `reading it took longer than ${deadlineMs / 1000} s`, pool)
    void thread.worker.terminate()
  }, deadlineMs)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  thread.worker.postMessage({ id: 0, bytes: job.bytes })
}

function free(thread: Thread): Job | null {
  const { job } = thread
  if (thread.timer !== null) clearTimeout(thread.timer)
  Object.assign(thread, { job: null, timer: null })
  return job
}

function end(thread: Thread, why: string, pool: Pool): void {
  const at = pool.threads.indexOf(thread)
  if (at !== -1) pool.threads.splice(at, 1)
  free(thread)?.fail(why)
  next(pool)
}

/** It keeps no process alive while it has nothing to read, and is given no environment. */
function started(pool: Pool): Thread {
  const resourceLimits = { maxOldGenerationSizeMb: pool.of.heapMegabytes, maxYoungGenerationSizeMb: youngMegabytes }
  const worker = new Worker(pool.of.script, { resourceLimits, env: {}, execArgv: [] })
  const thread: Thread = { worker, job: null, timer: null }
  worker.on('message', (answer: Answer) => {
    const job = free(thread)
    worker.unref()
    if ('mail' in answer) job?.done(answer.mail)
    else job?.fail(answer.why)
    next(pool)
  })
  worker.on('error', (error: Error) => void end(thread, `its reader was ended: ${error.message}`, pool))
  worker.on('exit', () => void end(thread, 'its reader ended', pool))
  pool.threads.push(thread)
  return thread
}

/** Of this process: two threads, whatever the number of mailboxes. */
export const readMail = readOnce(mailPool())
