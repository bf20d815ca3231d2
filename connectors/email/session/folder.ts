// Reading one folder: what is new since the last page that was safe, what became visible late, and what the first look brings (G8).
import type { Page, Raw } from '../../../core/ports/channel.ts'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { rawMail, type MailMeta } from '../raw-mail.ts'
import { ahead, batches, FetchFailed, type Batch, type Found } from './batches.ts'
import type { Box, Standing } from './box.ts'
import {
  advanced,
  filled,
  holdsFor,
  isOfAnother,
  placeKey,
  placeText,
  rangesOf,
  type LookBack,
  type Mailbox,
  type Place,
} from './place.ts'
import { troubleOf, type Trouble } from './trouble.ts'

export interface FolderDeps {
  readonly box: Box
  readonly path: string
  readonly of: Mailbox
  readonly route: string
  /** The day the first look begins with; undefined: only what comes from now on. */
  readonly since: string | undefined
  readonly markSeen: boolean
  readonly clock: Clock
  readonly log: Logger
  large(): Promise<() => void>
  /** How far the first look back has come. */
  progress(done: number, of: number): void
}

const dayMs = 86_400_000
/** After a changed UIDVALIDITY so much is read again; dedupe takes what was known. */
const rescanMs = 2 * dayMs
/** Its clock and ours may differ by so much. */
const skewMs = 10 * 60_000

/** Ends when the folder is read up to now; the place is in the pages. */
export async function* readFolder(was: Place | null, at: Standing, deps: FolderDeps): AsyncGenerator<Page, Place> {
  if (was === null || isOfAnother(was, deps.of)) {
    const begun = await begin(at, deps)
    yield pageOf([], begun, deps)
    return yield* readOn(begun, at, deps)
  }
  if (holdsFor(was, at, deps.of)) return yield* readOn(was, at, deps)
  const anew = await beginAnew(was, at, deps)
  yield pageOf([], anew, deps)
  return yield* readOn(anew, at, deps)
}

async function begin(at: Standing, deps: FolderDeps): Promise<Place> {
  const newest = await newestUid(at, deps.box)
  const now = deps.clock.now()
  const begun = { uidValidity: at.uidValidity, holes: [], modseq: at.modseq, seenAt: now }
  if (deps.since === undefined) return { ...begun, lastUid: newest, from: now }
  const since = `${deps.since}T00:00:00.000Z` as Instant
  const old = newest === 0 ? [] : await deps.box.search({ uids: `1:${newest}`, since: new Date(since) })
  deps.log.info('reading the mail of a mailbox from a named day on', {
    folder: deps.path,
    since: deps.since,
    mails: old.length,
  })
  return { ...begun, lastUid: 0, from: null, back: { to: newest, since, of: old.length, done: 0 } }
}

/** Every UID is void: the last days are read again, and their events are known already. */
async function beginAnew(was: Place, at: Standing, deps: FolderDeps): Promise<Place> {
  const newest = await newestUid(at, deps.box)
  const since = after(was.seenAt, -rescanMs)
  deps.log.warn('a folder got other UIDs; its last days are read again', {
    folder: deps.path,
    was: was.uidValidity,
    is: at.uidValidity,
    since,
  })
  const { from, seenAt } = was
  const back = { to: newest, since, of: 0, done: 0, again: true } as const
  return { uidValidity: at.uidValidity, lastUid: 0, holes: [], modseq: null, from, seenAt, back }
}

async function* readOn(place: Place, at: Standing, deps: FolderDeps): AsyncGenerator<Page, Place> {
  let now = place.back === undefined ? place : yield* readBack(place, place.back, deps)
  const fresh = await deps.box.search({ uids: `${now.lastUid + 1}:*` })
  // `n:*` always gives the last mail, also where its UID is below n.
  const { lastUid } = now
  now = yield* readUids(
    fresh.filter((uid) => uid > lastUid),
    now,
    deps,
  )
  if (at.modseq === null || at.modseq !== now.modseq) now = yield* readLate(now, deps)
  return { ...now, modseq: at.modseq, seenAt: deps.clock.now() }
}

async function* readBack(place: Place, back: LookBack, deps: FolderDeps): AsyncGenerator<Page, Place> {
  let now = place
  if (place.lastUid < back.to) {
    const left = await deps.box.search({ uids: `${place.lastUid + 1}:${back.to}`, since: new Date(back.since) })
    now = yield* readUids(
      left.filter((uid) => uid > place.lastUid && uid <= back.to),
      place,
      deps,
    )
  }
  const { back: _over, ...rest } = now
  const done: Place = { ...rest, lastUid: Math.max(now.lastUid, back.to), holes: [] }
  yield pageOf([], done, deps)
  if (back.again !== true) deps.progress(back.of, back.of)
  return done
}

/** Some servers show a mail after one with a higher UID: what was missing is looked for again. */
async function* readLate(place: Place, deps: FolderDeps): AsyncGenerator<Page, Place> {
  if (place.holes.length === 0) return place
  const late = await deps.box.search({ uids: rangesOf(place.holes) })
  const holes = new Set(place.holes)
  return yield* readUids(
    late.filter((uid) => holes.has(uid)),
    place,
    deps,
  )
}

async function* readUids(uids: readonly number[], from: Place, deps: FolderDeps): AsyncGenerator<Page, Place> {
  if (uids.length === 0) return from
  let now = from
  const { doubt } = from
  const cut = doubt?.cut === true ? doubt.uid : null
  const source = batches(uids, { box: deps.box, large: deps.large, carefulTo: doubt?.to ?? 0, cut })
  // One that is fetched with care is fetched only when the one before it is safe: its failure is its own.
  const reading = doubt === undefined ? ahead(source) : source
  try {
    for await (const batch of reading) {
      now = behind(now, batch)
      try {
        yield pageOf(rawsOf(batch.found, now, deps), now, deps)
        if (deps.markSeen) await deps.box.markSeen(batch.found.map(({ head }) => head.uid))
      } finally {
        batch.release()
      }
      if (now.back !== undefined && now.back.again !== true) deps.progress(now.back.done, now.back.of)
    }
  } catch (error) {
    if (!(error instanceof FetchFailed)) throw error
    yield doubted(error, now, deps)
    throw error.cause
  }
  return now
}

/** The place after a batch: its UIDs are settled, those that were gone too. */
function behind(now: Place, batch: Batch): Place {
  const met = batch.found.map(({ head }) => head.uid)
  const last = batch.asked.at(-1) ?? now.lastUid
  const { doubt, ...place } = last > now.lastUid ? advanced(now, met, last) : filled(now, met)
  const back = place.back === undefined ? {} : { back: { ...place.back, done: place.back.done + batch.asked.length } }
  const isSettled = doubt === undefined || last >= doubt.to
  return { ...place, ...back, ...(isSettled ? {} : { doubt }) }
}

/** What could not be fetched is asked for alone next time, then only its beginning; after that it is put aside, visibly. */
function doubted(failed: FetchFailed, now: Place, deps: FolderDeps): Page {
  const [uid = 0] = failed.uids
  const to = Math.max(failed.uids.at(-1) ?? uid, now.doubt?.to ?? 0)
  const trouble = troubleOf(failed.cause)
  const tries = now.doubt?.uid === uid ? now.doubt.tries + 1 : 1
  const isAlone = failed.uids.length === 1
  const wasCut = now.doubt?.uid === uid && now.doubt.cut === true
  if (!isAlone || !(wasCut || tries > triesOf(trouble))) {
    const cut = isAlone && tries >= triesOf(trouble) ? ({ cut: true } as const) : {}
    return pageOf([], { ...now, doubt: { uid, to, tries, ...cut } }, deps)
  }
  deps.log.error('a mail cannot be fetched; it is put aside and reading goes on behind it', {
    folder: deps.path,
    uid,
    tries,
    why: trouble.why,
  })
  const place = uid > now.lastUid ? advanced(now, [uid], uid) : filled(now, [uid])
  const { doubt: _settled, ...rest } = place
  return pageOf([lost(uid, trouble.why, now, deps)], to > uid ? { ...rest, doubt: { uid, to, tries: 0 } } : rest, deps)
}
/** One whose bytes cannot be understood is given up sooner than one whose connection was lost. */
const triesOf = ({ is }: Trouble): number => (is === 'mail' ? 2 : 5)

function pageOf(raws: readonly Raw[], place: Place, deps: FolderDeps): Page {
  return { raws, keep: { [placeKey(deps.path)]: placeText({ ...place, of: deps.of, seenAt: deps.clock.now() }) } }
}

function rawsOf(found: readonly Found[], place: Place, deps: FolderDeps): readonly Raw[] {
  return found.filter((it) => !isBefore(it, place)).map((it) => rawOf(it, place, deps))
}
/** Mail from before we were asked to read is none of ours; only a look back can meet it. */
const isBefore = ({ mail }: Found, { from, back }: Place): boolean =>
  back !== undefined && from !== null && mail.internalDate !== null && mail.internalDate < after(from, -skewMs)

function rawOf({ mail, cutFrom }: Found, place: Place, deps: FolderDeps): Raw {
  const { bytes, internalDate, emailId, threadId } = mail
  const meta: Record<string, string> = { folder: deps.path, uid: String(mail.uid), uidvalidity: place.uidValidity }
  if (internalDate !== null) meta['internalDate'] = internalDate
  if (emailId !== null) meta['emailId'] = emailId
  if (threadId !== null) meta['threadId'] = threadId
  if (place.back !== undefined && place.back.again !== true) meta['import'] = 'yes'
  if (cutFrom !== undefined) meta['cutFrom'] = String(cutFrom)
  return rawMail({ route: deps.route, bytes, receivedAt: deps.clock.now(), meta: meta as MailMeta })
}

/** Nothing of it came; what is kept says which one it was. */
function lost(uid: number, why: string, place: Place, deps: FolderDeps): Raw {
  const text = `Inlet could not fetch this mail.\nFolder: ${deps.path}\nUIDVALIDITY: ${place.uidValidity}\nUID: ${uid}\n`
  const meta = { folder: deps.path, uid: String(uid), uidvalidity: place.uidValidity, lost: why }
  return rawMail({ route: deps.route, bytes: new TextEncoder().encode(text), receivedAt: deps.clock.now(), meta })
}

const after = (at: Instant, ms: number): Instant => new Date(Date.parse(at) + ms).toISOString() as Instant

async function newestUid(at: Standing, box: Box): Promise<number> {
  if (at.uidNext > 0) return at.uidNext - 1
  return (await box.search({ uids: '*' })).at(-1) ?? 0
}
