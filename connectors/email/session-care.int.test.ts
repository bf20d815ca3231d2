// What an administrator asks of a mailbox beyond reading it, and what they are told when it is not read: on a real Dovecot, and on a server that is not there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account, Page } from '../../core/ports/channel.ts'
import type { Clock } from '../../core/ports/edges.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { madeEdges } from '../../test/support/made-account.ts'
import { makeSession } from './session/index.ts'
import { test as testAccount } from './test.ts'
import type { SecretName, Settings } from './settings.ts'

let server: Dovecot
beforeAll(async () => {
  server = await startDovecot()
})
afterAll(() => server.stop())

const mail = (n: number | string): string =>
  `Message-ID: <m${n}@customer.test>\r\nFrom: Ana <ana@customer.test>\r\nSubject: Mail ${n}\r\n\r\nHello ${n}\r\n`

interface Made {
  readonly user: string
  readonly settings?: Partial<Settings>
  readonly secrets?: Record<string, string>
  readonly kept?: Map<string, string>
  readonly clock?: Clock
  renew?(): string
}
function connection({ user, settings = {}, secrets = {}, kept = new Map(), clock, renew }: Made) {
  const health: { state: string; why: string }[] = []
  const values: Record<string, string> = { password: server.password, ...secrets }
  const account = {
    id: user,
    route: user,
    settings: {
      address: user,
      imap: { host: '127.0.0.1', port: server.tlsPort, tls: true },
      caFile: server.caFile,
      ...settings,
    },
    secret: (name: string) => Promise.resolve(values[name] ?? ''),
    state: 'connected',
    expiresAt: () => null,
    renew: async (name: string, make: (old: string) => Promise<{ readonly value: string }>) => {
      if (renew !== undefined) return (values[name] = renew())
      return (values[name] = (await make('')).value)
    },
    health: (state: string, why: string) => void health.push({ state, why }),
  } as unknown as Account<Settings, SecretName>
  const stop = new AbortController()
  const made = madeEdges()
  const edges = clock === undefined ? made.edges : { ...made.edges, clock }
  const keep = { get: (name: string) => Promise.resolve(kept.get(name) ?? null) }
  const safe = (page: Page): void => {
    for (const [name, value] of Object.entries(page.keep))
      if (value === null) kept.delete(name)
      else kept.set(name, value)
  }
  const pages = () => makeSession().connect(account, keep, edges, stop.signal)[Symbol.asyncIterator]()
  const tested = () => testAccount(account, edges, stop.signal)
  return { health, kept, stop, pages, safe, tested, lines: made.lines }
}

describe('what an administrator may ask', () => {
  it('P7 markSeen marks a mail as read when it is safe here, and not before', async () => {
    const user = 'seen@example.test'
    const { pages, stop, safe } = connection({ user, settings: { markSeen: true } })
    const reading = pages()
    safe((await reading.next()).value as Page)
    server.deliver(user, mail(1))
    let page = (await reading.next()).value as Page
    while (page.raws.length === 0) page = (await reading.next()).value as Page
    // Held, not safe yet.
    expect(server.stored(user)).toEqual({ all: 1, seen: 0 })
    safe(page)
    void reading.next()
    await expect.poll(() => server.stored(user), { timeout: 10_000 }).toEqual({ all: 1, seen: 1 })
    stop.abort()
  })

  it('the first look from a named day says how far it is, and greets nobody', async () => {
    const user = 'history@example.test'
    for (let n = 0; n < 250; n += 1) server.deliver(user, mail(n), { at: new Date(Date.parse('2026-03-05') + n) })
    const { pages, stop, safe, health, lines } = connection({ user, settings: { since: '2026-03-01' } })
    const metas: Record<string, string>[] = []
    for (let reading = pages(); !health.some((it) => it.why.startsWith('All old mail'));) {
      const page = (await reading.next()).value as Page
      safe(page)
      metas.push(...page.raws.map((it) => it.meta as Record<string, string>))
    }
    stop.abort()
    expect(metas.map((it) => it['import'])).toEqual(Array.from({ length: 250 }, () => 'yes'))
    expect(health[0]).toEqual({ state: 'connected', why: 'Reading old mail of INBOX: 100 of 250' })
    expect(health.at(-1)).toEqual({ state: 'connected', why: 'All old mail of INBOX is read: 250' })
    expect(lines.filter((it) => it.message === 'reading old mail').length).toBeGreaterThan(0)
  })

  it('F15 P8 a token that is refused before its end is renewed once, and the mailbox is read with the new one', async () => {
    const user = 'token@example.test'
    server.tokens.set('the-renewed-token', user)
    let renewals = 0
    const { pages, stop, safe, health } = connection({
      user,
      settings: {
        imap: { host: '127.0.0.1', port: server.tlsPort, tls: true },
        oauth: { clientId: 'c', tokenUrl: 'http://127.0.0.1:9/token' },
      },
      secrets: { accessToken: 'an-expired-token', refreshToken: 'r' },
      renew: () => ((renewals += 1), 'the-renewed-token'),
    })
    const reading = pages()
    safe((await reading.next()).value as Page)
    void reading.next()
    await expect.poll(() => health, { timeout: 10_000 }).toContainEqual({ state: 'connected', why: 'Reading INBOX' })
    expect([renewals, health.filter((it) => it.state !== 'connected')]).toEqual([1, []])
    stop.abort()
  })
})

describe('a folder that was renamed', () => {
  it('D31 B19 F15 is said, and the others are read', async () => {
    const user = 'renamed@example.test'
    const { pages, stop, safe, health } = connection({ user, settings: { folders: ['INBOX', 'Sales'] } })
    const reading = pages()
    safe((await reading.next()).value as Page)
    const next = reading.next()
    await expect
      .poll(() => health, { timeout: 10_000 })
      .toEqual([
        {
          state: 'degraded',
          why: expect.stringMatching(/^Reading INBOX; not Sales, which is not there: .*doesn't exist/) as string,
        },
      ])
    server.deliver(user, mail(1))
    const page = (await next).value as Page
    expect(page.raws.map((it) => it.meta?.['folder'])).toEqual(['INBOX'])
    stop.abort()
  })

  it('D31 B19 is found by the test of the account, whichever of its folders it is; each is named', async () => {
    const of = (folders: string[]) => connection({ user: 'tested@example.test', settings: { folders } })
    expect(await of(['INBOX', 'Sales', '\\Archive']).tested()).toMatchObject({
      ok: false,
      why: 'The mailbox has no folder Sales, \\Archive; tested@example.test can read INBOX at 127.0.0.1. Nothing can be sent: there is no smtp',
    })
    expect(await of(['INBOX', 'INBOX']).tested()).toMatchObject({
      ok: true,
      why: 'tested@example.test can read INBOX at 127.0.0.1. Nothing can be sent: there is no smtp',
    })
    expect(await of(['Sales']).tested()).toMatchObject({ ok: false, why: expect.stringMatching(/no folder Sales\. /) })
  })

  it('D31 B19 is the account’s trouble where it is the only one', async () => {
    const { pages, stop, health } = connection({ user: 'only@example.test', settings: { folders: ['Sales'] } })
    const reading = pages().next()
    await expect
      .poll(() => health, { timeout: 10_000 })
      .toEqual([
        { state: 'degraded', why: expect.stringMatching(/^The mailbox cannot be read: .*doesn't exist/) as string },
      ])
    stop.abort()
    await reading
  })
})

it('P8 B19 a mailbox that could not be looked at for silentMinutes says so aloud, also when another process goes on', async () => {
  const clock = handClock()
  const kept = new Map<string, string>()
  const nobody = { host: '127.0.0.1', port: 9, tls: false } as const
  const attempt = async () => {
    const { pages, safe, health } = connection({
      user: 'silent@example.test',
      settings: { imap: nobody, silentMinutes: 5 },
      kept,
      clock,
    })
    const reading = pages()
    for (;;) {
      const next = await reading.next().catch(() => null)
      if (next === null || next.done === true) return health
      safe(next.value)
    }
  }
  expect(await attempt()).toEqual([])
  await clock.advance(4 * 60_000)
  expect(await attempt()).toEqual([])
  await clock.advance(2 * 60_000)
  expect(await attempt()).toEqual([
    {
      state: 'degraded',
      why: expect.stringMatching(/^No successful look at the mailbox for 6 minutes: .*ECONNREFUSED/) as string,
    },
  ])
})
