// An IMAP server that does what no real one can be made to do: drops, lies about lengths, never ends a line (F15).
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface ScriptedMail {
  readonly uid: number
  readonly text: string
}
/** Gets one command; true: it was answered here, in place of the usual answer. */
export type Script = (command: ScriptedCommand) => boolean
export interface ScriptedCommand {
  readonly tag: string
  /** In capitals: `UID FETCH`, `UID SEARCH`, `EXAMINE` … */
  readonly name: string
  readonly words: string
  /** How many commands of this name came before, over all connections. */
  readonly nth: number
  readonly socket: Socket
  say(line: string): void
}
export interface ScriptedImap {
  readonly port: number
  readonly mails: ScriptedMail[]
  uidValidity: number
  script: Script
  /** Log-ins so far. */
  readonly logins: () => number
  stop(): Promise<void>
}

export async function scriptedImap(script: Script = () => false): Promise<ScriptedImap> {
  const counts = new Map<string, number>()
  const sockets = new Set<Socket>()
  const state = { mails: [] as ScriptedMail[], uidValidity: 1, script }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    const say = (line: string): void => void (socket.destroyed || socket.write(`${line}\r\n`))
    say('* OK [CAPABILITY IMAP4rev1] ready')
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        const [, tag = '', name = '', words = ''] = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line) ?? []
        const known = name.toUpperCase()
        const nth = counts.get(known) ?? 0
        counts.set(known, nth + 1)
        const command = { tag, name: known, words, nth, socket, say }
        if (!state.script(command)) answer(command, state)
      }
    })
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    logins: () => counts.get('LOGIN') ?? 0,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  })
}

interface State {
  readonly mails: readonly ScriptedMail[]
  readonly uidValidity: number
}
function answer({ tag, name, words, say }: ScriptedCommand, { mails, uidValidity }: State): void {
  const next = (mails.at(-1)?.uid ?? 0) + 1
  if (name === 'CAPABILITY') say('* CAPABILITY IMAP4rev1')
  if (name === 'LIST' || name === 'LSUB') say(`* ${name} (\\HasNoChildren) "/" INBOX`)
  if (name === 'EXAMINE' || name === 'SELECT') {
    say(`* ${mails.length} EXISTS`)
    say('* FLAGS (\\Seen)')
    say(`* OK [UIDVALIDITY ${uidValidity}] valid`)
    say(`* OK [UIDNEXT ${next}] next`)
  }
  if (name === 'UID SEARCH') say(`* SEARCH ${found(words, mails).join(' ')}`.trimEnd())
  if (name === 'UID FETCH') for (const line of fetched(words, mails)) say(line)
  say(`${tag} OK ${name} done`)
}

const inSet = (set: string, uid: number, last: number): boolean =>
  set.split(',').some((range) => {
    const [from = 0, to = from] = range.split(':').map((it) => (it === '*' ? last : Number(it)))
    return uid >= Math.min(from, to) && uid <= Math.max(from, to)
  })
function found(words: string, mails: readonly ScriptedMail[]): readonly number[] {
  const set = /UID ([\d:*,]+)/.exec(words)?.[1] ?? '1:*'
  const last = mails.at(-1)?.uid ?? 0
  return mails.filter(({ uid }) => inSet(set, uid, last)).map(({ uid }) => uid)
}
function fetched(words: string, mails: readonly ScriptedMail[]): readonly string[] {
  const [set = ''] = words.split(' ')
  const last = mails.at(-1)?.uid ?? 0
  const cut = /<0\.(\d+)>/.exec(words)?.[1]
  return mails.flatMap(({ uid, text }, at) => {
    if (!inSet(set, uid, last)) return []
    const body = cut === undefined ? text : text.slice(0, Number(cut))
    const source = words.includes('BODY')
      ? ` BODY[]${cut === undefined ? '' : '<0>'} {${Buffer.byteLength(body)}}\r\n${body}`
      : ''
    return [
      `* ${at + 1} FETCH (UID ${uid} RFC822.SIZE ${text.length} INTERNALDATE "20-Nov-2026 10:00:00 +0000"${source})`,
    ]
  })
}
