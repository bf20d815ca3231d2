// How this channel hears: one IMAP connection a mailbox, held open; a page is asked for only when the one before it is safe.
import { createHash } from 'node:crypto'
import type { Account, Edges, Keep, Page, Session } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { lowerAddress } from '../address.ts'
import { loginOf, tlsOptions, type Login } from '../login.ts'
import { imapServer, presetOf, smtpServer, type Server } from '../providers.ts'
import type { SecretName, Settings } from '../settings.ts'
import { openBox, type Box, type Standing } from './box.ts'
import { readFolder, type FolderDeps } from './folder.ts'
import { HostDown, makeGate, type Gate } from './gate.ts'
import { placeKey, placeOf, type Place } from './place.ts'
import { isGone, troubleOf, type Trouble } from './trouble.ts'

type Ours = Account<Settings, SecretName>
interface Sitting {
  readonly account: Ours
  readonly keep: Keep
  readonly edges: Edges
  readonly signal: AbortSignal
  readonly gate: Gate
  readonly server: Server
  /** Secrets that no sentence may hold. */
  readonly hide: string[]
}

const minuteMs = 60_000
/** A look at everything, whatever the server did or did not say. */
const wholeLookMs = 10 * minuteMs
/** After a refused log-in: trying sooner may lock the mailbox. A change of the account ends the wait. */
const refusedMs = 60 * minuteMs
const setupMs = 10 * minuteMs
const silentKey = 'silent since'
/** The mailbox itself refused our log-in: that it takes it again is then ours to say. */
const refusedKey = 'refused since'

export function makeSession(gateOf = makeGate()): Session<Settings, SecretName> {
  return {
    kind: 'session',
    name: 'imap',
    async *connect(account, keep, edges, signal) {
      const server = imapServer(account.settings)
      if (server === null) {
        // Nothing was tried here: that its SMTP server refused us is not taken back by it, and nothing that waits is sent for it (B19).
        if (account.state !== 'auth_failed') account.health(...withoutMailbox(account.settings))
        return void (await waited(2_147_483_647, edges, signal))
      }
      const sitting = { account, keep, edges, signal, server, gate: gateOf(edges.clock), hide: [] }
      try {
        yield* sit(sitting)
      } catch (error) {
        if (signal.aborted) return
        yield* afterTrouble(error, sitting)
        // Waiting was ended because the account changed or is read elsewhere: no failure.
        if (!signal.aborted) throw error
      }
    },
  }
}
export const session = makeSession()

/** An account may only send, or take what other servers bring; where it cannot answer, somebody must know. */
function withoutMailbox(settings: Settings): readonly ['connected' | 'degraded', string] {
  const heard =
    'No mailbox is read (neither imap nor a provider is set): mail comes only by SMTP, where INLET_LISTEN opens a port for it'
  return smtpServer(settings) === null
    ? ['degraded', `${heard}; and nothing can be answered: set provider, or imap and smtp`]
    : ['connected', heard]
}

async function* sit(it: Sitting): AsyncGenerator<Page> {
  const box = await logIn(it)
  try {
    const folders = await foldersOf(it, box)
    const places = new Map<string, Place>()
    let said: string | null = null
    let wholeAt = 0
    for (;;) {
      const isWhole = it.edges.clock.ticks() >= wholeAt
      if (isWhole) wholeAt = it.edges.clock.ticks() + wholeLookMs
      const gone = yield* lookAtAll(folders, { isWhole, places }, box, it)
      const now = JSON.stringify(gone)
      if (now !== said) yield* well(it, folders, gone)
      said = now
      await box.news(lookEveryMs(it.account), it.signal)
      if (it.signal.aborted) return
    }
  } finally {
    box.close()
  }
}

/** About a minute, a little different for every mailbox: a thousand of them must not ask in one moment. */
const lookEveryMs = ({ id }: Ours): number =>
  Math.round(minuteMs * (0.85 + (0.3 * createHash('sha256').update(id).digest().readUInt16BE(0)) / 65_536))

interface Round {
  readonly isWhole: boolean
  readonly places: Map<string, Place>
}
interface Look extends Round {
  readonly path: string
  readonly isWatched: boolean
}
interface Gone {
  readonly path: string
  readonly why: string
}
/** Gives those that are not there any more, renamed or deleted: the others are read all the same, as long as there is one. */
async function* lookAtAll(
  folders: readonly string[],
  round: Round,
  box: Box,
  it: Sitting,
): AsyncGenerator<Page, readonly Gone[]> {
  const gone: Gone[] = []
  // The watched folder last: it stays selected.
  for (const path of folders.toReversed()) {
    try {
      yield* look({ ...round, path, isWatched: path === folders[0] }, box, it)
    } catch (error) {
      if (!isGone(error) || gone.length === folders.length - 1) throw error
      gone.push({ path, why: troubleOf(error, it.hide).why })
    }
  }
  return gone
}
async function* look({ path, isWhole, isWatched, places }: Look, box: Box, it: Sitting): AsyncGenerator<Page> {
  const known = places.get(path) ?? placeOf(await it.keep.get(placeKey(path)))
  // A folder that is not watched is opened only where something moved.
  if (!isWatched && !isWhole && known !== null && isAsItWas(known, await box.status(path))) return
  const at = await box.open(path)
  places.set(path, yield* readFolder(known, at, depsOf(path, box, it)))
}
const isAsItWas = (known: Place, now: Standing): boolean =>
  known.uidValidity === now.uidValidity &&
  now.uidNext === known.lastUid + 1 &&
  (now.modseq === null || now.modseq === known.modseq)

function depsOf(path: string, box: Box, { account, edges, gate, server, signal }: Sitting): FolderDeps {
  let saidAt = Number.NEGATIVE_INFINITY
  return {
    box,
    path,
    of: { address: lowerAddress(account.settings.address), login: `${server.user}@${server.host}`.toLowerCase() },
    route: account.route,
    since: account.settings.since,
    markSeen: account.settings.markSeen === true,
    clock: edges.clock,
    log: edges.log,
    large: () => gate.large(signal),
    progress(done, of) {
      if (done < of && edges.clock.ticks() - saidAt < 10_000) return
      saidAt = edges.clock.ticks()
      edges.log.info('reading old mail', { folder: path, done, of })
      if (account.state === 'auth_failed') return
      account.health(
        'connected',
        done < of ? `Reading old mail of ${path}: ${done} of ${of}` : `All old mail of ${path} is read: ${of}`,
      )
    },
  }
}

/** `\Junk` and the like by what the server says they are; one that is not there is said, and the others are read. */
async function foldersOf({ account, edges }: Sitting, box: Box): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of account.settings.folders ?? ['INBOX']) {
    const path = name.startsWith('\\') ? await box.special(name) : name
    if (path !== null && !found.includes(path)) found.push(path)
    if (path === null) edges.log.warn('the mailbox has no such special folder', { folder: name })
  }
  if (found.length === 0) throw Object.assign(new Error('None of the folders is there'), { mailboxMissing: true })
  return found
}

async function logIn(it: Sitting, refused?: string): Promise<Box> {
  const { account, edges, signal, server } = it
  const login = await loginOf(
    account,
    server,
    { which: 'imap', ...(refused === undefined ? {} : { refused }) },
    edges,
    signal,
  )
  if (login.is === 'none') throw new NoLogin(login.cause, login.why)
  it.hide.push(login.is === 'token' ? login.accessToken : login.pass)
  try {
    return await connected(it, login)
  } catch (error) {
    const isRefused = login.is === 'token' && troubleOf(error).is === 'auth' && refused === undefined
    if (!isRefused || signal.aborted) throw error
    // It may have ended before its time: renewed once, and the answer to that is believed.
    return logIn(it, login.accessToken)
  }
}

async function connected(
  { account, edges, signal, server, gate }: Sitting,
  login: Exclude<Login, { is: 'none' }>,
): Promise<Box> {
  const options = {
    server,
    login,
    tls: await tlsOptions(server, account.settings),
    writes: account.settings.markSeen === true,
    clock: edges.clock,
  }
  const started = await gate.start(`${server.host}:${server.port}`, signal)
  try {
    const box = await openBox(options, signal)
    started.ended(true)
    return box
  } catch (error) {
    const trouble = troubleOf(error)
    started.ended(signal.aborted || trouble.is !== 'later' || trouble.reached)
    throw error
  }
}
class NoLogin extends Error {
  readonly cause_: 'auth' | 'later'
  constructor(cause: 'auth' | 'later', why: string) {
    super(why)
    this.name = 'NoLogin'
    this.cause_ = cause
  }
}

/** A whole look went well, the first one or one that found other folders gone. What is not as safe as it should be is said where people look (S21). */
async function* well(
  { account, keep, edges, server }: Sitting,
  folders: readonly string[],
  gone: readonly Gone[],
): AsyncGenerator<Page> {
  const unsafe = [
    ...(server.tls === false ? ['the connection is not encrypted'] : []),
    ...(server.verify ? [] : ['the server’s certificate is not checked']),
  ]
  if (unsafe.length > 0) edges.log.warn('a mailbox is read without full protection', { account: account.id, unsafe })
  const past = await Promise.all([silentKey, refusedKey].map(async (name) => ({ name, since: await keep.get(name) })))
  const isOver = past.filter(({ since }) => since !== null).map(({ name }) => name)
  // Reading says nothing of sending: what SMTP refused stays refused until somebody changes the account (B19).
  if (account.state !== 'auth_failed' || isOver.includes(refusedKey)) {
    const there = folders.filter((path) => gone.every((it) => it.path !== path))
    const missed = gone.map(({ path, why }) => `not ${path}, which is not there: ${why}`)
    account.health(
      gone.length === 0 ? 'connected' : 'degraded',
      [`Reading ${there.join(', ')}`, ...missed, ...unsafe].join('; '),
    )
  }
  if (isOver.length > 0) yield { raws: [], keep: Object.fromEntries(isOver.map((name) => [name, null])) }
}

/** Says what people must know, waits where trying at once would make it worse; then the loop tries again with growing pauses. */
async function* afterTrouble(error: unknown, it: Sitting): AsyncGenerator<Page> {
  const { account, edges, signal } = it
  const trouble = troubleIn(error, it)
  if (trouble.is === 'auth') {
    account.health('auth_failed', `The mailbox cannot be opened: ${trouble.why}${hintOf(account.settings)}`)
    yield { raws: [], keep: { [refusedKey]: edges.clock.now() } }
    return void (await waited(refusedMs, edges, signal))
  }
  if (trouble.is === 'setup') {
    account.health('degraded', `The mailbox cannot be read: ${trouble.why}`)
    return void (await waited(setupMs, edges, signal))
  }
  yield* silent(trouble.why, it)
  if (trouble.is === 'later' && trouble.afterMs > 0) await waited(trouble.afterMs, edges, signal)
}

function troubleIn(error: unknown, { hide }: Sitting): Trouble {
  if (error instanceof HostDown) return { is: 'later', afterMs: error.afterMs, reached: false, why: error.message }
  if (!(error instanceof NoLogin)) return troubleOf(error, hide)
  const why = error.message
  return error.cause_ === 'auth' ? { is: 'auth', why } : { is: 'later', afterMs: 0, reached: true, why }
}
const hintOf = (settings: Settings): string => {
  const hint = presetOf(settings)?.hint
  return hint === undefined ? '' : `. ${hint}`
}

/** Ends early, and well, with the signal. */
async function waited(ms: number, { clock }: Edges, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Since when no look succeeded is kept: another process that takes over counts on from there. */
async function* silent(why: string, { account, keep, edges }: Sitting): AsyncGenerator<Page> {
  const now = edges.clock.now()
  const since = ((await keep.get(silentKey)) ?? now) as Instant
  if (since === now) return void (yield { raws: [], keep: { [silentKey]: now } })
  const minutes = Math.floor((Date.parse(now) - Date.parse(since)) / minuteMs)
  if (minutes >= (account.settings.silentMinutes ?? 15))
    account.health('degraded', `No successful look at the mailbox for ${minutes} minutes: ${why}`)
}
