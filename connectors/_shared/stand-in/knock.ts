// Calls the gateway's webhook as a vendor does: again and again until it is taken, in compressed time.
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Knock, KnockOptions } from '../../../core/ports/stand-in.ts'
import type { OpenLedger } from './ledger.ts'

export interface Delivery {
  readonly what: string
  readonly ids: readonly string[]
  readonly bytes: Uint8Array
  readonly headers: readonly (readonly [name: string, value: string])[]
}
export interface Knocker {
  to(url: string): void
  /** null: no address yet. */
  readonly url: URL | null
  knock(delivery: Delivery, options?: KnockOptions): Promise<Knock>
  /** Something that will end in a knock and that `settled` waits for. */
  owe(work: Promise<unknown>): void
  settled(): Promise<void>
  stop(): Promise<void>
}
interface Answer {
  readonly status: number
  readonly body: string
  readonly ms: number
}

/** Vendors try for days with growing pauses; here a minute stands for them. */
const retries = { firstPauseMs: 0, thenPauseMs: 50, mostPauseMs: 2_000, giveUpAfterMs: 60_000 } as const
const answerTimeoutMs = 30_000

/** `taken`: which statuses the vendor counts as success; WhatsApp only 200. */
export function knocker(deps: {
  readonly ledger: OpenLedger
  readonly now: () => number
  readonly taken: (status: number) => boolean
}): Knocker {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 128 })
  const stopping = new AbortController()
  const owed = new Set<Promise<unknown>>()
  let url: URL | null = null

  async function once(delivery: Delivery, attempt: number, slowMs: number): Promise<Answer> {
    if (url === null) throw new Error('The stand-in was not told where to knock: call knocksAt first')
    const startedAt = performance.now()
    const answer = await call(url, delivery, { agent, slowMs, signal: stopping.signal })
    const ms = performance.now() - startedAt
    const { what, ids, bytes } = delivery
    deps.ledger.add({ is: 'knocked', at: deps.now(), what, ids, bytes, attempt, ms, status: answer.status })
    return { ...answer, ms }
  }

  async function untilTaken(delivery: Delivery, options: KnockOptions): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    const startedAt = performance.now()
    let waitMs: number = retries.firstPauseMs
    for (;;) {
      const answer = await once(delivery, answers.length + 1, options.slowMs ?? 0)
      answers.push(answer)
      const late = performance.now() - startedAt > retries.giveUpAfterMs
      if (deps.taken(answer.status) || options.retry === false || late || stopping.signal.aborted) return answers
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      waitMs = Math.min(retries.mostPauseMs, Math.max(retries.thenPauseMs, waitMs * 2))
    }
  }

  function owe(work: Promise<unknown>): void {
    const kept = work.catch(() => undefined).finally(() => owed.delete(kept))
    owed.add(kept)
  }

  return {
    get url() {
      return url
    },
    to(address) {
      url = loopbackUrl(address)
    },
    async knock(delivery, options = {}) {
      const times = Array.from({ length: options.times ?? 1 })
      const calls: (readonly Answer[])[] = []
      if (options.concurrently === true)
        calls.push(...(await Promise.all(times.map(() => untilTaken(delivery, options)))))
      else for (const _ of times) calls.push(await untilTaken(delivery, options))
      const answers = calls.flat()
      const { status, body, ms } = answers.at(-1) ?? { status: 0, body: '', ms: 0 }
      const { ids } = delivery
      return { status, body, ms, ids, id: ids[0] ?? '', statuses: answers.map((it) => it.status) }
    },
    owe,
    async settled() {
      while (owed.size > 0) await Promise.all(owed)
    },
    async stop() {
      stopping.abort()
      await Promise.all(owed)
      agent.destroy()
    },
  }
}

function loopbackUrl(address: string): URL {
  const url = new URL(address)
  const isLoopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname)
  if (url.protocol === 'http:' && isLoopback) return url
  throw new Error(
    `A stand-in knocks at http on loopback only, not at ${url.origin}: its secrets and people are made up`,
  )
}

function call(
  url: URL,
  delivery: Delivery,
  how: { readonly agent: http.Agent; readonly slowMs: number; readonly signal: AbortSignal },
): Promise<{ status: number; body: string }> {
  return new Promise((done) => {
    const headers = [...delivery.headers, ['host', url.host], ['content-length', String(delivery.bytes.byteLength)]]
    const request = http.request(url, {
      method: 'POST',
      agent: how.agent,
      headers: headers.flat(),
      timeout: answerTimeoutMs,
      signal: how.signal,
    })
    const noAnswer = (): void => done({ status: 0, body: '' })
    request.on('error', noAnswer)
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', noAnswer)
      answer.on('end', () => done({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    if (how.slowMs === 0) return void request.end(delivery.bytes)
    const half = Math.floor(delivery.bytes.byteLength / 2)
    request.write(delivery.bytes.subarray(0, half))
    setTimeout(() => request.end(delivery.bytes.subarray(half)), how.slowMs)
  })
}
