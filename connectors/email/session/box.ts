// One IMAP connection with what this channel asks of it, each with a deadline. The only importer of imapflow.
import type { FetchMessageObject, ImapFlow as Client } from 'imapflow'
import type { Clock } from '../../../core/ports/edges.ts'
import type { Login, TlsOptions } from '../login.ts'
import type { Server } from '../providers.ts'
import { cutBytes, mailMaxBytes } from '../raw-mail.ts'
import { rangesOf } from './place.ts'

export interface Head {
  readonly uid: number
  readonly size: number
}
export interface Mail extends Head {
  readonly bytes: Uint8Array
  readonly internalDate: string | null
  readonly emailId: string | null
  readonly threadId: string | null
}
export interface Standing {
  readonly uidValidity: string
  readonly uidNext: number
  readonly modseq: string | null
}
export interface Box {
  /** Selected, read-only unless mail is to be marked. */
  open(path: string): Promise<Standing>
  /** Of a folder that need not be selected. */
  status(path: string): Promise<Standing>
  /** Where special folders lie: `\Junk` → its path. */
  special(use: string): Promise<string | null>
  search(what: { readonly uids: string; readonly since?: Date }): Promise<readonly number[]>
  /** Those that are still there. */
  heads(uids: readonly number[]): Promise<readonly Head[]>
  mails(heads: readonly Head[]): Promise<readonly Mail[]>
  /** Of a mail that is not taken whole. */
  beginning(head: Head): Promise<Mail | null>
  markSeen(uids: readonly number[]): Promise<void>
  /** Until the server says something is new, or the time is over; then asks, so that a dead connection is found. */
  news(ms: number, signal: AbortSignal): Promise<void>
  close(): void
}
export interface BoxOptions {
  readonly server: Server
  readonly login: Exclude<Login, { is: 'none' }>
  readonly tls: TlsOptions
  readonly writes: boolean
  readonly clock: Clock
}

const connectMs = 30_000
const askMs = 60_000
/** A server that sends slower than this is not waited for. */
const bytesPerMs = 20
const lineMaxBytes = 16_000_000
const atLogin = 'log in'

/** Rejects with what imapflow says; the connection is closed with the signal. */
export async function openBox(options: BoxOptions, signal: AbortSignal): Promise<Box> {
  const { server, login } = options
  // With the first mailbox: a gateway without one need not hold it in memory.
  const { ImapFlow } = await import('imapflow')
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.tls === true,
    ...(server.tls === true ? {} : { doSTARTTLS: server.tls === 'starttls' }),
    tls: options.tls,
    auth: { user: server.user, ...(login.is === 'token' ? { accessToken: login.accessToken } : { pass: login.pass }) },
    clientInfo: { name: 'Inlet' },
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: connectMs,
    greetingTimeout: 16_000,
    socketTimeout: 3 * askMs,
    maxLineLength: lineMaxBytes,
    maxLiteralSize: mailMaxBytes + 1,
    maxResponseSize: mailMaxBytes + lineMaxBytes,
  })
  // Without listeners an error of the socket would end the process.
  const wire = new Wire(client, options, signal)
  const stop = (): void => client.close()
  signal.addEventListener('abort', stop, { once: true })
  client.on('close', () => signal.removeEventListener('abort', stop))
  if (signal.aborted) throw signal.reason
  await wire.within(client.connect(), connectMs * 2, atLogin)
  return wire
}

class Wire implements Box {
  readonly client: Client
  readonly options: BoxOptions
  private readonly signal: AbortSignal
  private hasNews = false
  private wake: (() => void) | null = null
  private failure: Error | null = null

  constructor(client: Client, options: BoxOptions, signal: AbortSignal) {
    this.client = client
    this.options = options
    this.signal = signal
    client.on('error', (error) => this.ended(error))
    client.on('close', () => this.ended(null))
    client.on('exists', () => this.heard())
    // The same folder with other UIDs in the middle of a session: looked at anew.
    client.on('mailboxOpen', () => this.heard())
  }

  async open(path: string): Promise<Standing> {
    const readOnly = !this.options.writes
    const mailbox = await this.within(this.client.mailboxOpen(path, { readOnly }), askMs, `open ${path}`)
    this.hasNews = false
    return { uidValidity: String(mailbox.uidValidity), uidNext: nextUidOf(mailbox), modseq: modseqOf(mailbox) }
  }

  async status(path: string): Promise<Standing> {
    const query = { uidNext: true, uidValidity: true, ...(this.hasCondstore() ? { highestModseq: true } : {}) }
    const found = await this.within(this.client.status(path, query), askMs, `look at ${path}`)
    if (found === false) throw Object.assign(new Error(`The folder ${path} is not there`), { mailboxMissing: true })
    return { uidValidity: String(found.uidValidity ?? ''), uidNext: nextUidOf(found), modseq: modseqOf(found) }
  }

  async special(use: string): Promise<string | null> {
    const all = await this.within(this.client.list(), askMs, 'list the folders')
    return all.find((it) => it.specialUse?.toLowerCase() === use.toLowerCase())?.path ?? null
  }

  async search({ uids, since }: { readonly uids: string; readonly since?: Date }): Promise<readonly number[]> {
    const query = { uid: uids, ...(since === undefined ? {} : { since }) }
    const found = await this.within(this.client.search(query, { uid: true }), askMs * 2, 'search')
    if (found === false || found === undefined) throw new Error('The server would not search')
    return (found as number[]).toSorted((one, other) => one - other)
  }

  async heads(uids: readonly number[]): Promise<readonly Head[]> {
    if (uids.length === 0) return []
    const found = await this.within(
      this.client.fetchAll(rangesOf(uids), { uid: true, size: true }, { uid: true }),
      askMs,
      'ask for the sizes of mails',
    )
    const wanted = new Set(uids)
    return found.filter((it) => wanted.has(it.uid)).map((it) => ({ uid: it.uid, size: it.size ?? 0 }))
  }

  async mails(heads: readonly Head[]): Promise<readonly Mail[]> {
    const bytes = heads.reduce((sum, it) => sum + it.size, 0)
    const query = { uid: true, source: true, internalDate: true, threadId: true }
    const found = await this.within(
      this.client.fetchAll(rangesOf(heads.map((it) => it.uid)), query, { uid: true }),
      askMs + bytes / bytesPerMs,
      `fetch ${heads.length === 1 ? `the mail ${heads[0]?.uid}` : `${heads.length} mails`}`,
    )
    const wanted = new Set(heads.map((it) => it.uid))
    return found.filter((it) => wanted.has(it.uid) && it.source !== undefined).map(mailOf)
  }

  async beginning({ uid, size }: Head): Promise<Mail | null> {
    const query = { uid: true, internalDate: true, source: { start: 0, maxLength: cutBytes } }
    const found = await this.within(
      this.client.fetchOne(uid, query, { uid: true }),
      askMs,
      `fetch the beginning of ${uid}`,
    )
    return found === false || found?.source === undefined ? null : { ...mailOf(found), size }
  }

  async markSeen(uids: readonly number[]): Promise<void> {
    if (uids.length === 0) return
    const marked = this.client.messageFlagsAdd(rangesOf(uids), ['\\Seen'], { uid: true, silent: true })
    await this.within(marked, askMs, 'mark mails as read')
  }

  async news(ms: number, signal: AbortSignal): Promise<void> {
    this.failed()
    if (!this.hasNews) {
      const idling = this.client.capabilities.has('IDLE') ? this.client.idle() : null
      const over = new AbortController()
      const woken = new Promise<void>((done) => (this.wake = done))
      const passed = this.options.clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)
      await Promise.race([woken, passed])
      over.abort()
      this.wake = null
      if (signal.aborted) return
      this.failed()
      // Any command ends IDLE first; the answer shows that somebody is still there.
      await this.within(this.client.noop(), askMs / 2, 'hear whether the server is still there')
      await idling?.catch(() => undefined)
    }
    this.hasNews = false
  }

  close(): void {
    this.client.close()
  }

  /** Past the deadline the connection is closed: what it was asked may never end. */
  async within<T>(asked: Promise<T>, ms: number, what: string): Promise<T> {
    const over = new AbortController()
    const late = Symbol('late')
    const timer = this.options.clock.sleep(ms, over.signal).then(
      () => late,
      () => late,
    )
    try {
      const first = await Promise.race([asked.catch((error: unknown) => this.causeOf(error, what)), timer])
      if (first !== late) return first as T
      this.client.close()
      asked.catch(() => undefined)
      throw Object.assign(new Error(`The server took longer than ${Math.round(ms / 1000)} s to ${what}`), {
        code: 'MailDeadline',
      })
    } finally {
      over.abort()
    }
  }

  private hasCondstore = (): boolean => this.client.capabilities.has('CONDSTORE')

  private heard(): void {
    this.hasNews = true
    this.wake?.()
  }
  private ended(error: Error | null): void {
    this.failure ??=
      error ??
      Object.assign(new Error(this.client.byeReason ?? 'The server closed the connection'), {
        code: 'EConnectionClosed',
        reason: this.client.byeReason,
      })
    this.wake?.()
  }
  /** A command that was cut off says only that there is no connection; why there is none was said before. */
  private causeOf(error: unknown, what: string): never {
    // Told to stop: the library says of it only that the connection is closed.
    if (this.signal.aborted) throw new Error(this.waitedFor(what), { cause: error })
    const isCutOff = ['NoConnection', 'EConnectionClosed'].includes((error as { code?: string }).code ?? '')
    throw isCutOff && this.failure !== null ? this.failure : error
  }
  private waitedFor(what: string): string {
    return what === atLogin && this.client.greeting === undefined
      ? 'no greeting of an IMAP server came in time. Look whether imap.port and imap.tls say what it offers'
      : `no answer came in time, when it was to ${what}`
  }
  private failed(): void {
    if (this.failure !== null) throw this.failure
  }
}

/** 0: the server did not say, as not all of them do when a folder is opened, whatever the type says. */
const nextUidOf = (of: { readonly uidNext?: number | undefined }): number => of.uidNext ?? 0

const modseqOf = (of: { readonly highestModseq?: bigint | undefined }): string | null =>
  of.highestModseq === undefined ? null : String(of.highestModseq)

function mailOf(it: FetchMessageObject): Mail {
  const { uid, source, internalDate, emailId, threadId } = it
  const date = internalDate === undefined ? null : new Date(internalDate)
  return {
    uid,
    size: it.size ?? source?.byteLength ?? 0,
    // A copy: the buffer is a view of what the socket gave, and would hold all of it.
    bytes: new Uint8Array(source ?? []),
    internalDate: date === null || Number.isNaN(date.getTime()) ? null : date.toISOString(),
    emailId: emailId ?? null,
    threadId: threadId ?? null,
  }
}
