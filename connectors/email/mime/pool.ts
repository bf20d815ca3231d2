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
  const of = { ...usual, ...options }
  const threads: Thread[] = []
  const waiting: Job[] = []
  const next = (): void => {
    const job = waiting[0]
    if (job === undefined) return
    const thread = threads.find((it) => it.job === null) ?? (threads.length < of.threads ? started() : null)
    if (thread === null) return
    waiting.shift()
    give(thread, job)
  }
  const give = (thread: Thread, job: Job): void => {
    thread.job = job
    thread.worker.ref()
    thread.timer = setTimeout(() => {
      end(thread, `reading it took longer than ${of.deadlineMs / 1000} s`)
      void thread.worker.terminate()
    }, of.deadlineMs)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    thread.worker.postMessage({ id: 0, bytes: job.bytes })
  }
  const free = (thread: Thread): Job | null => {
    const { job } = thread
    if (thread.timer !== null) clearTimeout(thread.timer)
    Object.assign(thread, { job: null, timer: null })
    return job
  }
  const end = (thread: Thread, why: string): void => {
    const at = threads.indexOf(thread)
    if (at !== -1) threads.splice(at, 1)
    free(thread)?.fail(why)
    next()
  }
  const started = (): Thread => {
    const worker = new Worker(of.script, {
      resourceLimits: { maxOldGenerationSizeMb: of.heapMegabytes },
      env: {},
      execArgv: [],
    })
    const thread: Thread = { worker, job: null, timer: null }
    worker.on('message', (answer: Answer) => {
      const job = free(thread)
      worker.unref()
      if ('mail' in answer) job?.done(answer.mail)
      else job?.fail(answer.why)
      next()
    })
    worker.on('error', (error: Error) => void end(thread, `its reader was ended: ${error.message}`))
    worker.on('exit', () => void end(thread, 'its reader ended'))
    threads.push(thread)
    return thread
  }
  return (bytes) =>
    new Promise((resolve, reject) => {
      waiting.push({ bytes, done: resolve, fail: (why) => void reject(unreadable('a mail', why)) })
      next()
    })
}
