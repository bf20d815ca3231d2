// One connection, one mail: handed to the server, or what went wrong and whether the mail may be out.
import { messageOf } from '../../../core/errors.ts'
import { tlsOptions, type Login } from '../login.ts'
import { outcomeOfFault, type Failed, type SmtpFault } from '../outcome.ts'
import type { Server } from '../providers.ts'
import type { Settings } from '../settings.ts'

export interface Way {
  readonly server: Server
  readonly login: Exclude<Login, { is: 'none' }>
  readonly settings: Settings
  readonly signal: AbortSignal
}
export interface Letter {
  readonly bytes: Buffer
  readonly from: string
  readonly to: readonly string[]
  /** What a report of a server along the way names the send by, where it keeps to RFC 3461. */
  readonly envelopeId: string
}
export type Handed =
  | {
      readonly is: 'taken'
      /** What the server put in the place of our Message-ID. */
      readonly serverId: string | null
      readonly refused: readonly { readonly address: string; readonly fault: SmtpFault }[]
    }
  | { readonly is: 'failed'; readonly fault: SmtpFault; readonly outcome: Failed }

/** Until the server lets the mail be sent: a server that is silent here has taken nothing. */
const talkMs = 20_000
/**
 * Then it may take as long as the whole send may: a large mail goes out slowly, and a server may look through it for ten minutes (RFC 5321
 * 4.5.3.2.6). Who gives up on it early knows of a mail that arrived only that it may have.
 */
const dataMs = 600_000

async function open({ server, login, settings }: Way, hear: Hear) {
  const auth =
    login.is === 'password'
      ? { user: login.user, pass: login.pass }
      : { type: 'OAuth2' as const, user: login.user, accessToken: login.accessToken }
  // With the first mail that goes out.
  const { createTransport } = await import('nodemailer')
  return createTransport({
    host: server.host,
    port: server.port,
    secure: server.tls === true,
    // An upgrade that is not offered, or was taken out on the way, ends the connection before the log-in (S21).
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === false,
    tls: await tlsOptions(server, settings),
    auth,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: dataMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: listener(hear),
    transactionLog: true,
  } as never)
}

export async function handOver(letter: Letter, way: Way): Promise<Handed> {
  const { bytes, from, to, envelopeId } = letter
  let isDataOut = false
  try {
    const foreign = [from, ...to].find(isForeign)
    if (foreign !== undefined && !(await knowsForeign(way))) return notTaken(foreign)
    const info = await onTransport(
      way,
      (from, line) => (isDataOut ||= isGoAhead(from, line)),
      (transport) =>
        transport.sendMail({
          raw: bytes,
          envelope: { from, to: [...to], size: bytes.byteLength },
          dsn: { envid: envelopeId, ret: 'HDRS', notify: ['FAILURE', 'DELAY'] },
        } as never),
    )
    const { rejectedErrors = [], serverMessageId = null } = info as Taken
    const refused = rejectedErrors.map((it) => ({ address: it.recipient ?? '', fault: said(it, way) }))
    return { is: 'taken', serverId: serverMessageId, refused }
  } catch (error) {
    const fault = said(error, way)
    return { is: 'failed', fault, outcome: outcomeOfFault(fault, isDataOut) }
  }
}
interface Taken {
  readonly serverMessageId?: string
  readonly rejectedErrors?: readonly (Error & { readonly recipient?: string })[]
}

/** The domain goes as DNS has it; the name before the @ has no other form (RFC 6531). */
const isForeign = (address: string): boolean => /[\u0080-\uffff]/.test(address.slice(0, address.lastIndexOf('@')))

/** Asked on a connection of its own, which few mails need: the library sends such a name to any server, and some cut it or take it for another. */
async function knowsForeign(way: Way): Promise<boolean> {
  let knows = false
  const hear: Hear = (from, line) => {
    // After STARTTLS it is asked again, and only the last answer counts.
    if (from === 'client' && line.startsWith('EHLO')) knows = false
    if (from === 'server' && /^250[ -]SMTPUTF8\b/im.test(line)) knows = true
  }
  await onTransport(way, hear, (transport) => transport.verify())
  return knows
}
function notTaken(address: string): Handed {
  const why = `The mail server takes only addresses in plain Latin letters before the @ (it does not offer SMTPUTF8), and this mail names ${address}. Nothing was sent.`
  return { is: 'failed', fault: { message: why }, outcome: { is: 'refused', code: 'address_not_taken', why } }
}

/** Connects, upgrades, logs in and leaves; null: it would take mail. */
export async function whyNoMailGoes(way: Way): Promise<string | null> {
  try {
    await onTransport(
      way,
      () => undefined,
      (transport) => transport.verify(),
    )
    return null
  } catch (error) {
    return outcomeOfFault(said(error, way), false).why
  }
}

type Transport = Awaited<ReturnType<typeof open>>
async function onTransport<T>(way: Way, hear: Hear, work: (transport: Transport) => Promise<T>): Promise<T> {
  const silent = new AbortController()
  const talk = setTimeout(() => silent.abort(), talkMs)
  const signal = AbortSignal.any([way.signal, silent.signal])
  const transport = await open(way, (from, line) => {
    if (isGoAhead(from, line)) clearTimeout(talk)
    hear(from, line)
  })
  const stop = (): void => transport.close()
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([work(transport), ended(signal)])
  } finally {
    clearTimeout(talk)
    signal.removeEventListener('abort', stop)
    transport.close()
  }
}

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = (): void =>
      reject(Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT', command: 'DATA' }))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })

/** A server may quote back what it was logged in with (S18). */
function said(error: unknown, { login }: Way): SmtpFault {
  const secret = login.is === 'password' ? login.pass : login.accessToken
  const hidden = (text: string): string => (secret === '' ? text : text.replaceAll(secret, '[secret]'))
  if (!(error instanceof Error)) return { message: hidden(messageOf(error)) }
  const { code, originalCode, command, responseCode, response } = error as Error & SmtpFault
  return {
    message: hidden(error.message),
    ...(code === undefined ? {} : { code }),
    ...(originalCode === undefined ? {} : { originalCode }),
    ...(command === undefined ? {} : { command }),
    ...(responseCode === undefined ? {} : { responseCode }),
    ...(response === undefined ? {} : { response: hidden(response) }),
  }
}

/** What is said on the connection, as it is said. */
type Hear = (from: 'client' | 'server', line: string) => void
/** The library says of a connection that was closed always the same; only the server's 354 tells that the mail went out. */
const isGoAhead = (from: 'client' | 'server', line: string): boolean => from === 'server' && line.startsWith('354')

function listener(hear: Hear) {
  const listen = (entry: { readonly tnx?: string } | undefined, line: unknown): void => {
    if (entry?.tnx === 'server' || entry?.tnx === 'client') hear(entry.tnx, String(line))
  }
  return Object.fromEntries(['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, listen]))
}
