// A mailbox on a server that misbehaves: nothing is lost, nothing stops, and what cannot be had is put aside visibly (F15).
import { afterEach, describe, expect, it } from 'vitest'
import type { Account, Page } from '../../core/ports/channel.ts'
import type { Clock } from '../../core/ports/edges.ts'
import { madeEdges } from '../../test/support/made-account.ts'
import { scriptedImap, type ScriptedCommand, type ScriptedImap } from '../../test/support/scripted-imap.ts'
import type { SecretName, Settings } from './settings.ts'
import { placeText } from './session/place.ts'
import { makeSession } from './session/index.ts'

let server: ScriptedImap
afterEach(() => server.stop())

const mail = (uid: number) => ({ uid, text: `Subject: Mail ${uid}\r\n\r\nHello ${uid}\r\n` })
const begun = (): Map<string, string> =>
  new Map([
    [
      'folder INBOX',
      placeText({
        uidValidity: '1',
        lastUid: 0,
        holes: [],
        modseq: null,
        from: null,
        seenAt: '2026-11-20T09:00:00.000Z' as never,
      }),
    ],
  ])

interface Seen {
  readonly uids: readonly string[]
  readonly metas: readonly Readonly<Record<string, string>>[]
  readonly failures: number
  readonly health: readonly { readonly state: string; readonly why: string }[]
}
/** Connects again and again, as the loop does, until so many mails came. */
async function read(
  wanted: number,
  kept = begun(),
  most = 12,
  clock = madeEdges().edges.clock,
  imap: Settings['imap'] = {},
): Promise<Seen> {
  const metas: Readonly<Record<string, string>>[] = []
  const health: { state: string; why: string }[] = []
  const session = makeSession()
  const account = {
    id: 'main',
    route: 'us@example.test',
    settings: { address: 'us@example.test', imap: { host: '127.0.0.1', port: server.port, tls: false, ...imap } },
    secret: () => Promise.resolve('pw'),
    state: 'connected',
    expiresAt: () => null,
    health: (state: string, why: string) => void health.push({ state, why }),
  } as unknown as Account<Settings, SecretName>
  const keep = { get: (name: string) => Promise.resolve(kept.get(name) ?? null) }
  let failures = 0
  for (let tries = 0; tries < most && metas.length < wanted; tries += 1) {
    const stop = new AbortController()
    try {
      for await (const page of session.connect(account, keep, { ...madeEdges().edges, clock }, stop.signal)) {
        safe(page, kept)
        metas.push(...page.raws.map((raw) => raw.meta ?? {}))
        if (metas.length >= wanted) break
      }
    } catch {
      failures += 1
    }
    stop.abort()
  }
  return { uids: metas.map((it) => it['uid'] ?? ''), metas, failures, health }
}
function safe(page: Page, kept: Map<string, string>): void {
  for (const [name, value] of Object.entries(page.keep)) {
    if (value === null) kept.delete(name)
    else kept.set(name, value)
  }
}
const { clock } = madeEdges().edges
const hasty: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(ms / 300, signal) }
const isBodyOf = ({ name, words }: ScriptedCommand): boolean => name === 'UID FETCH' && words.includes('BODY')

describe('a server that misbehaves', () => {
  it('F15 G8 a connection dropped in the middle of a FETCH loses nothing', async () => {
    server = await scriptedImap((command) => {
      if (!isBodyOf(command) || command.nth > 1) return false
      command.socket.write('* 1 FETCH (UID 1 BODY[] {5000}\r\nhalf of it')
      command.socket.destroySoon()
      return true
    })
    server.mails.push(mail(1), mail(2), mail(3))
    const seen = await read(3)
    expect(seen.uids).toEqual(['1', '2', '3'])
    expect(seen.failures).toBeGreaterThan(0)
  })

  it('F15 a mail deleted between SEARCH and FETCH is passed over', async () => {
    server = await scriptedImap((command) => {
      if (command.name !== 'UID SEARCH' || command.nth > 0) return false
      command.say('* SEARCH 1 2 3')
      command.say(`${command.tag} OK done`)
      server.mails.splice(1, 1)
      return true
    })
    server.mails.push(mail(1), mail(2), mail(3))
    expect((await read(2)).uids).toEqual(['1', '3'])
  })

  it('F15 P6 a literal that is longer than was announced does not stop the mailbox: the others come', async () => {
    server = await scriptedImap((command) => {
      if (!isBodyOf(command) || !/^(?:2|1:3|2:3)\b/.test(command.words)) return false
      command.say('* 2 FETCH (UID 2 BODY[] {5}\r\nmuch more ( than " five)')
      command.say(`${command.tag} OK done`)
      return true
    })
    server.mails.push(mail(1), mail(2), mail(3))
    const seen = await read(3)
    expect(seen.uids).toEqual(['1', '2', '3'])
    expect(seen.metas[1]?.['lost'] ?? seen.metas[1]?.['cutFrom'] ?? 'short').toBeTruthy()
  })

  it('F15 P6 a literal larger than is taken is put aside, and reading goes on behind it', async () => {
    server = await scriptedImap((command) => {
      if (!isBodyOf(command) || !/^(?:2|1:3|2:3)\b/.test(command.words)) return false
      command.socket.write('* 2 FETCH (UID 2 BODY[] {900000000}\r\n')
      return true
    })
    server.mails.push(mail(1), mail(2), mail(3))
    const seen = await read(3)
    expect(seen.uids).toEqual(['1', '2', '3'])
    expect(seen.metas[1]?.['lost']).toContain('LiteralTooLarge')
  })

  it('F15 P6 a line that never ends does not fill the memory: its mail is put aside, and reading goes on behind it', async () => {
    server = await scriptedImap((command) => {
      if (!isBodyOf(command) || !/^(?:2|1:3|2:3)\b/.test(command.words)) return false
      const endless = Buffer.alloc(1_000_000, 'x')
      command.socket.write('* 2 FETCH (UID 2 FLAGS (')
      const more = (): void => {
        while (!command.socket.destroyed && command.socket.write(endless));
        if (!command.socket.destroyed) command.socket.once('drain', more)
      }
      more()
      return true
    })
    server.mails.push(mail(1), mail(2), mail(3))
    const before = process.memoryUsage().rss
    const seen = await read(3)
    expect(seen.uids).toEqual(['1', '2', '3'])
    expect(seen.metas[1]?.['lost']).toContain('LineTooLarge')
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
  })

  it('F15 P6 a server that falls silent in the middle of a mail is not waited for without end', async () => {
    server = await scriptedImap((command) => {
      if (!isBodyOf(command) || !/^(?:2|1:3|2:3)\b/.test(command.words)) return false
      command.socket.write('* 2 FETCH (UID 2 BODY[] {5000}\r\nthe beginning')
      return true
    })
    server.mails.push(mail(1), mail(2), mail(3))
    // A minute takes a fifth of a second.
    const seen = await read(3, begun(), 12, hasty)
    expect(seen.uids).toEqual(['1', '2', '3'])
    expect(seen.metas[1]?.['lost']).toContain('longer than 60 s')
  })

  it('F15 G8 other UIDs in the middle of a session are noticed, and what came with them is read', async () => {
    server = await scriptedImap()
    server.mails.push(mail(1))
    const kept = begun()
    expect((await read(1, kept)).uids).toEqual(['1'])
    server.uidValidity = 2
    server.mails.splice(0, 1, mail(1), mail(2))
    const seen = await read(2, kept)
    expect(seen.metas.map((it) => [it['uidvalidity'], it['uid']])).toEqual([
      ['2', '1'],
      ['2', '2'],
    ])
  })

  it('F15 BYE ends a session, and the next one goes on', async () => {
    server = await scriptedImap((command) => {
      if (!isBodyOf(command) || command.nth > 1) return false
      command.say('* BYE maintenance')
      command.socket.end()
      return true
    })
    server.mails.push(mail(1))
    const seen = await read(1)
    expect(seen.uids).toEqual(['1'])
  })

  it('a mail that becomes visible late is found, below one that was read already', async () => {
    server = await scriptedImap()
    server.mails.push(mail(1), mail(3))
    const kept = begun()
    expect((await read(2, kept)).uids).toEqual(['1', '3'])
    server.mails.splice(1, 0, mail(2))
    expect((await read(1, kept)).uids).toEqual(['2'])
  })

  it('G8 a server that does not say which UID comes next has nothing read anew for that', async () => {
    server = await scriptedImap((command) => {
      if (command.name !== 'SELECT' && command.name !== 'EXAMINE') return false
      command.say(`* ${server.mails.length} EXISTS`)
      command.say(`* OK [UIDVALIDITY ${server.uidValidity}] valid`)
      command.say(`${command.tag} OK done`)
      return true
    })
    server.mails.push(mail(1))
    const kept = begun()
    expect((await read(1, kept)).uids).toEqual(['1'])
    server.mails.push(mail(2))
    expect((await read(1, kept)).uids).toEqual(['2'])
  })

  it.each([
    ['is not offered', () => false],
    [
      'is offered and refused',
      (command: ScriptedCommand) => {
        if (command.name === 'CAPABILITY') command.say('* CAPABILITY IMAP4rev1 STARTTLS')
        if (command.name === 'STARTTLS') command.say(`${command.tag} NO not now`)
        else if (command.name === 'CAPABILITY') command.say(`${command.tag} OK done`)
        return command.name === 'STARTTLS' || command.name === 'CAPABILITY'
      },
    ],
  ])('S21 where an upgrade is demanded and %s, nobody logs in, and the account says so', async (_how, script) => {
    const seen: string[] = []
    server = await scriptedImap((command) => (seen.push(command.name), script(command)))
    const { health, uids } = await read(1, begun(), 1, hasty, { tls: 'starttls' })
    expect([uids, seen.filter((it) => it === 'LOGIN' || it === 'AUTHENTICATE')]).toEqual([[], []])
    expect(health).toEqual([{ state: 'degraded', why: expect.stringContaining('does not support STARTTLS') as string }])
  })

  it('too many connections is no wrong password', async () => {
    server = await scriptedImap((command) => {
      if (command.name !== 'LOGIN') return false
      command.say(`${command.tag} NO [ALERT] Too many simultaneous connections. (Failure)`)
      return true
    })
    const stop = AbortSignal.timeout(3_000)
    const kept = begun()
    const health: string[] = []
    const account = {
      id: 'main',
      route: 'us@example.test',
      settings: { address: 'us@example.test', imap: { host: '127.0.0.1', port: server.port, tls: false } },
      secret: () => Promise.resolve('pw'),
      state: 'connected',
      expiresAt: () => null,
      health: (state: string) => void health.push(state),
    } as unknown as Account<Settings, SecretName>
    const keep = { get: (name: string) => Promise.resolve(kept.get(name) ?? null) }
    for await (const page of makeSession().connect(account, keep, madeEdges().edges, stop)) safe(page, kept)
    expect(health).toEqual([])
    expect(server.logins()).toBe(1)
    expect(kept.get('silent since')).toBeDefined()
  })
})
