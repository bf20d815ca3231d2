// What the knocking process is told and brings back, and its start from the bench.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Line } from './message.ts'

interface Common {
  readonly port: number
  readonly path: string
  readonly line: Line
  readonly seed: number
  /** The first message's number: another run of the same seed goes on behind it. */
  readonly from: number
  /** So many people write; 0: each message is of a new one. */
  readonly customers: number
  readonly seconds: number
  /** A list of the newest tickets, asked again and again: when is each customer's there. */
  readonly watch?: { readonly path: string; readonly headers: Readonly<Record<string, string>> }
}
export type Job = Common &
  (
    | { readonly is: 'closed'; readonly connections: number }
    | { readonly is: 'open'; readonly rate: number; readonly repeatShare: number }
  )
export interface Done {
  readonly calls: number
  readonly accepted: number
  readonly statuses: Readonly<Record<number, number>>
  readonly seconds: number
  /** Of the accepted, in milliseconds; open loop: from the time each was due. */
  readonly latencies: readonly number[]
  /** From the time a message was due to the moment its ticket was read. */
  readonly seen: readonly number[]
}
export interface Load {
  readonly done: Promise<Done>
  rate(perSecond: number): void
  stop(): void
}

export function startLoad(job: Job, signal: AbortSignal): Load {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const end = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  child.send(job)
  const done = Promise.race([
    once(child, 'message').then(([it]) => it as Done),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the load's process ended with ${code}`)
    }),
  ]).finally(() => signal.removeEventListener('abort', end))
  // Who stops in the middle does not wait for it any more, and still ends in order.
  done.catch(() => undefined)
  return {
    done,
    rate: (perSecond) => void child.send({ is: 'rate', rate: perSecond }),
    stop: () => void child.send({ is: 'stop' }),
  }
}
export const load = (job: Job, signal: AbortSignal): Promise<Done> => startLoad(job, signal).done

/** A figure of calls that were turned away would be no figure. */
export function allAccepted(done: Done, who: string): Done {
  if (done.accepted === done.calls && done.calls > 0) return done
  throw new Error(`${who} did not take every call: ${JSON.stringify(done.statuses)}`)
}
