// Server-sent events: goes on after Last-Event-ID, beats while nothing happens, waits for a slow reader and lets go of one that stopped.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { EventType } from '../schemas/events.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import type { Auth } from './auth.ts'
import { callerOf, type Door } from './call.ts'
import type { ApiDeps } from './deps.ts'
import { asCloudEvent, keptOrGone } from './events.ts'
import { checkScope } from './scopes.ts'
import { seesOf } from './sight.ts'
import { Problem } from './problem.ts'

export type StreamDeps = ApiDeps & { readonly auth: Auth }
export interface StreamAsk {
  readonly after: string | null
  readonly types: readonly EventType[]
}
/** Of one process; one more is told to come again, or to poll. */
export const mostStreams = 200
const beatMs = 15_000
/** Who reads nothing for so long is not there any more. */
const stalledMs = 30_000
const pageSize = 100
/** A key that was revoked and a session that ended lose their stream too: with what the door believes, within half a minute (S23, S24). */
const recheckMs = 10_000

export function streamEvents(deps: StreamDeps) {
  const open = new Set<AbortController>()
  deps.stopping.addEventListener('abort', () => open.forEach((one) => one.abort()))
  return async (door: Door, asked: StreamAsk): Promise<void> => {
    if (deps.stopping.aborted || open.size >= mostStreams) throw tooMany
    const { workspace } = callerOf(door.request)
    // Refusals are answered as any other, before the stream begins.
    const first = keptOrGone(await deps.queries.events(workspace, { ...asked, limit: pageSize }))
    const life = new AbortController()
    open.add(life)
    const { raw } = door.reply
    raw.once('close', () => life.abort())
    door.reply.hijack()
    raw.writeHead(200, {
      ...plainHeaders(door),
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    })
    try {
      await tell({ raw, life, workspace, asked, first, request: door.request }, deps)
    } catch (error) {
      if (!life.signal.aborted)
        deps.logger.warn('a stream of events ended early', { correlation: door.request.id, error })
    } finally {
      open.delete(life)
      raw.end()
    }
  }
}

const tooMany = new Problem({
  status: 503,
  code: 'too_many_streams',
  detail: `This process holds ${mostStreams} streams at most. Poll GET /v1/events, or try again.`,
  retryAfterSeconds: 10,
})
const plainHeaders = ({ reply }: Door) =>
  Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined))

interface Telling {
  readonly raw: ServerResponse
  readonly life: AbortController
  readonly workspace: WorkspaceId
  readonly asked: StreamAsk
  readonly first: ReturnType<typeof keptOrGone>
  readonly request: FastifyRequest
}

/** One page in memory at a time: the next is read when this one was taken (back-pressure). */
async function tell({ raw, life, workspace, asked, first, request }: Telling, deps: StreamDeps): Promise<void> {
  const { signal } = life
  const { clock } = deps
  let feed = first
  let [wroteAt, checkedAt] = [clock.ticks(), clock.ticks()]
  await write(raw, 'retry: 2000\n\n', signal)
  while (!signal.aborted) {
    for (const item of feed.items)
      await write(raw, `id: ${item.sequence}\ndata: ${JSON.stringify(asCloudEvent(item))}\n\n`, signal)
    if (feed.items.length > 0) wroteAt = clock.ticks()
    if (!feed.more) await deps.waitForEvents(workspace, beatMs, signal)
    if (signal.aborted) return
    if (clock.ticks() - checkedAt >= recheckMs) {
      if (!(await mayStillRead(request, deps.auth))) return
      checkedAt = clock.ticks()
    }
    feed = keptOrGone(await deps.queries.events(workspace, { ...asked, after: feed.at, limit: pageSize }))
    if (feed.items.length > 0 || clock.ticks() - wroteAt < beatMs) continue
    // A comment keeps proxies from closing what is silent, and finds out a reader that went away.
    await write(raw, `: ${feed.at}\n\n`, signal)
    wroteAt = clock.ticks()
  }
}

async function mayStillRead(request: FastifyRequest, auth: Auth): Promise<boolean> {
  try {
    const caller = await auth.identify(request)
    checkScope(caller, 'events:read', request)
    // What they may see was settled when it began: another is another stream.
    return JSON.stringify(seesOf(caller)) === JSON.stringify(seesOf(callerOf(request)))
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

async function write(raw: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (raw.write(text) || signal.aborted) return
  const timer = setTimeout(() => raw.destroy(), stalledMs)
  try {
    await once(raw, 'drain', { signal })
  } finally {
    clearTimeout(timer)
  }
}
