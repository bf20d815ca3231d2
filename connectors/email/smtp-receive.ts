// The second way in: other mail servers bring mail to our own port. 250 is said only when the mail is safe.
import type { SMTPServer, SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import type { AddressInfo } from 'node:net'
import { messageOf } from '../../core/errors.ts'
import type { Account, Door, Edges, Listener, ListenAt } from '../../core/ports/channel.ts'
import { formsOf, lowerAddress, withoutTag } from './address.ts'
import { mailMaxBytes, rawMail } from './raw-mail.ts'
import type { SecretName, Settings } from './settings.ts'

type Ours = Account<Settings, SecretName>
type Opened = Door<Settings, SecretName>
interface Serving {
  readonly door: Opened
  readonly edges: Pick<Edges, 'clock' | 'log'>
  /** Bytes of mails that are being received or made safe. */
  readonly held: { bytes: number }
  /** Of each connection, how many recipients were nobody's. */
  readonly refused: WeakMap<SMTPServerSession, number>
}
type Done = (error?: Error | null, message?: string) => void

const connectionsAtOnce = 200
const connectionsOfOne = 20
const recipientsOfOne = 100
/** Who asks for so many that are nobody's in one connection is guessing, and told no more (RFC 5321 3.5.3 leaves it to us what we tell). */
const refusedOfOne = 20
/** More than this in memory: who comes then is asked to come later. */
const heldMaxBytes = 4 * mailMaxBytes

export const smtpDoor: Listener<Settings, SecretName> = {
  kind: 'listener',
  name: 'smtp',
  async listen(at, door, edges, signal) {
    const server = await serverFor(at, { door, edges, held: { bytes: 0 }, refused: new WeakMap() })
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(at.port, at.host, () => {
        server.off('error', fail)
        done()
      })
    })
    server.on('error', (error) => edges.log.warn('a connection of the mail door failed', { why: messageOf(error) }))
    const ended = new Promise<void>((done) => {
      const stop = (): void => server.close(() => done())
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
    return { port: (server.server.address() as AddressInfo).port, ended }
  },
}

async function serverFor(at: ListenAt, serving: Serving): Promise<SMTPServer> {
  const { SMTPServer } = await import('smtp-server')
  const from = new Map<string, number>()
  const server: SMTPServer = new SMTPServer({
    ...at.tls,
    name: at.name,
    secure: false,
    banner: 'Inlet',
    size: mailMaxBytes,
    maxClients: connectionsAtOnce,
    // Nobody logs in here: it takes mail for its own addresses and passes none on.
    disabledCommands: ['AUTH'],
    authOptional: true,
    disableReverseLookup: true,
    socketTimeout: 60_000,
    closeTimeout: 5_000,
    logger: false,
    onConnect(session, done) {
      const count = (from.get(session.remoteAddress) ?? 0) + 1
      from.set(session.remoteAddress, count)
      done(count > connectionsOfOne ? says(421, '4.7.0 Too many connections from your address') : null)
    },
    onClose(session) {
      const count = (from.get(session.remoteAddress) ?? 1) - 1
      if (count > 0) from.set(session.remoteAddress, count)
      else from.delete(session.remoteAddress)
    },
    onRcptTo(address, session, done) {
      const refusal = refusalOf(address, session, serving)
      done(refusal)
      if (refusal?.responseCode === 421) hangUp(session, server)
    },
    onData: (stream, session, done) => receive(stream, session, { ...serving, done }),
  })
  return server
}

/** The library says 421 and listens on. */
function hangUp({ id }: SMTPServerSession, { connections }: SMTPServer): void {
  for (const connection of connections) if (connection.id === id) connection.close()
}

type Refusal = Error & { readonly responseCode: number }
const says = (responseCode: number, text: string): Refusal => Object.assign(new Error(text), { responseCode })

function refusalOf({ address }: SMTPServerAddress, session: SMTPServerSession, serving: Serving): Refusal | null {
  if (session.envelope.rcptTo.length >= recipientsOfOne) return says(452, '4.5.3 Too many recipients')
  if (accountOf(address, serving.door) !== null) return null
  const count = (serving.refused.get(session) ?? 0) + 1
  serving.refused.set(session, count)
  return count > refusedOfOne
    ? says(421, '4.7.0 Too many addresses that nobody has here')
    : says(550, `5.1.1 No such mailbox here: ${address.slice(0, 254)}`)
}

/** The address itself, or without what stands after its plus. */
function accountOf(address: string, door: Opened): Ours | null {
  for (const form of formsOf(lowerAddress(address))) {
    const account = door.whose(form)
    if (account !== null) return account
  }
  return null
}

interface Receiving extends Serving {
  readonly done: Done
}
function receive(stream: SMTPServerDataStream, session: SMTPServerSession, receiving: Receiving): void {
  const { held, done } = receiving
  const chunks: Buffer[] = []
  let bytes = 0
  let isFull = false
  stream.on('data', (chunk: Buffer) => {
    isFull ||= bytes + chunk.byteLength > mailMaxBytes || held.bytes + chunk.byteLength > heldMaxBytes
    if (isFull) return
    chunks.push(chunk)
    bytes += chunk.byteLength
    held.bytes += chunk.byteLength
  })
  const letGo = (): void => {
    held.bytes -= bytes
    bytes = 0
    chunks.length = 0
  }
  stream.once('close', () => stream.readableEnded || letGo())
  stream.once('end', () => {
    if (stream.sizeExceeded) {
      letGo()
      return done(says(552, `5.3.4 A mail may have ${mailMaxBytes} bytes`))
    }
    if (isFull) {
      letGo()
      return done(says(452, '4.3.1 Too much mail at once; come again'))
    }
    void kept(Buffer.concat(chunks), session, receiving).finally(letGo)
  })
}

const isPlain = (address: string): boolean => withoutTag(address) === address

/** One raw for each account it is for. If one of them cannot be kept, all are asked for again: a repeat is no second message. */
async function kept(bytes: Buffer, session: SMTPServerSession, { door, edges, done }: Receiving): Promise<void> {
  const { mailFrom, rcptTo } = session.envelope
  const envelopeFrom = mailFrom === false || mailFrom.address === '' ? '<>' : mailFrom.address
  const accounts = new Map<string, { readonly account: Ours; readonly envelopeTo: string }>()
  for (const { address } of rcptTo) {
    const account = accountOf(address, door)
    if (account === null) continue
    // Of several addresses of one account the one with a tag says more: where it leads, or which send it reports of.
    const isFirst = !accounts.has(account.id)
    if (isFirst || !isPlain(address)) accounts.set(account.id, { account, envelopeTo: address })
  }
  const receivedAt = edges.clock.now()
  try {
    for (const { account, envelopeTo } of accounts.values()) {
      const meta = { internalDate: receivedAt, envelopeTo, envelopeFrom, peer: session.remoteAddress }
      await door.take(account, rawMail({ route: account.route, bytes: new Uint8Array(bytes), receivedAt, meta }))
    }
    if (accounts.size === 0) done(says(550, '5.1.1 No such mailbox here any more'))
    else done(null, '2.0.0 Kept')
  } catch (error) {
    edges.log.warn('could not keep a mail; its sender is asked to come again', { why: messageOf(error), error })
    done(says(451, '4.3.0 Cannot keep it right now; come again'))
  }
}
