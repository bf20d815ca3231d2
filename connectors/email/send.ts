// Sends one reply by SMTP, and says which of five outcomes it had. One connection a mail: what became of it is then never in doubt.
import { createTransport } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import { isGatewayError, isOfTheWorld, messageOf } from '../../core/errors.ts'
import type { Account, Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { compose, type Composed } from './compose/compose.ts'
import { loginOf, tlsOptions, type Login } from './login.ts'
import { secretOr } from './oauth.ts'
import { outcomeOfFault, type SmtpFault } from './outcome.ts'
import { smtpServer, type Server } from './providers.ts'
import type { SecretName, Settings } from './settings.ts'

type Ours = Account<Settings, SecretName>
type Failed = Exclude<SendOutcome, { is: 'sent' }>
interface File {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer
}

export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const server = smtpServer(account.settings)
  if (server === null)
    return { is: 'account-down', why: `${account.id} has no SMTP server: set smtp.host, or a provider` }
  const composed = compose(message, account.settings)
  if ('refuse' in composed) return { is: 'refused', code: 'no_address', why: composed.refuse }
  const files = await filesOf(message, account.settings, edges)
  if (!Array.isArray(files)) return files as Failed
  const login = await loginOf(account, server, { which: 'smtp' }, edges, signal)
  if (login.is === 'none')
    return login.cause === 'auth'
      ? { is: 'account-down', why: login.why }
      : { is: 'try-later', afterSeconds: 30, scope: 'account', why: login.why }
  const keys = await signingKeys(account)
  if (keys !== null && keys.privateKey === null)
    return {
      is: 'account-down',
      why: `${account.id} is to sign what it sends (dkim), and the secret dkimKey is not set`,
    }
  const mail = await built(composed, files as readonly File[], keys)
  return handOver(mail, { composed, server, login, account, signal })
}

const megabyte = 1_000_000
/** Base64 makes four bytes of three, and breaks lines. */
const encoded = (bytes: number): number => Math.ceil((bytes * 4) / 3) * 1.03

async function filesOf(message: OutboundMessage, settings: Settings, edges: Edges): Promise<readonly File[] | Failed> {
  const most = (settings.attachMaxMegabytes ?? 18) * megabyte
  const files: File[] = []
  for (const { name, type, source } of message.attachments) {
    if (!('blob' in source)) return { is: 'refused', code: 'file_missing', why: `The file ${name} is not stored here` }
    try {
      files.push({ filename: name, contentType: type, content: Buffer.from(await edges.file(source.blob)) })
    } catch (error) {
      if (isOfTheWorld(error))
        return { is: 'try-later', afterSeconds: 30, scope: 'message', why: `The file ${name} cannot be read for now` }
      if (!isGatewayError(error)) throw error
      return { is: 'refused', code: 'file_missing', why: `The file ${name} is no longer stored here` }
    }
  }
  const sum = files.reduce((all, it) => all + encoded(it.content.byteLength), 0)
  if (sum <= most) return files
  const why = `The files have ${Math.ceil(sum / megabyte)} MB as they would be sent; at most ${most / megabyte} go with one mail. Send them in several answers.`
  return { is: 'refused', code: 'too_large', why }
}

/** No file is read and no address fetched for a mail, whatever stands in it. */
async function built(composed: Composed, attachments: readonly File[], keys: SigningKeys | null): Promise<Buffer> {
  const { messageId, from, to, cc, replyTo, subject, inReplyTo, references, headers, text, html } = composed
  const node = new MailComposer({
    messageId,
    from,
    to: [...to],
    cc: [...cc],
    replyTo,
    subject,
    ...(inReplyTo === null ? {} : { inReplyTo }),
    ...(references.length === 0 ? {} : { references: [...references] }),
    headers,
    text,
    html,
    attachments: [...attachments],
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  const bytes = await node.build()
  return keys === null ? bytes : signed(bytes, keys)
}

interface SigningKeys {
  readonly domainName: string
  readonly keySelector: string
  readonly privateKey: string | null
}
/** Null where nothing is to be signed; without a key, a mail would leave unsigned and be taken for forged. */
async function signingKeys(account: Ours): Promise<SigningKeys | null> {
  const { dkim } = account.settings
  if (dkim === undefined) return null
  return { domainName: dkim.domain, keySelector: dkim.selector, privateKey: await secretOr(account, 'dkimKey') }
}

async function signed(bytes: Buffer, keys: SigningKeys) {
  const { default: Dkim } = await import('nodemailer/lib/dkim')
  const chunks: Buffer[] = []
  for await (const chunk of new Dkim({ keys: [keys] } as never).sign(bytes) as AsyncIterable<Buffer>)
    chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

interface Way {
  readonly composed: Composed
  readonly server: Server
  readonly login: Exclude<Login, { is: 'none' }>
  readonly account: Ours
  readonly signal: AbortSignal
}

async function transportOf({ server, login, account }: Way, dataGoes: () => void) {
  const auth =
    login.is === 'password'
      ? { user: login.user, pass: login.pass }
      : { type: 'OAuth2' as const, user: login.user, accessToken: login.accessToken }
  return createTransport({
    host: server.host,
    port: server.port,
    secure: server.tls === true,
    // An upgrade that is not offered, or was taken out on the way, ends the connection before the log-in (S21).
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === false,
    tls: await tlsOptions(server, account.settings),
    auth,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: listener(dataGoes),
    transactionLog: true,
  } as never)
}

async function handOver(raw: Buffer, way: Way): Promise<SendOutcome> {
  const { composed, login, account, signal } = way
  let isDataOut = false
  const transport = await transportOf(way, () => (isDataOut = true))
  const stop = (): void => transport.close()
  signal.addEventListener('abort', stop)
  try {
    const sent = transport.sendMail({ raw, envelope: { from: composed.envelope.from, to: [...composed.envelope.to] } })
    const info = await Promise.race([sent, ended(signal)])
    const rejected = (info.rejected ?? []).map(String)
    if (rejected.length > 0)
      account.health('connected', `sent, but the server refused ${rejected.length} of its recipients`)
    return { is: 'sent', externalId: composed.messageId }
  } catch (error) {
    const outcome = outcomeOfFault(faultOf(error), isDataOut)
    // A server may quote back what it was logged in with (S18).
    return {
      ...outcome,
      why: outcome.why.replaceAll(login.is === 'password' ? login.pass : login.accessToken, '[secret]'),
    }
  } finally {
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

const faultOf = (error: unknown): SmtpFault =>
  error instanceof Error ? Object.assign(error as SmtpFault, {}) : { message: messageOf(error) }

/** The library says of a connection that was closed always the same; only the server's 354 tells that the mail went out. */
function listener(dataGoes: () => void) {
  const hear = (entry: { readonly tnx?: string } | undefined, line: unknown): void => {
    if (entry?.tnx === 'server' && String(line).startsWith('354')) dataGoes()
  }
  return Object.fromEntries(['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, hear]))
}

/** Only a bounce tells: there is no reading back by SMTP. */
export async function find(
  message: OutboundMessage,
  account: Ours,
  _edges: Edges,
  _signal: AbortSignal,
): Promise<SendOutcome> {
  return {
    is: 'unknown',
    why: `No server says whether ${message.ours} of ${account.id} arrived; a person decides, or a bounce`,
  }
}
