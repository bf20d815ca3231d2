// What a process that plays a vendor is told and brings back, and its start from the bench.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Done } from './load-job.ts'

export interface VendorJob {
  readonly channel: string
  /** The account at the gateway was made by a stand-in of the same seed: it signs with the same secret. */
  readonly seed: number
  readonly port: number
  readonly path: string
  readonly connections: number
  /** So long is the body of a call, but for the length of a name. */
  readonly bytes: number
}
export type Asked = { readonly is: 'write' | 'send'; readonly count: number }
export type Told =
  | { readonly is: 'playing' }
  | { readonly is: 'written'; readonly bytes: number }
  | { readonly is: 'sent'; readonly done: Done }
export interface PlayedVendor {
  /** So many more calls are ready to be sent, each a new message; of this many bytes on average. */
  write(count: number): Promise<number>
  /** The next so many of what was written, as fast as they are answered. */
  send(count: number): Promise<Done>
  end(): void
}

export async function playVendor(job: VendorJob, signal: AbortSignal): Promise<PlayedVendor> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'vendor.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const end = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the process that plays ${job.channel} ended with ${code}`)
  })
  ended.catch(() => undefined)
  const answer = async <K extends Told['is']>(to: VendorJob | Asked, is: K): Promise<Extract<Told, { is: K }>> => {
    const heard = once(child, 'message')
    child.send(to)
    const [told] = (await Promise.race([heard, ended])) as [Told]
    if (told.is === is) return told as Extract<Told, { is: K }>
    throw new Error(`the process that plays ${job.channel} said ${told.is} where ${is} was asked for`)
  }
  await answer(job, 'playing')
  return {
    write: async (count) => (await answer({ is: 'write', count }, 'written')).bytes,
    send: async (count) => (await answer({ is: 'send', count }, 'sent')).done,
    end,
  }
}
