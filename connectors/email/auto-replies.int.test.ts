// Automatic replies over real mailboxes: a customer is answered once, in their thread and language; and two gateways that answer each other come to rest.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/desk.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import { endGateways, masterKey, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { post, type Post, type Sent } from './stand-in/post.ts'

let dovecot: Dovecot
let smtp: Post
const databases = new Map<Gateway, FreshDatabase>()
/** What went through the post, as it was sent. */
const sent: Sent[] = []
/** Brings what was sent into the mailbox of whom it is for; null: nobody's. */
let brings: (mail: Sent, to: string) => { readonly to: string; readonly bytes: string } | null = (mail, to) => ({
  to,
  bytes: mail.bytes.toString('latin1'),
})

beforeAll(async () => {
  dovecot = await startDovecot()
  smtp = await post({
    opens: (_user, password) => password === dovecot.password,
    nextFault: () => null,
    accept(mail) {
      sent.push(mail)
      for (const to of mail.to) {
        const brought = brings(mail, to)
        if (brought !== null) dovecot.deliver(brought.to, Buffer.from(brought.bytes, 'latin1'))
      }
    },
    answered: () => undefined,
    latencyMs: 0,
  })
}, 60_000)
afterAll(async () => {
  await endGateways()
  await smtp.stop()
  await dovecot.stop()
  for (const database of databases.values()) await database.close()
})

async function house(address: string, text: string): Promise<Gateway> {
  const database = await freshDatabase()
  const gateway = await startGateway({ env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey } })
  databases.set(gateway, database)
  const made = async (path: string, body: object): Promise<void> => {
    const { status, text: said } = await gateway.call('POST', path, { body })
    expect(status, said).toBe(201)
  }
  await made('/v1/brands', { id: 'shop', name: 'Shop', language: 'en' })
  const settings = {
    address,
    imap: { host: '127.0.0.1', port: dovecot.tlsPort, tls: true },
    smtp: { host: '127.0.0.1', port: smtp.port, tls: false },
    caFile: dovecot.caFile,
    automaticTickets: true,
    layouts: { tr: { text: 'Sayın müşterimiz,\n{{body}}\nDükkân' } },
  }
  const secrets = { password: dovecot.password }
  await made('/v1/accounts', { channel: 'email', id: 'main', brand: 'shop', settings, secrets })
  const texts = { en: { text }, tr: { text: `${text} (tr)`, html: '<p>Numaranız <b>{{ticket.number}}</b></p>' } }
  await made('/v1/auto-replies', { id: 'thanks', name: 'Thanks', kind: 'opened', texts })
  type Shown = { readonly health: { readonly state: string } }
  await until(
    async () => (await gateway.call<Shown>('GET', '/v1/accounts/email/main')).body,
    ({ health }) => health.state === 'connected',
  )
  return gateway
}
let teams: Promise<Gateway> | undefined
/** One for everything that is written to the team. */
const team = (): Promise<Gateway> => (teams ??= house('team@desk.test', 'Thank you.'))
interface Item {
  readonly id: string
  readonly number: number
  readonly status: string
  readonly event?: string
  readonly why?: string
  readonly kind?: string
  readonly state?: string
}
const list = async (gateway: Gateway, path: string): Promise<readonly Item[]> =>
  (await gateway.call<{ readonly items: readonly Item[] }>('GET', path)).body.items
const headerOf = (mail: Sent, name: string): string | null =>
  new RegExp(`^${name}:\\s*(.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(mail.bytes.toString('latin1'))?.[1]?.trim() ?? null

let mails = 0
function mail(from: string, to: string, subject: string, more: readonly string[] = []): string {
  const head = [
    `Message-ID: <c${(mails += 1)}@people.test>`,
    `From: Ana <${from}>`,
    `To: <${to}>`,
    `Subject: ${subject}`,
  ]
  const date = `Date: ${new Date().toUTCString()}`
  return `${[...head, date, ...more].join('\r\n')}\r\n\r\nMerhaba, siparişim hâlâ gelmedi, ne zaman gelecek?\r\n`
}

it('D11 D27 P10 G21 a customer is answered once, in their thread, under marks that every robot knows; and no robot is answered', async () => {
  brings = () => null
  const gateway = await house('help@one.test', 'Thank you, {{ticket.number}}.')
  sent.length = 0
  dovecot.deliver('help@one.test', mail('ana@people.test', 'help@one.test', 'Order 42'))
  await until(
    () => Promise.resolve(sent.length),
    (count) => count > 0,
  )
  const [answer] = sent
  expect(answer?.to).toEqual(['ana@people.test'])
  const marks = ['Auto-Submitted', 'X-Auto-Response-Suppress', 'Precedence', 'X-Loop']
  expect(marks.map((it) => headerOf(answer!, it))).toEqual(['auto-replied', 'All', 'bulk', 'help@one.test'])
  expect([headerOf(answer!, 'In-Reply-To'), headerOf(answer!, 'References')]).toEqual([
    '<c1@people.test>',
    '<c1@people.test>',
  ])
  expect(answer?.from).toMatch(/^help\+b\.[0-9a-f]{32}@one\.test$/)
  const [ticket] = await list(gateway, '/v1/tickets')
  expect(ticket).toMatchObject({ status: 'new', language: 'tr' })
  // Quoted-printable on the wire: what the customer got is what the ticket shows.
  const told = await list(gateway, `/v1/tickets/${ticket?.id}/history`)
  expect(told.map(({ why }) => why)).toContain('Automatic reply “Thanks”: always')
  const messages = await list(gateway, `/v1/tickets/${ticket?.id}/messages`)
  expect(messages.map(({ kind }) => kind)).toEqual(['user', 'auto'])
  const robots: readonly (readonly [string, readonly string[]])[] = [
    ['ana@people.test', ['Auto-Submitted: auto-replied']],
    ['ana@people.test', ['X-Auto-Response-Suppress: OOF']],
    ['ana@people.test', ['Return-Path: <>']],
    ['ana@people.test', ['Precedence: list', 'List-Id: <news.people.test>']],
    ['no-reply@people.test', []],
    ['ana@people.test', ['Precedence: bulk']],
  ]
  for (const [n, [from, more]] of robots.entries())
    dovecot.deliver('help@one.test', mail(from, 'help@one.test', `Robot ${n}`, more))
  const tickets = await until(
    () => list(gateway, '/v1/tickets?limit=50'),
    (found) => found.length === robots.length + 1,
  )
  // Only `Precedence` stands on the last one, as on what shops' own programs send: it comes after all others and is answered.
  await until(
    () => Promise.resolve(sent.length),
    (count) => count === 2,
  )
  expect(headerOf(sent[1]!, 'Subject')).toBe('Re: Robot 5')
  // One after the other by ticket, not by time: others may still be thought over when the last is answered.
  await until(
    () =>
      Promise.all(
        tickets.map(async ({ id }) => {
          const told = await list(gateway, `/v1/tickets/${id}/history`)
          return told.filter((it) => it.event === 'ticket.auto_reply_withheld').length
        }),
      ),
    (found) => found.toSorted().join() === '0,0,1,1,1,1,1',
  )
}, 60_000)

const stripped = (bytes: string): string =>
  bytes.replace(
    /^(?:Auto-Submitted|X-Auto-Response-Suppress|Precedence|X-Loop|In-Reply-To|References):.*(?:\r\n[ \t].*)*\r\n/gim,
    '',
  )

it('G21 P10 two gateways that answer each other by themselves come to rest, by their marks and, where those are lost and addresses vary, by budget', async () => {
  const [one, two] = [await house('bot@left.test', 'Left is here.'), await house('bot@right.test', 'Right is here.')]
  /** Of a run: what was sent, so many at least, until both have been silent for two looks at their mailboxes. */
  async function rest(atLeast: number, ...begins: readonly string[]): Promise<number> {
    sent.length = 0
    for (const subject of begins) dovecot.deliver('bot@right.test', mail('bot@left.test', 'bot@right.test', subject))
    let before = -1
    let silent = 0
    await until(
      async () => {
        const gateways = await Promise.all([one, two].map((it) => list(it, '/v1/tickets?limit=200')))
        const now = sent.length * 1_000 + gateways.flat().length
        silent = now === before ? silent + 1 : 0
        before = now
        await new Promise((done) => setTimeout(done, 250))
        return silent
      },
      (quiet) => sent.length >= atLeast && quiet >= 8,
      50_000,
    )
    return sent.length
  }
  brings = (it, to) => ({ to: to.replace(/\+[^@]*/, ''), bytes: it.bytes.toString('latin1') })
  expect(await rest(1, 'With its marks')).toBe(1)
  // Both ways every sign is lost, each mail is a new thread, and whoever writes is called otherwise each time.
  let n = 0
  brings = (it, to) => {
    const bytes = stripped(it.bytes.toString('latin1'))
      .replace(/^From:.*bot@(\w+)\.test.*$/im, (_line, side: string) => `From: bot${(n += 1)}@${side}.test`)
      .replace(/^Reply-To:.*\r\n/im, '')
      .replace(/^Message-ID:.*$/im, `Message-ID: <varied${n}@mail.test>`)
    return { to: to.replace(/^bot\d*(?:\+[^@]*)?@/, 'bot@'), bytes }
  }
  // Several at once: they come to the end of the budget the sooner.
  const many = await rest(21, ...Array.from({ length: 10 }, (_, at) => `Without any sign ${at}`))
  // Twenty an hour to a domain, each way: without a budget they would never have ended.
  expect(many).toBeGreaterThan(20)
  expect(many).toBeLessThanOrEqual(40)
  const spoken = await Promise.all(
    [one, two].map(async (it) => (await list(it, '/v1/events?limit=200&types=ticket.auto_reply_withheld')).length),
  )
  expect(Math.max(...spoken)).toBeGreaterThan(0)
}, 120_000)

it('D72 P11 an agent is told of their ticket by mail; what they answer to it, and its bounce, open no ticket and join none', async () => {
  brings = () => null
  const gateway = await team()
  const made = async (path: string, body: object): Promise<void> => {
    const { status, text } = await gateway.call('POST', path, { body })
    expect(status, text).toBe(201)
  }
  await made('/v1/agents', { id: 'ada', name: 'Ada', email: 'ada@staff.test' })
  await made('/v1/agents', { id: 'own', name: 'Own', email: 'team@desk.test' })
  await made('/v1/notifications', {
    id: 'all',
    name: 'All',
    on: ['assigned', 'customerReplied'],
    account: 'email/main',
  })
  dovecot.deliver('team@desk.test', mail('ana@people.test', 'team@desk.test', 'Order 7'))
  const [ticket] = await until(
    () => list(gateway, '/v1/tickets'),
    (found) => found.length === 1,
  )
  const path = `/v1/tickets/${ticket?.id}`
  const assign = async (assignee: string) => {
    const { version } = (await gateway.call<{ readonly version: number }>('GET', path)).body
    const answer = await gateway.call('PATCH', path, { body: { assignee, version } })
    expect(answer.status, answer.text).toBe(200)
  }
  const toAda = () => sent.filter((it) => it.to.includes('ada@staff.test'))
  await until(
    () => Promise.resolve(sent.some((it) => it.to.includes('ana@people.test'))),
    (found) => found,
  )
  // To an address of ours nothing goes: it would come in as a customer's.
  await assign('own')
  await assign('ada')
  const [notice] = await until(
    () => Promise.resolve(toAda()),
    (found) => found.length > 0,
  )
  expect([headerOf(notice!, 'Auto-Submitted'), headerOf(notice!, 'X-Loop')]).toEqual([
    'auto-generated',
    'team@desk.test',
  ])
  expect(headerOf(notice!, 'Subject')).toBe(`Ticket ${ticket?.number} is yours now`)
  expect([headerOf(notice!, 'Reply-To'), sent.some((it) => it.to.includes('team@desk.test'))]).toEqual([null, false])
  const id = headerOf(notice!, 'Message-ID')
  dovecot.deliver('team@desk.test', mail('ada@staff.test', 'team@desk.test', 'Re: yours now', [`In-Reply-To: ${id}`]))
  const parked = await until(
    () => list(gateway, '/v1/parked'),
    (found) => found.length === 1,
  )
  expect(parked[0]?.why).toContain('it answers a notice to somebody of the team')
  const bounce = [
    'From: MAILER-DAEMON@staff.test',
    `To: ${notice?.from}`,
    'Subject: Undelivered',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; staff.test',
    '',
    'Final-Recipient: rfc822; ada@staff.test',
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b--',
    '',
  ]
  dovecot.deliver('team@desk.test', bounce.join('\r\n'))
  const reply = /\+b\.([0-9a-f]{32})@/.exec(notice?.from ?? '')?.[1]
  await until(
    async () => (await gateway.call<Item>('GET', `/v1/replies/rep_${reply}`)).body.state,
    (state) => state === 'failed',
  )
  expect((await list(gateway, '/v1/tickets?limit=50')).map(({ number }) => number)).toEqual([ticket?.number])
  expect((await list(gateway, `${path}/messages`)).map(({ kind }) => kind)).toEqual(['user', 'auto'])
}, 60_000)

it('S25 S18 D54 an invitation is mailed where that is asked for: once, in the language of who is invited, under marks that robots know; its link is in that mail and nowhere else', async () => {
  brings = () => null
  const gateway = await team()
  sent.length = 0
  const make = (id: string, more: object) =>
    gateway.call('POST', '/v1/agents', { body: { id, name: id, email: `${id}@staff.test`, ...more } })
  await make('ayse', { name: 'Ayşe Yılmaz', languages: ['de', 'tr'] })
  await make('bob', { name: 'https://spam.example now' })
  await make('own', { email: 'team@desk.test' })
  type Invited = { readonly link: string; readonly code?: string; readonly mail: null | { readonly reply: string } }
  const invite = (id: string, mail?: object, key?: string) =>
    gateway.call<Invited>('POST', `/v1/agents/${id}/invite`, {
      ...(mail === undefined ? {} : { body: { mail } }),
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    })
  const account = 'email/main'
  const [first, again] = [await invite('ayse', { account }, 'once'), await invite('ayse', { account }, 'once')]
  expect([first.status, again.body], first.text).toEqual([201, first.body])
  const { mail: asked } = first.body
  await until(
    async () => (await gateway.call<Item>('GET', `/v1/replies/${asked?.reply}`)).body.state,
    (state) => state === 'sent',
  )
  expect(sent.map(({ to }) => to)).toEqual([['ayse@staff.test']])
  const [letter] = sent
  const words = textOf(letter!)
  expect(words).toContain('Merhaba Ayşe Yılmaz,')
  expect(words).toContain(first.body.link)
  expect(['Auto-Submitted', 'X-Loop', 'Reply-To'].map((it) => headerOf(letter!, it))).toEqual([
    'auto-generated',
    'team@desk.test',
    null,
  ])
  // Not in what it says, not in what it keeps, not on its disk.
  const token = first.body.link.split('#')[1]!
  expect((gateway.stdout() + gateway.stderr()).includes(token)).toBe(false)
  expect(await tablesWith(databases.get(gateway)!, token)).toEqual([])
  expect(filesWith(gateway.data, token)).toEqual([])
  const accept = () =>
    gateway.call('POST', '/v1/invitations/accept', {
      key: null,
      body: { link: linkIn(words), password: 'kedi damda uyur 12' },
    })
  expect([(await accept()).status, (await accept()).status]).toEqual([200, 404])
  await invite('bob', { account })
  await until(
    () => Promise.resolve(sent.length),
    (count) => count === 2,
  )
  expect(textOf(sent[1]!)).toMatch(/^Hello,/m)
  expect(textOf(sent[1]!)).not.toContain('spam.example')
  const codes = []
  for (const [id, mail] of [
    ['ayse', { account: 'email/none' }],
    ['own', { account }],
    ['bob', { account, language: 'tr' }],
    ['bob', { account }],
    ['bob', { account }],
  ] as const)
    codes.push((await invite(id, mail)).body.code)
  expect(codes).toEqual(['unknown_account', 'own_address', undefined, undefined, 'mailed_lately'])
  expect((await invite('bob')).body).toMatchObject({ mail: null, link: expect.stringContaining('/join#inlet_join_') })
}, 60_000)

/** Of quoted-printable. */
const textOf = ({ bytes }: Sent): string =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll('=\r\n', '')
      .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
const linkIn = (words: string): string => /https?:\S+\/join#\S+/.exec(words)![0]
async function tablesWith(database: FreshDatabase, word: string): Promise<readonly string[]> {
  const owner = database.pool('owner')
  const { rows } = await owner.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'inlet' and c.relkind in ('r', 'p')`,
  )
  const found: string[] = []
  for (const { name } of rows) {
    const { rowCount } = await owner.query(`select from ${name} t where t::text like '%' || $1 || '%' limit 1`, [word])
    if (rowCount !== 0) found.push(name)
  }
  return found
}
const filesWith = (folder: string, word: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name))
    .filter((path) => readFileSync(path).includes(word))
