// One connection that listens for all channels of this process, and is made again when it breaks.
import { setTimeout as pause } from 'node:timers/promises'
import { Client, escapeIdentifier } from 'pg'
import type { ClientConfig } from 'pg'
import { messageOf } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/edges.ts'

type OnPayload = (payload: string) => void
export interface Listener {
  listen(channel: string, onPayload: OnPayload, signal: AbortSignal): Promise<void>
  /** Runs on the connection, and on each that takes its place; resolves when it first did. */
  hold(run: (client: Client) => Promise<void>): Promise<void>
  close(): Promise<void>
}

const longestPauseMs = 5_000
/** A connection may die without a word (a firewall forgets it): asked this often whether it still answers. */
const askEveryMs = 30_000

export function makeListener(config: ClientConfig, prepare: (client: Client) => Promise<void>, log: Logger): Listener {
  const heard = new Map<string, Set<OnPayload>>()
  const held = new Set<(client: Client) => Promise<void>>()
  const closing = new AbortController()
  let client: Client | null = null
  let life: Promise<void> | null = null

  const connectOnce = async (): Promise<void> => {
    const one = new Client({ ...config, query_timeout: askEveryMs })
    const broken = brokenOf(one)
    one.on('notification', ({ channel, payload }) => {
      for (const tell of heard.get(channel) ?? []) tell(payload ?? '')
    })
    try {
      await one.connect()
      await prepare(one)
      const early = new Set(held)
      for (const run of early) await run(one)
      for (const channel of heard.keys()) await one.query(`listen ${escapeIdentifier(channel)}`)
      client = one
      // What was asked for since; what is asked for from here on runs at once.
      for (const run of held.difference(early)) await run(one)
      for (const channel of heard.keys()) await one.query(`listen ${escapeIdentifier(channel)}`)
      await askUntilBroken(one, broken, closing.signal)
    } finally {
      client = null
      await one.end().catch((error: unknown) => log.debug('A broken listener was closed.', { why: messageOf(error) }))
    }
  }
  const live = async (): Promise<void> => {
    for (let pauseMs = 100; !closing.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const startedAt = performance.now()
      try {
        await connectOnce()
      } catch (error) {
        if (closing.signal.aborted) return
        log.warn('The listening database connection was lost.', { why: messageOf(error) })
      }
      if (performance.now() - startedAt > longestPauseMs) pauseMs = 100
      await pause(pauseMs, null, { signal: closing.signal }).catch(() => null)
    }
  }
  return {
    listen: async (channel, onPayload, signal) => {
      const tells = heard.get(channel) ?? new Set()
      heard.set(channel, tells.add(onPayload))
      life ??= live()
      // If this fails the connection is broken and made again, with every channel.
      await client?.query(`listen ${escapeIdentifier(channel)}`).catch(() => null)
      await aborted(AbortSignal.any([signal, closing.signal]))
      tells.delete(onPayload)
    },
    hold: (run) =>
      new Promise((resolve) => {
        const running = (one: Client) => run(one).then(resolve)
        held.add(running)
        life ??= live()
        // If this fails the connection is broken and made again, and it runs there.
        if (client !== null) void running(client).catch(() => null)
      }),
    close: async () => {
      closing.abort()
      await life
    },
  }
}

/** Rejects when the connection breaks; never an unhandled rejection, whoever waits for it or not. */
function brokenOf(client: Client): Promise<never> {
  const broken = new Promise<never>((_resolve, reject) => {
    client.on('error', reject)
    client.on('end', () => reject(new Error('the connection ended')))
  })
  broken.catch(() => null)
  return broken
}

async function askUntilBroken(client: Client, broken: Promise<never>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = pause(askEveryMs, null, { signal, ref: false }).catch(() => null)
    await Promise.race([wait, broken])
    if (!signal.aborted) await client.query('select 1')
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
