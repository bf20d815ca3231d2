// Reading a mailbox on a real Dovecot: what becomes a page, when the position moves, and what is left as it was.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account, Page } from '../../core/ports/channel.ts'
import { madeEdges } from '../../test/support/made-account.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import { mailAccount } from './fixtures/mail-account.ts'
import type { SecretName, Settings } from './settings.ts'
import { makeSession } from './session/index.ts'
import { test } from './test.ts'

let server: Dovecot
beforeAll(async () => {
  server = await startDovecot()
})
afterAll(() => server.stop())

let boxes = 0
const fresh = (): string => `box${(boxes += 1)}@example.test`
const mail = (n: number | string, body = 'Hello'): string =>
  `Message-ID: <m${n}@customer.test>\r\nFrom: Ana <ana@customer.test>\r\nTo: us@example.test\r\nSubject: Mail ${n}\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n${body} ${n}\r\n`
const numberIn = (page: Page): readonly string[] =>
  page.raws.map((raw) => /^Subject: Mail (\S+)/m.exec(Buffer.from(raw.bytes).toString('latin1'))?.[1] ?? '?')

interface Reader {
  readonly kept: Map<string, string>
  readonly health: { readonly state: string; readonly why: string }[]
  /** The next page that holds mail; the one before is safe by then. */
  mails(): Promise<readonly string[]>
  /** Pages without mail are kept on the way. */
  next(): Promise<Page | null>
  /** The last page is safe, and nothing further is asked for. */
  safe(): void
  /** What a process leaves behind that dies now: the last page is not kept. */
  leave(): Promise<void>
}
interface Asked {
  readonly settings?: Partial<Settings>
  readonly secrets?: Readonly<Record<string, string>>
  readonly kept?: Map<string, string>
  readonly state?: Account['state']
}
function reader(user: string, asked: Asked = {}): Reader {
  const { settings = {}, secrets, kept = new Map(), state: standing = 'connected' } = asked
  const health: { state: string; why: string }[] = []
  const values: Readonly<Record<string, string>> = secrets ?? { password: server.password }
  const account: Account<Settings, SecretName> = {
    id: user,
    route: user,
    settings: {
      address: user,
      imap: { host: '127.0.0.1', port: server.tlsPort, tls: true },
      caFile: server.caFile,
      ...settings,
    },
    secret: (name) => (values[name] === undefined ? Promise.resolve('') : Promise.resolve(values[name])),
    state: standing,
    expiresAt: () => null,
    renew: () => Promise.reject(new Error('not in this test')),
    health: (state, why) => void health.push({ state, why }),
  }
  const stop = new AbortController()
  const keep = { get: (name: string) => Promise.resolve(kept.get(name) ?? null) }
  const { edges } = madeEdges()
  const pages = makeSession().connect(account, keep, edges, stop.signal)[Symbol.asyncIterator]()
  let last: Page | null = null
  const safe = (): void => {
    for (const [name, value] of Object.entries(last?.keep ?? {})) {
      if (value === null) kept.delete(name)
      else kept.set(name, value)
    }
  }
  const next = async (): Promise<Page | null> => {
    safe()
    last = null
    const { done, value } = await pages.next()
    last = done === true ? null : value
    return last
  }
  return {
    kept,
    health,
    next,
    safe,
    async mails() {
      for (;;) {
        const page = await next()
        if (page === null) return []
        if (page.raws.length > 0) return numberIn(page)
      }
    },
    async leave() {
      const over = last === null ? undefined : pages.return?.()
      stop.abort()
      await over
    },
  }
}

describe('a mailbox', () => {
  it('P7 the first connection takes new mail only, and leaves everything as it was', async () => {
    const user = fresh()
    server.deliver(user, mail('old'))
    const at = reader(user)
    await at.next()
    server.deliver(user, mail(1))
    expect(await at.mails()).toEqual(['1'])
    server.deliver(user, mail(2))
    expect(await at.mails()).toEqual(['2'])
    expect(at.health).toContainEqual({ state: 'connected', why: 'Reading INBOX' })
    expect(server.stored(user)).toEqual({ all: 3, seen: 0 })
    await at.leave()
  })

  it('G8 P2 the position moves only after the page was safe: who dies before reads the same again, who dies after does not', async () => {
    const user = fresh()
    const kept = new Map<string, string>()
    const first = reader(user, { kept })
    await first.next()
    server.deliver(user, mail(1))
    expect(await first.mails()).toEqual(['1'])
    await first.leave()
    const again = reader(user, { kept })
    expect(await again.mails()).toEqual(['1'])
    server.deliver(user, mail(2))
    expect(await again.mails()).toEqual(['2'])
    await again.leave()
    const third = reader(user, { kept })
    expect(await third.mails()).toEqual(['2'])
    await third.leave()
  })

  it('G8 a changed UIDVALIDITY reads the last days again and goes on; nothing from before we came', async () => {
    const user = fresh()
    const kept = new Map<string, string>()
    server.deliver(user, mail('old'), { at: new Date(Date.now() - 3_600_000) })
    const first = reader(user, { kept })
    await first.next()
    server.deliver(user, mail(1))
    expect(await first.mails()).toEqual(['1'])
    server.deliver(user, mail(2))
    expect(await first.mails()).toEqual(['2'])
    await first.leave()
    server.newUids(user)
    const again = reader(user, { kept })
    expect((await again.mails()).toSorted()).toEqual(['1', '2'])
    server.deliver(user, mail(3))
    expect(await again.mails()).toEqual(['3'])
    await again.leave()
  })

  it('G8 P7 an account that is given another mailbox begins that one, also where its UIDs look as if they went on', async () => {
    const [one, other] = [fresh(), fresh()]
    const kept = new Map<string, string>()
    for (const n of ['a', 'b', 'c']) server.deliver(one, mail(n))
    server.deliver(other, mail('old'), { at: new Date(Date.now() - 3_600_000) })
    const first = reader(one, { kept })
    await first.next()
    first.safe()
    await first.leave()
    // As at providers that give every mailbox the same.
    const place = (of: Map<string, string>) => JSON.parse(of.get('folder INBOX') ?? '{}') as { uidValidity: string }
    const peek = reader(other)
    await peek.next()
    peek.safe()
    await peek.leave()
    kept.set('folder INBOX', JSON.stringify({ ...place(kept), uidValidity: place(peek.kept).uidValidity }))
    const second = reader(other, { kept })
    await second.next()
    second.safe()
    server.deliver(other, mail(1))
    expect(await second.mails()).toEqual(['1'])
    await second.leave()
  })

  it('G8 a mailbox that is reached in another way, or whose UIDs begin anew, is read on without a gap', async () => {
    const user = fresh()
    const kept = new Map<string, string>()
    const first = reader(user, { kept })
    await first.next()
    first.safe()
    await first.leave()
    server.deliver(user, mail(1))
    const moved = reader(user, { kept, settings: { imap: { host: 'localhost', port: server.tlsPort, tls: true } } })
    expect(await moved.mails()).toEqual(['1'])
    await moved.leave()
    // Set up anew from a copy: the server counts on from below, under the same UIDVALIDITY.
    const place = JSON.parse(kept.get('folder INBOX') ?? '{}') as Record<string, unknown>
    kept.set('folder INBOX', JSON.stringify({ ...place, lastUid: 5_000 }))
    server.deliver(user, mail(2))
    const again = reader(user, { kept })
    expect(await again.mails()).toEqual(['1', '2'])
    await again.leave()
  })

  it('reads from the day that was named, as history', async () => {
    const user = fresh()
    server.deliver(user, mail('ancient'), { at: new Date('2020-01-05T12:00:00Z') })
    server.deliver(user, mail('a'), { at: new Date('2026-03-05T12:00:00Z') })
    server.deliver(user, mail('b'), { at: new Date('2026-03-06T12:00:00Z') })
    const at = reader(user, { settings: { since: '2026-03-01' } })
    await at.next()
    const page = await at.next()
    expect(numberIn(page as Page)).toEqual(['a', 'b'])
    expect(page?.raws[0]?.meta).toMatchObject({
      import: 'yes',
      folder: 'INBOX',
      internalDate: '2026-03-05T12:00:00.000Z',
    })
    server.deliver(user, mail('new'))
    const live = await at.mails()
    expect(live).toEqual(['new'])
    await at.leave()
  })

  it('reads several folders, the spam folder by what it is', async () => {
    const user = fresh()
    const at = reader(user, { settings: { folders: ['INBOX', '\\Junk'] } })
    server.deliver(user, mail('x'))
    await at.next()
    await at.next()
    expect([...at.kept.keys(), 'folder INBOX']).toContain('folder Junk')
    await at.leave()
  })

  it('brings 1,000 mails in bounded batches, each once', async () => {
    const user = fresh()
    const kept = new Map<string, string>()
    const first = reader(user, { kept })
    await first.next()
    first.safe()
    await first.leave()
    for (let n = 0; n < 1_000; n += 1) server.deliver(user, mail(n))
    const at = reader(user, { kept })
    const seen: string[] = []
    while (seen.length < 1_000) {
      const found = await at.mails()
      expect(found.length).toBeLessThanOrEqual(100)
      seen.push(...found)
    }
    expect(new Set(seen).size).toBe(1_000)
    await at.leave()
  })
})

describe('logging in', () => {
  it('B19 P8 that SMTP refused the password is not taken back by a mailbox that is read, nor by one that is not; what the mailbox refused is', async () => {
    const user = fresh()
    const at = reader(user, { state: 'auth_failed' })
    await at.next()
    server.deliver(user, mail(1))
    expect(await at.mails()).toEqual(['1'])
    expect(at.health).toEqual([])
    await at.leave()

    const smtpOnly = makeSession()
    for (const state of ['auth_failed', 'connecting'] as const) {
      const told: string[] = []
      const account = mailAccount({ address: user, smtp: { host: '127.0.0.1', port: 25, tls: false } })
      const stop = AbortSignal.timeout(500)
      const said = { ...account, state, health: (to: string) => void told.push(to) }
      const pages = smtpOnly.connect(said, { get: () => Promise.resolve(null) }, madeEdges().edges, stop)
      await pages[Symbol.asyncIterator]().next()
      expect(told).toEqual(state === 'connecting' ? ['connected'] : [])
    }

    const refused = reader(user, { secrets: { password: 'wrong-password' }, kept: at.kept })
    await refused.next()
    refused.safe()
    await refused.leave()
    const again = reader(user, { state: 'auth_failed', kept: at.kept })
    await again.next()
    server.deliver(user, mail(2))
    expect(await again.mails()).toEqual(['2'])
    expect(again.health.map(({ state }) => state)).toEqual(['connected'])
    expect([...at.kept.keys()]).not.toContain('refused since')
    await again.leave()
  })
  it('D31 a wrong password is auth_failed, with what the server said and without the password', async () => {
    const user = fresh()
    const at = reader(user, { secrets: { password: 'wrong-password' } })
    const waiting = at.next()
    await expect.poll(() => at.health, { timeout: 10_000 }).toHaveLength(1)
    expect(at.health[0]).toMatchObject({ state: 'auth_failed' })
    expect(at.health[0]?.why).not.toContain('wrong-password')
    await at.leave()
    await waiting
  })

  it('S21 a certificate that nobody vouches for is refused, and said', async () => {
    const at = reader(fresh(), { settings: { caFile: '/etc/ssl/certs/ca-certificates.crt' } })
    const waiting = at.next()
    await expect.poll(() => at.health, { timeout: 10_000 }).toHaveLength(1)
    expect(at.health[0]?.state).toBe('degraded')
    await at.leave()
    await waiting
  })

  it('STARTTLS and XOAUTH2 open a mailbox', async () => {
    const user = fresh()
    server.tokens.set('token-of-test', user)
    const settings = {
      imap: { host: 'localhost', port: server.port, tls: 'starttls' as const },
      oauth: { clientId: 'c', tokenUrl: 'http://127.0.0.1:9/token' },
    }
    const at = reader(user, { settings, secrets: { accessToken: 'token-of-test' } })
    await at.next()
    server.deliver(user, mail(1))
    expect(await at.mails()).toEqual(['1'])
    await at.leave()
  })

  it('the account’s test says whether it can be read', async () => {
    const { edges } = madeEdges()
    const settings = {
      address: 'a@example.test',
      imap: { host: '127.0.0.1', port: server.tlsPort },
      caFile: server.caFile,
    }
    const account = { id: 'a', settings, secret: () => Promise.resolve(server.password) } as unknown as Account<
      Settings,
      SecretName
    >
    expect(await test(account, edges, AbortSignal.timeout(10_000))).toMatchObject({ ok: true })
  })
})
