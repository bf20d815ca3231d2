// Finds what the webhook did not bring: pages back to where the last poll ended, and moves that place only when every page is safe.
import { messageOf } from '../../core/errors.ts'
import type { Keep, Page, Poll, Raw } from '../../core/ports/channel.ts'
import { elementsOf, membersOf, valueOf } from '../_shared/json-slices.ts'
import { idAt, listAt, objectAt, textAt } from '../_shared/read-json.ts'
import { callX, type Answered } from './api.ts'
import type { Ask } from './compose.ts'
import { gapOf, shownUntil, type Reach } from './gap.ts'
import { isSeen, moved, placeIn, sinceOf, type Place } from './place.ts'
import { scarcest, vendorNowMs } from './rate.ts'
import type { SecretName, Settings } from './settings.ts'
import type { Ours, Way } from './sign-in.ts'
import { snowflakeAt } from './wire.ts'

/** One endpoint that gives pages, newest first. */
export interface Feed extends Reach {
  readonly name: string
  readonly usualSeconds: number
  seconds(settings: Settings): number | undefined
  ask(account: Ours, since: string, next: string | undefined): Ask
  /** Calls of a window that are left to others: looking after a reply uses the same ones. */
  readonly reserve: number
  /** After so many pages the rest is given up, and said aloud. */
  readonly mostPages: number
  /** The vendor shows no more than these, whatever came. */
  readonly mostItems: number
}

export const pollOf = (feed: Feed): Poll<Settings, SecretName> => {
  const failures = new Map<string, Failures>()
  return {
    kind: 'poll',
    name: feed.name,
    everySeconds: ({ settings }) => feed.seconds(settings) ?? feed.usualSeconds,
    async *pages(account, keep, edges, signal) {
      const way = { account, edges, signal }
      let shown: Shown
      try {
        shown = yield* walked(feed, way, keep)
      } catch (error) {
        if (signal.aborted) throw error
        throw failing(feed, { account, failures, error })
      }
      const said = failures.get(account.id)?.said ?? null
      failures.delete(account.id)
      if (isWellAgain(account.state, said, shown))
        account.health('connected', `X answers when it is asked for ${feed.name}.`)
    },
  }
}

interface Failures {
  readonly inARow: number
  /** What they said of the account. */
  readonly said: 'degraded' | 'auth_failed' | null
}
/** Takes back what this poll said (which may not be known yet where the account was opened), and what nobody has said; what others found out stays. */
function isWellAgain(state: Ours['state'], said: Failures['said'], shown: Shown): boolean {
  if (shown === 'gap') return false
  return (
    state === 'connecting' ||
    (shown === 'over' && state === 'degraded') ||
    (said !== null && (state === said || state === 'connected'))
  )
}

/** Of a gap in the health: there is none, it is being shown, or it was shown long enough. */
type Shown = 'none' | 'gap' | 'over'
/** That nothing came is written down so often, not with every look. */
const readAtMs = 3_600_000

async function* walked(feed: Feed, way: Way, keep: Keep): AsyncGenerator<Page, Shown> {
  const known = placeIn(await keep.get('place'))
  const now = way.edges.clock.now()
  const place = known ?? beginning(way)
  const { cuts, ids, headers, isCutShort } = await backTo(place, feed, way)
  const gap = gapOf(feed, { place, ids, isCutShort, now })
  const gapUntil = shownUntil(place.gapUntil, gap, now)
  const next: Place = { ...moved(place, ids), readAt: now, ...(gapUntil === undefined ? {} : { gapUntil }) }
  const last: Page = { raws: [], keep: { place: JSON.stringify(next) }, ...(gap === undefined ? {} : { gap }) }
  const raws = cuts.toReversed().filter((it) => it !== null)
  for (const [n, raw] of raws.entries())
    yield n === raws.length - 1 ? { ...last, raws: [raw] } : { raws: [raw], keep: {} }
  const isOver = place.gapUntil !== undefined && gapUntil === undefined
  const isDue = place.readAt === undefined || Date.parse(now) - Date.parse(place.readAt) >= readAtMs
  if (raws.length === 0 && (isDue || isOver || gap !== undefined)) yield last
  await restWhereScarce(headers, feed, way)
  if (isOver) return 'over'
  return gapUntil === undefined ? 'none' : 'gap'
}

/** A new account begins some hours back, not with everything that was ever said to it. */
function beginning({ account, edges }: Way): Place {
  const hours = account.settings.backfillHours ?? 24
  const fromMs = Date.parse(edges.clock.now()) - hours * 3_600_000
  return { newest: String(snowflakeAt(fromMs)), recent: [] }
}

interface Walked {
  /** A raw a page, newest page first; null: nothing new on it. */
  readonly cuts: readonly (Raw | null)[]
  readonly ids: readonly string[]
  readonly headers: Headers
  readonly isCutShort: boolean
}
type Headers = Readonly<Record<string, string>>

async function backTo(place: Place, feed: Feed, way: Way): Promise<Walked> {
  const cuts: (Raw | null)[] = []
  const ids: string[] = []
  for (let next: string | undefined; ;) {
    const page = await onePage(feed.ask(way.account, sinceOf(place), next), feed, way)
    const shown = idsOn(page).filter((id) => id !== '')
    cuts.push(newOf(page, (id) => !isSeen(id, place), way))
    ids.push(...shown)
    next = textAt(objectAt(page.body, 'meta'), 'next_token')
    const isBack = shown.some((id) => isSeen(id, place))
    if (isBack || next === undefined || cuts.length >= feed.mostPages)
      return {
        cuts,
        ids,
        headers: page.headers,
        isCutShort: !isBack && (next !== undefined || ids.length >= feed.mostItems),
      }
    await restWhereScarce(page.headers, feed, way)
  }
}

type Got = Extract<Answered, { is: 'ok' }>
const mostWaits = 3

/** Told to wait it waits, with the lease; another process would only be told the same. */
async function onePage(ask: Ask, feed: Feed, way: Way): Promise<Got> {
  for (let waits = 0; ; waits += 1) {
    const answer = await callX(ask, way)
    if (answer.is === 'ok') return answer
    const { outcome, status } = answer
    if (outcome.is === 'try-later' && status === 429 && waits < mostWaits) {
      way.edges.log.info('X asks for patience', { feed: feed.name, seconds: outcome.afterSeconds })
      await way.edges.clock.sleep(outcome.afterSeconds * 1000, way.signal)
      continue
    }
    throw new PollFailed(outcome.is, outcome.why)
  }
}
async function restWhereScarce(headers: Headers, { reserve }: Feed, { edges, signal }: Way): Promise<void> {
  const budget = scarcest(headers)
  if (budget === null || budget.remaining > reserve) return
  const ms = budget.resetMs - vendorNowMs(headers, Date.parse(edges.clock.now()))
  if (ms > 0) await edges.clock.sleep(ms + 1_000, signal)
}

/** Empty where an item has none: it is no place to stop at, and goes along with what is new, to be set aside where people see it. */
const idsOn = (page: Got): readonly string[] => listAt(page.body, 'data').map((item) => idAt(item, 'id') ?? '')

/** The page as if it held only what is new, oldest first: each item and what stands beside them is the vendor's own text. */
function newOf(page: Got, isNew: (id: string) => boolean, { account, edges }: Way): Raw | null {
  const ids = idsOn(page)
  if (!ids.some((id) => id !== '' && isNew(id))) return null
  const members = membersOf(Buffer.from(page.bytes).toString('latin1'))
  const items = elementsOf(valueOf(members, 'data') ?? '[]').filter((_, at) => ids[at] === '' || isNew(ids[at] ?? ''))
  const includes = valueOf(members, 'includes')
  const beside = includes === undefined ? '' : `,"includes":${includes}`
  const text = `{"data":[${items.toReversed().join(',')}]${beside}}`
  return {
    route: account.route,
    bytes: new Uint8Array(Buffer.from(text, 'latin1')),
    contentType: 'application/json',
    receivedAt: edges.clock.now(),
  }
}

class PollFailed extends Error {
  readonly outcome: string
  constructor(outcome: string, why: string) {
    super(why)
    this.name = 'PollFailed'
    this.outcome = outcome
  }
}
const saidAfter = 3

/** A lost token or permission is said at once; a network that is away for a moment only when it stays away (P8). */
function failing(
  feed: Feed,
  it: { readonly account: Ours; readonly failures: Map<string, Failures>; readonly error: unknown },
): Error {
  const { account, failures, error } = it
  const before = failures.get(account.id) ?? { inARow: 0, said: null }
  const inARow = before.inARow + 1
  const outcome = error instanceof PollFailed ? error.outcome : 'fault'
  const why = `Asking X for ${feed.name} failed: ${messageOf(error)}`
  const isNews = outcome === 'refused' || inARow >= saidAfter
  const state = outcome === 'account-down' ? 'auth_failed' : isNews ? 'degraded' : null
  failures.set(account.id, { inARow, said: state ?? before.said })
  if (state !== null) account.health(state, why)
  return error instanceof Error ? error : new Error(why)
}
