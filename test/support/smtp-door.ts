// A real SMTP server for a test: takes mail, remembers it, and says what it is told to.
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach } from 'vitest'

export interface SmtpDoor {
  readonly port: number
  readonly mails: {
    readonly from: string
    readonly to: readonly string[]
    readonly bytes: Buffer
    readonly secure: boolean
  }[]
  /** Names that logged in. */
  readonly logins: string[]
  close(): Promise<void>
}

export async function smtpDoor(over: Partial<SMTPServerOptions> = {}): Promise<SmtpDoor> {
  const mails: SmtpDoor['mails'] = []
  const logins: string[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    // A connection that a test left open is not waited for.
    closeTimeout: 50,
    onAuth(auth, _session, done) {
      logins.push(auth.username ?? '')
      done(null, { user: 'us' })
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((to) => to.address),
          bytes: Buffer.concat(chunks),
          secure: session.secure,
        })
        done()
      })
    },
    ...over,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    mails,
    logins,
    port: (server.server.address() as { port: number }).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Doors of the tests of one file: each test opens its own, and none is left open behind it. Called once, at the top of the file. */
export function smtpDoors(): {
  open(over?: Partial<SMTPServerOptions>): Promise<SmtpDoor>
  after(end: () => Promise<unknown>): void
} {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })
  return {
    async open(over) {
      const door = await smtpDoor(over)
      ends.push(door.close)
      return door
    },
    after: (end) => void ends.push(end),
  }
}
