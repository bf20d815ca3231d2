// The third ear: X's activity stream, a connection that we open, for a gateway that X cannot reach. What it misses the polls find.
import { messageOf } from '../../core/errors.ts'
import type { Keep, Page, Raw, Session } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { readJsonOrNull } from '../_shared/read-json.ts'
import { secretOr } from '../_shared/secret-or.ts'
import { speakable } from './errors.ts'
import { gapBetween, onlyToldOnce, shownUntil } from './gap.ts'
import { linesOf } from './lines.ts'
import { routeOf } from './receive.ts'
import { defaultApi, type SecretName, type Settings } from './settings.ts'
import type { Way } from './sign-in.ts'

/** Opened anew after so long or so much, whatever it brings. */
const limits = { timeoutMs: 6 * 3_600_000, maxBytes: 1_000_000_000 } as const
/** X sends an empty line about every twenty seconds (unconfirmed, sheet section 12): a line that says nothing for longer is dead. */
const silenceMs = 90_000
/** That it is heard is written down so often. */
const heardMs = 60_000
/** Who did not hear it for longer may have missed something: X repeats nothing on it. */
const awayMs = 2 * heardMs
const saidAfter = 3
const isHeard = 'X’s activity stream is heard.'

export const makeStream = (deadAfterMs = silenceMs): Session<Settings, SecretName> => {
  const failures = new Map<string, number>()
  const said = new Set<string>()
  /** Given away and not yet safe: X tells nothing twice, so a log that was away for a moment gets it again. */
  const unsafe = new Map<string, Page>()
  async function* safely(pages: AsyncIterable<Page>, id: string): AsyncGenerator<Page> {
    const before = unsafe.get(id)
    if (before !== undefined) yield before
    unsafe.delete(id)
    for await (const page of pages) {
      unsafe.set(id, page)
      yield page
      unsafe.delete(id)
    }
  }
  return {
    kind: 'session',
    name: 'stream',
    async *connect(account, keep, edges, signal) {
      if (account.settings.stream !== true)
        return void (await edges.clock.sleep(2_147_483_647, signal).catch(() => undefined))
      const way = { account, edges, signal }
      try {
        for await (const page of safely(heard(way, keep, deadAfterMs), account.id)) {
          failures.delete(account.id)
          const isMine = said.delete(account.id) && account.state !== 'auth_failed'
          if ((isMine || account.state === 'connecting') && page.gap === undefined) account.health('connected', isHeard)
          yield page
        }
      } catch (error) {
        if (signal.aborted) return
        const inARow = (failures.get(account.id) ?? 0) + 1
        failures.set(account.id, inARow)
        const why = `X’s activity stream is not heard: ${messageOf(error)}`
        if (error instanceof StreamRefused || inARow >= saidAfter) {
          account.health('degraded', why)
          said.add(account.id)
        }
        throw new Error(why, { cause: error })
      }
    },
  }
}
export const activityStream = makeStream()

async function* heard(way: Way, keep: Keep, deadAfterMs: number): AsyncGenerator<Page> {
  const hungUp = new AbortController()
  const signal = AbortSignal.any([way.signal, hungUp.signal])
  try {
    const chunks = await opened({ ...way, signal })
    yield* pagesOf(linesOf(chunks, { deadAfterMs, clock: way.edges.clock, signal }), way, keep)
  } finally {
    hungUp.abort()
  }
}

async function* pagesOf(heardLines: AsyncIterable<readonly Uint8Array[]>, way: Way, keep: Keep): AsyncGenerator<Page> {
  const { account, edges } = way
  let notes = await notesIn(keep)
  let writtenAt = Number.NEGATIVE_INFINITY
  for await (const lines of heardLines) {
    const now = edges.clock.now()
    const gap = missed(notes.heardAt, now)
    const gapUntil = shownUntil(notes.gapUntil ?? undefined, gap, now) ?? null
    if (notes.gapUntil !== null && gapUntil === null && account.state === 'degraded')
      account.health('connected', isHeard)
    notes = { heardAt: now, gapUntil }
    const isDue = edges.clock.ticks() - writtenAt >= heardMs
    if (lines.length === 0 && !isDue) continue
    writtenAt = edges.clock.ticks()
    const raws = lines.map((bytes) => rawOf(bytes, way, now))
    yield { raws, keep: { ...notes }, ...(gap === undefined ? {} : { gap }) }
  }
}

interface Notes {
  readonly heardAt: Instant | null
  readonly gapUntil: Instant | null
}
const notesIn = async (keep: Keep): Promise<Notes> => ({
  heardAt: (await keep.get('heardAt')) as Instant | null,
  gapUntil: (await keep.get('gapUntil')) as Instant | null,
})
const missed = (heardAt: Instant | null, now: Instant) =>
  heardAt === null || Date.parse(now) - Date.parse(heardAt) <= awayMs
    ? undefined
    : gapBetween(heardAt, now, `X’s activity stream was not heard, and it repeats nothing. ${onlyToldOnce}`)

/** One stream is of the whole app: each line says whose it is. */
function rawOf(bytes: Uint8Array, { account }: Way, receivedAt: Instant): Raw {
  const call = readJsonOrNull(bytes, 'a line of the stream')
  const route = call === null ? '' : routeOf(call)
  return { route: route === '' ? account.route : route, bytes, contentType: 'application/json', receivedAt }
}

async function opened({ account, edges, signal }: Way): Promise<AsyncIterable<Uint8Array>> {
  const { apiBase = defaultApi } = account.settings
  const bearer = ((await secretOr(account, 'appBearer')) ?? '').trim()
  if (bearer === '') throw new StreamRefused('the setting stream needs the secret appBearer')
  const url = `${apiBase.replace(/\/+$/, '')}/2/activity/stream`
  const how = { hosts: [new URL(url).origin], headers: { authorization: `Bearer ${bearer}` }, ...limits }
  const answer = await edges.http.fetch(url, how, signal)
  if (answer.status === 200) return answer.bytes
  const said = speakable(await beginningOf(answer.bytes), [bearer])
  const why = `X answered HTTP ${answer.status}: ${said === '' ? 'no words' : said}`
  // Too many at once, or X's own trouble: that may be over with the next try.
  throw answer.status === 429 || answer.status >= 500 ? new Error(why) : new StreamRefused(why)
}
async function beginningOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of bytes) return Buffer.from(chunk).toString().slice(0, 400)
  return ''
}

/** Asked again it would say the same, until somebody changes something. */
class StreamRefused extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'StreamRefused'
  }
}
