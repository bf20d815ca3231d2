// The vendor's SMTP server: takes what we send into the ledger, or fails as it was told to.
import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Fault } from '../../../core/ports/stand-in.ts'

export interface Sent {
  readonly bytes: Buffer
  readonly from: string
  readonly to: readonly string[]
}
export interface Post {
  readonly port: number
  stop(): Promise<void>
}
interface Deps {
  opens(user: string, password: string): boolean
  nextFault(): Fault | null
  accept(sent: Sent): void
  answered(status: number): void
  readonly latencyMs: number
}

/** What a server says with a status: its enhanced code is made of the same first digit. */
const refusal = (status: number, text: string): Error => Object.assign(new Error(text), { responseCode: status })

export async function post(deps: Deps): Promise<Post> {
  const sockets = new Map<string, Socket>()
  const cutAfter = new Set<string>()
  const server = new SMTPServer({
    secure: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    logger: false,
    onAuth(auth, _session, done) {
      if (deps.opens(auth.username ?? '', auth.password ?? '')) return done(null, { user: auth.username })
      deps.answered(535)
      done(refusal(535, '5.7.8 no such mailbox or password'))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const sent = {
          bytes: Buffer.concat(chunks),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((it) => it.address),
        }
        const socket = sockets.get(session.id)
        setTimeout(() => judge(sent, { socket, done, deps, fault: deps.nextFault() }), deps.latencyMs)
      })
    },
  })
  server.on('error', () => undefined)
  server.server.on('connection', (socket: Socket) => socket.on('error', () => undefined))
  // The session’s own socket is not public; the connection that carries it is found by its port.
  const byPort = new Map<number, Socket>()
  server.server.on('connection', (socket: Socket) => {
    byPort.set(socket.remotePort ?? 0, socket)
    socket.on('close', () => byPort.delete(socket.remotePort ?? 0))
  })
  server.onConnect = (session, done) => {
    const socket = byPort.get(session.remotePort)
    if (socket !== undefined) sockets.set(session.id, socket)
    done()
  }
  server.onClose = (session) => void (sockets.delete(session.id), cutAfter.delete(session.id))
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () =>
      new Promise<void>((done) => {
        for (const socket of byPort.values()) socket.destroy()
        server.close(() => done())
      }),
  }
}

interface Judging {
  readonly socket: Socket | undefined
  readonly fault: Fault | null
  readonly deps: Deps
  done(error?: Error | null, message?: string): void
}
function judge(sent: Sent, { socket, fault, deps, done }: Judging): void {
  if (fault?.how === 'hang') return
  if (fault?.how === 'reset') return void socket?.destroy()
  if (fault?.how === 'error') {
    deps.answered(fault.code)
    return done(refusal(fault.code, fault.text ?? 'as it was told'))
  }
  deps.accept(sent)
  if (fault?.how === 'reset-after-accept') return void socket?.destroy()
  if (fault?.how === 'half-answer') return void (socket?.write('25'), socket?.destroySoon())
  if (fault?.how === 'slow') return void setTimeout(() => done(null, 'taken'), fault.ms)
  deps.answered(250)
  done(null, 'taken')
}
