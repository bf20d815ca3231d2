// The vendor's mailboxes over IMAP, just enough of it: log in, select, search by UID, fetch, flags, IDLE.
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface StoredMail {
  readonly uid: number
  readonly bytes: Buffer
  readonly at: Date
}
export interface Mailboxes {
  readonly port: number
  add(user: string, bytes: Buffer, at: Date): StoredMail
  stop(): Promise<void>
}
interface Connection {
  readonly socket: Socket
  user: string | null
  idle: string | null
  /** How many mails it knows of. */
  told: number
}
interface Deps {
  /** Whether these words open this mailbox. */
  opens(user: string, password: string): boolean
  readonly latencyMs: number
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (n: number): string => String(n).padStart(2, '0')
const dateOf = (at: Date): string =>
  `${two(at.getUTCDate())}-${months[at.getUTCMonth()]}-${at.getUTCFullYear()} ${at.toISOString().slice(11, 19)} +0000`

export async function mailboxes(deps: Deps): Promise<Mailboxes> {
  const mails = new Map<string, StoredMail[]>()
  const connections = new Set<Connection>()
  const of = (user: string): StoredMail[] => {
    const found = mails.get(user) ?? []
    mails.set(user, found)
    return found
  }
  const server = createServer((socket) => {
    const connection: Connection = { socket, user: null, idle: null, told: 0 }
    connections.add(connection)
    socket.on('error', () => undefined).on('close', () => connections.delete(connection))
    socket.write('* OK [CAPABILITY IMAP4rev1 IDLE] stand-in\r\n')
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        setTimeout(() => socket.destroyed || answer(line, connection, { deps, of }), deps.latencyMs)
      }
    })
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    add(user, bytes, at) {
      const box = of(user)
      const mail = { uid: (box.at(-1)?.uid ?? 0) + 1, bytes, at }
      box.push(mail)
      for (const it of connections) if (it.idle !== null && it.user === user) tell(it, box.length)
      return mail
    },
    async stop() {
      for (const { socket } of connections) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

interface State {
  readonly deps: Deps
  of(user: string): readonly StoredMail[]
}
function tell(connection: Connection, mails: number): void {
  connection.told = mails
  connection.socket.write(`* ${mails} EXISTS\r\n`)
}
function answer(line: string, connection: Connection, { deps, of }: State): void {
  const { socket } = connection
  const say = (text: string): void => void socket.write(`${text}\r\n`)
  if (line.toUpperCase() === 'DONE' && connection.idle !== null) {
    say(`${connection.idle} OK IDLE ended`)
    connection.idle = null
    return
  }
  const [, tag = '*', name = '', words = ''] = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line) ?? []
  const box = connection.user === null ? [] : of(connection.user)
  switch (name.toUpperCase()) {
    case 'LOGIN': {
      const [user = '', password = ''] = [...words.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
        (it) => it[1]?.replace(/\\(.)/g, '$1') ?? it[2] ?? '',
      )
      if (!deps.opens(user, password)) return say(`${tag} NO [AUTHENTICATIONFAILED] no such mailbox or password`)
      connection.user = user
      break
    }
    case 'CAPABILITY':
      say('* CAPABILITY IMAP4rev1 IDLE')
      break
    case 'LIST':
    case 'LSUB':
      say(`* ${name.toUpperCase()} (\\HasNoChildren) "/" INBOX`)
      break
    case 'SELECT':
    case 'EXAMINE':
      tell(connection, box.length)
      say('* FLAGS (\\Seen)')
      say('* OK [UIDVALIDITY 1] valid')
      say(`* OK [UIDNEXT ${(box.at(-1)?.uid ?? 0) + 1}] next`)
      break
    case 'NOOP':
      if (connection.user !== null) tell(connection, box.length)
      break
    case 'UID SEARCH':
      say(
        `* SEARCH ${inSet(/UID (\S+)/i.exec(words)?.[1] ?? '1:*', box)
          .map((it) => it.uid)
          .join(' ')}`.trimEnd(),
      )
      break
    case 'UID FETCH':
      fetched(words, box, socket)
      break
    case 'IDLE':
      connection.idle = tag
      say('+ idling')
      // What came while it was busy, as a server tells it at once.
      if (connection.told !== box.length) tell(connection, box.length)
      return
    case 'LOGOUT':
      say('* BYE')
      say(`${tag} OK`)
      return void socket.end()
    default:
      return say(`${tag} BAD this stand-in does not know ${name}`)
  }
  say(`${tag} OK done`)
}

function inSet(set: string, box: readonly StoredMail[]): readonly StoredMail[] {
  const last = box.at(-1)?.uid ?? 0
  const ranges = set.split(',').map((range) => {
    const [from = 0, to = from] = range.split(':').map((it) => (it === '*' ? last : Number(it)))
    return [Math.min(from, to), Math.max(from, to)] as const
  })
  return box.filter(({ uid }) => ranges.some(([from, to]) => uid >= from && uid <= to))
}

function fetched(words: string, box: readonly StoredMail[], socket: Socket): void {
  const cut = /<0\.(\d+)>/.exec(words)?.[1]
  for (const mail of inSet(words.split(' ')[0] ?? '', box)) {
    const head = `UID ${mail.uid} RFC822.SIZE ${mail.bytes.byteLength} INTERNALDATE "${dateOf(mail.at)}"`
    const seq = box.indexOf(mail) + 1
    if (!/BODY/i.test(words)) {
      socket.write(`* ${seq} FETCH (${head})\r\n`)
      continue
    }
    const bytes = cut === undefined ? mail.bytes : mail.bytes.subarray(0, Number(cut))
    socket.write(`* ${seq} FETCH (${head} BODY[]${cut === undefined ? '' : '<0>'} {${bytes.byteLength}}\r\n`)
    socket.write(bytes)
    socket.write(')\r\n')
  }
}
