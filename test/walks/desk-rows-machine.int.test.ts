// What a machine says to customers, from outside, on a clock that the test sets for the whole gateway and its database: hours and nights pass in seconds.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { TicketAnswer } from '../../schemas/answers.ts'
import { deskHouse, type DeskHouse } from '../support/desk-house.ts'
import { mailsIn, startDovecot } from '../support/dovecot.ts'
import { quiet, until, type Fields } from '../support/desk.ts'
import { masterKey, newFolder } from '../support/gateway-process.ts'
import { shiftedClock } from '../support/shifted-clock.ts'
import { smtpDoor } from '../support/smtp-door.ts'
import { shiftedServer, type ShiftedServer } from '../support/shifted-server.ts'

vi.setConfig({ testTimeout: 120_000 })
const clock = shiftedClock()
let server: ShiftedServer
let at: DeskHouse
beforeAll(async () => {
  // The Friday before summer begins in Berlin.
  const ahead = clock.set('2027-03-26T09:00:00Z')
  const folder = newFolder()
  server = await shiftedServer(clock, join(folder, 'server'))
  const env = { ...clock.env, DATABASE_URL: server.url, INLET_MASTER_KEY: masterKey }
  at = await deskHouse(911, [], { data: join(folder, 'data'), env })
  moveVendors(ahead)
  const hours = [{ from: '09:00', to: '17:00' }]
  const weekly = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, hours]))
  await at.done('POST', '/v1/calendars', { id: 'berlin', name: 'Berlin', timezone: 'Europe/Berlin', weekly })
  await at.change('/v1/brands/shop', { calendar: 'berlin' })
}, 90_000)
afterAll(async () => {
  await at.end()
  await server.stop()
  clock.end()
})

function moveVendors(ms: number): void {
  at.chats.advance(ms)
  at.box.advance(ms)
}
/** Time goes on to this moment, for us and for the vendors. */
const now = (moment: string): void => moveVendors(clock.set(moment))
const made: string[] = []
async function says(id: string, kind: string, text: string, more: Fields = {}): Promise<void> {
  const texts = { en: { text }, tr: { text } }
  await at.done('POST', '/v1/auto-replies', { id, name: id, kind, texts, ...more })
  made.push(`/v1/auto-replies/${id}`)
}
const silent = () => at.drop(...made.splice(0))
const chats = { channels: ['whatsapp'] }
const letters = { channels: ['email'] }

const mail = (more: Parameters<DeskHouse['mail']>[0] = {}) => at.mail({ at: new Date(clock.now()), ...more })
/** What the machine said on it, once nothing follows any more. */
async function heard(ticket: string): Promise<readonly string[]> {
  await quiet(at.desk)
  const messages = await at.desk.messages(ticket)
  return messages.filter(({ kind }) => kind === 'auto').map(({ text }) => text)
}
const said = (ticket: string, text: string) =>
  until(
    () => at.desk.messages(ticket),
    (all) => all.some((it) => it.kind === 'auto' && it.text === text),
  )
const writes = async (customer: number, text = 'Merhaba, orada mısınız?'): Promise<TicketAnswer> => {
  const { body } = await at.chats.write({ customer, text })
  expect(body).not.toContain('error')
  return (await at.desk.ticketsOf(customer))[0]!
}

it('L2 D62 a conversation is greeted once: not at its next words, and not on the ticket that follows up', async () => {
  await says('hi', 'greeting', 'Hoş geldiniz.', chats)
  const first = await writes(1)
  await said(first.id, 'Hoş geldiniz.')
  await writes(1)
  await writes(1)
  expect(await heard(first.id)).toEqual(['Hoş geldiniz.'])
  await at.change('/v1/workspaces/main', { followUpDays: 0 })
  expect((await at.desk.patch(first.id, { status: 'resolved' })).status).toBe(200)
  await at.chats.write({ customer: 1, text: 'Bir şey daha' })
  const [second] = await at.desk.ticketsOf(1, 2)
  expect(second).toMatchObject({ parent: first.id })
  expect([await heard(second!.id), await heard(first.id)]).toEqual([[], ['Hoş geldiniz.']])
  await at.change('/v1/workspaces/main', { followUpDays: 7 })
})

it('D62 that all are busy is said to who waits while nobody has room, once, and to nobody who is served', async () => {
  await says('busy', 'busy', 'Hepimiz meşgulüz.', chats)
  await at.agent('bea', { capacity: { whatsapp: 1 } })
  await at.is('bea', 'online')
  const [one] = await until(
    () => at.desk.tickets('?assignee=bea'),
    (all) => all.length === 1,
  )
  const waits = await writes(12)
  await said(waits.id, 'Hepimiz meşgulüz.')
  await writes(12)
  expect(await heard(waits.id)).toEqual(['Hepimiz meşgulüz.'])
  expect(await heard(one!.id)).not.toContain('Hepimiz meşgulüz.')
  await at.is('bea', 'offline')
  await silent()
})

it('D12 a mail at 16:59 and one at 17:01 on the wall of the shop get each their own text, before and after the clocks change', async () => {
  await says('in', 'opened', 'We are here.', { ...letters, hours: 'inside' })
  await says('out', 'opened', 'We open {{hours.nextOpening}}.', { ...letters, hours: 'outside' })
  const answers: string[] = []
  // Winter in Berlin is an hour before Greenwich, summer two; it begins on the Sunday between these two days.
  for (const moment of ['26T15:59:10Z', '26T16:01:00Z', '29T14:59:10Z', '29T15:01:00Z']) {
    now(`2027-03-${moment}`)
    const { id } = await mail()
    const [answer] = await until(
      async () => (await at.desk.messages(id)).filter(({ kind }) => kind === 'auto'),
      (all) => all.length > 0,
    )
    answers.push(answer!.text)
  }
  expect(answers).toEqual(['We are here.', 'We open Pazartesi 09:00.', 'We are here.', 'We open Salı 09:00.'])
  await silent()
})

it('D11 the first mail is answered and resolved under "Automatic Replies"; the second on its thread brings it back to a person, and is not answered', async () => {
  await says('thanks', 'opened', 'Numaranız {{ticket.number}}.', { ...letters, resolve: true })
  const from = 'd11@people.test'
  const first = await mail({ from, headers: { 'Message-ID': '<d11-1@people.test>' } })
  const done = await at.until(first.id, ({ status }) => status === 'resolved')
  expect(done.topic).toBe('Automatic Replies')
  await said(first.id, `Numaranız ${first.number}.`)
  await at.post({ from, at: new Date(clock.now()), headers: { 'In-Reply-To': '<d11-1@people.test>' } })
  await at.until(first.id, ({ status }) => status === 'reopened')
  expect(await heard(first.id)).toEqual([`Numaranız ${first.number}.`])
  // What is said is in the record before it is on its way.
  await until(
    () => Promise.resolve(sentTo(from)),
    (all) => all.length > 0,
  )
  await quiet(at.desk)
  expect(sentTo(from)).toHaveLength(1)
})
const sentTo = (address: string) => at.box.ledger.of('accepted').filter(({ to }) => to === address)

it('D11 B6 what follows up on a ticket that is over is acknowledged under its own number, and left to a person', async () => {
  await at.change('/v1/workspaces/main', { followUpDays: 0 })
  const from = 'b6@people.test'
  const first = await mail({ from, headers: { 'Message-ID': '<b6-1@people.test>' } })
  await at.until(first.id, ({ status }) => status === 'resolved')
  await at.post({ from, at: new Date(clock.now()), headers: { 'In-Reply-To': '<b6-1@people.test>' } })
  const [second] = await until(
    () => at.desk.tickets(`?requester=${encodeURIComponent(from)}`),
    (all) => all.length === 2,
  )
  expect(second).toMatchObject({ parent: first.id })
  await said(second!.id, `Numaranız ${second!.number}.`)
  expect(await heard(second!.id)).toHaveLength(1)
  expect(await at.desk.ticket(second!.id)).toMatchObject({ status: 'new', topic: null })
  await at.change('/v1/workspaces/main', { followUpDays: 7 })
  await silent()
})

it('B20 P20 D62 at night it is said once until we open: not at each message, not within five minutes of an agent, never to what an agent wrote', async () => {
  await says('closed', 'outOfHours', 'Kapalıyız.', chats)
  await at.agent('cem')
  await at.is('cem', 'online')
  now('2027-03-30T14:50:00Z') // ten to five
  const beside = await writes(21)
  await at.desk.replied(beside.id, { text: 'Buyurun.' }, 'read')
  now('2027-03-30T14:58:00Z')
  await at.desk.replied(beside.id, { text: 'Bakıyorum.' }, 'read')
  now('2027-03-30T15:01:00Z') // closed for a minute; the agent wrote three minutes ago
  await writes(21)
  expect(await heard(beside.id)).toEqual([])
  now('2027-03-30T15:05:00Z')
  await writes(21)
  await said(beside.id, 'Kapalıyız.')
  await at.desk.replied(beside.id, { text: 'Yarın döneceğim.' }, 'read')
  expect(await heard(beside.id)).toEqual(['Kapalıyız.'])
  const night = await writes(22)
  await said(night.id, 'Kapalıyız.')
  now('2027-03-31T06:50:00Z') // ten to nine: the night is not over
  await writes(22)
  expect(await heard(night.id)).toEqual(['Kapalıyız.'])
  now('2027-03-31T17:00:00Z') // a day later, and we had opened between
  await writes(22)
  await until(
    () => heard(night.id),
    (all) => all.length === 2,
  )
  await silent()
})

it('3.8 G21 P10 a budget that is changed holds at the next message, a brand’s before its workspace’s, and an hour later it is whole again', async () => {
  await says('thanks', 'opened', 'Teşekkürler.', letters)
  // Each letter is answered, or it is told why not.
  const codes = (id: string) =>
    until(
      async () => {
        const [messages, history] = [await at.desk.messages(id), await at.history(id)]
        const withheld = history.filter(({ event }) => event === 'ticket.auto_reply_withheld')
        return [messages.filter(({ kind }) => kind === 'auto').length, withheld.length]
      },
      ([sent = 0, withheld = 0]) => sent + withheld > 0,
    )
  let n = 0
  /** Of so many letters at once: how many were answered, and how many were not. */
  async function round(count: number): Promise<readonly number[]> {
    const from = Array.from({ length: count }, () => `robot${(n += 1)}@budget.test`)
    const each = await Promise.all(from.map(async (one) => codes((await mail({ from: one })).id)))
    return [0, 1].map((which) => each.reduce((sum, it) => sum + (it[which] ?? 0), 0))
  }
  await at.change('/v1/workspaces/main', { autoReplyBudgets: { domainPerHour: 1 } })
  expect(await round(2)).toEqual([1, 1])
  await at.change('/v1/brands/shop', { autoReplyBudgets: { domainPerHour: 2 } })
  expect(await round(2)).toEqual([1, 1])
  await at.change('/v1/brands/shop', { autoReplyBudgets: null })
  now('2027-03-31T18:30:00Z')
  expect(await round(2)).toEqual([1, 1])
  await at.change('/v1/workspaces/main', { autoReplyBudgets: null })
  expect(await round(1)).toEqual([1, 0])
  await silent()
})

it('V9 B20 what a machine answers by itself is no first answer: the time of a person runs on, and only theirs ends it', async () => {
  now('2027-04-01T07:05:00Z') // five past nine
  const targets = { firstResponse: 30 }
  await at.done('POST', '/v1/sla-policies', { id: 'first', name: 'First', targets, warnAt: [] })
  await says('welcome', 'greeting', 'Hoş geldiniz.', chats)
  const first = ({ sla }: TicketAnswer) => sla.find(({ metric }) => metric === 'firstResponse')?.state
  const kept = async (id: string) => (await at.history(id)).filter(({ event }) => event === 'sla.met').length
  const answered = await writes(51)
  const late = await writes(52)
  for (const { id } of [answered, late]) {
    await said(id, 'Hoş geldiniz.')
    await at.until(id, (found) => first(found) === 'running')
    await quiet(at.desk)
    expect([first(await at.desk.ticket(id)), await kept(id)]).toEqual(['running', 0])
  }
  await at.desk.replied(answered.id, { text: 'Bakıyorum.' }, 'read')
  await at.until(answered.id, (found) => first(found) === 'met')
  now('2027-04-01T07:40:00Z')
  await at.until(late.id, (found) => first(found) === 'breached')
  expect(await kept(late.id)).toBe(0)
  await at.drop('/v1/sla-policies/first')
  await silent()
})

it('D72 P11 B7 whoever has a ticket finds in their mailbox that a target is near, and that it was missed; their robot’s answer and their own open no ticket and join none', async () => {
  const dovecot = await startDovecot()
  // Whatever goes out is brought into the mailbox of whom it is for.
  const smtp = await smtpDoor({
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        for (const { address } of envelope.rcptTo) dovecot.deliver(address, Buffer.concat(chunks))
        done()
      })
    },
  })
  try {
    const [imap, out] = [dovecot.port, smtp.port].map((port) => ({ host: '127.0.0.1', port, tls: false }))
    const settings = { address: 'team@desk.test', imap, smtp: out }
    const secrets = { password: dovecot.password }
    await at.done('POST', '/v1/accounts', { channel: 'email', id: 'team', brand: 'bank', settings, secrets })
    await at.agent('ada', { email: 'ada@staff.test' })
    const on = ['slaWarning', 'slaBreached']
    await at.done('POST', '/v1/notifications', { id: 'sla', name: 'Targets', on, account: 'email/team' })
    const targets = { firstResponse: 60 }
    await at.done('POST', '/v1/sla-policies', { id: 'hour', name: 'An hour', targets, warnAt: [80] })
    now('2027-04-01T08:00:00Z')
    let n = 0
    const letter = (from: string, to: string, more: readonly string[] = []) =>
      [
        `From: <${from}>`,
        `To: <${to}>`,
        'Subject: Order 7',
        `Message-ID: <sla${(n += 1)}@mail.test>`,
        ...more,
        '',
        'Merhaba, siparişim gelmedi.',
        '',
      ].join('\r\n')
    await until(
      () => at.done<{ health: { state: string } }>('GET', '/v1/accounts/email/team'),
      ({ health }) => health.state === 'connected',
    )
    dovecot.deliver('team@desk.test', letter('ana@people.test', 'team@desk.test'))
    const [ticket] = await until(
      () => at.desk.tickets('?account=team'),
      (all) => all.length === 1,
    )
    await at.until(ticket!.id, ({ sla }) => sla.length > 0)
    expect((await at.desk.patch(ticket!.id, { assignee: 'ada' })).status).toBe(200)
    const found = (count: number) =>
      until(
        () => Promise.resolve(mailsIn(dovecot, 'ada@staff.test')),
        (all) => all.length === count,
      )
    now('2027-04-01T08:49:00Z')
    expect((await found(1))[0]).toContain(`Subject: Ticket ${ticket!.number} is near the end of a target`)
    now('2027-04-01T09:01:00Z')
    const notices = await found(2)
    expect(notices.find((it) => it.includes('has missed a target'))).toBeDefined()
    for (const notice of notices) {
      expect(notice).toMatch(/^Auto-Submitted: auto-generated\r?$/m)
      expect(notice).toMatch(/^X-Auto-Response-Suppress: All\r?$/m)
      expect(notice).toMatch(/^X-Loop: team@desk.test\r?$/m)
      expect(notice).not.toMatch(/^Reply-To:/m)
      const id = /^Message-ID:\s*(<[^>]+>)/im.exec(notice)![1]!
      const answers = [`In-Reply-To: ${id}`, `References: ${id}`]
      dovecot.deliver(
        'team@desk.test',
        letter('ada@staff.test', 'team@desk.test', [...answers, 'Auto-Submitted: auto-replied']),
      )
      dovecot.deliver('team@desk.test', letter('ada@staff.test', 'team@desk.test', answers))
    }
    const parked = await until(
      () => at.desk.list<{ readonly why: string }>('/v1/parked'),
      (all) => all.length >= 2 * notices.length,
    )
    expect(parked.filter(({ why }) => why.includes('it answers a notice to somebody of the team'))).toHaveLength(
      parked.length,
    )
    await quiet(at.desk)
    expect(await at.desk.tickets('?account=team')).toHaveLength(1)
    expect(await at.desk.messages(ticket!.id)).toHaveLength(1)
    expect(mailsIn(dovecot, 'ada@staff.test')).toHaveLength(2)
  } finally {
    await smtp.close()
    await dovecot.stop()
  }
})
const nearestMinute = (at: string | null) =>
  at === null ? 'never' : new Date(Date.parse(at) + 30_000).toISOString().slice(0, 16)

it('V8 B8 P13 the first answer is owed from the first of three messages, the next from the oldest since; in a status that pauses nothing runs', async () => {
  now('2027-04-05T08:00:00Z') // ten on the wall of the shop
  const targets = { firstResponse: 120, nextResponse: 60, resolution: 480 }
  await at.done('POST', '/v1/sla-policies', { id: 'next', name: 'Next', weight: -1, targets, pauses: ['on_hold'] })
  const { id } = await writes(53)
  const clocks = async () =>
    (await at.desk.ticket(id)).sla.map((it) => `${it.metric} ${it.state} ${nearestMinute(it.dueAt)}`).join(', ')
  const becomes = (...words: readonly string[]) => until(clocks, (all) => words.every((it) => all.includes(it)))
  await becomes('firstResponse running 2027-04-05T10:00')
  for (const clock of ['08:20', '08:40']) {
    now(`2027-04-05T${clock}:00Z`)
    await writes(53)
  }
  await quiet(at.desk)
  expect(await becomes('firstResponse running 2027-04-05T10:00')).not.toContain('nextResponse')
  await at.desk.replied(id, { text: 'Bakıyorum.' }, 'read')
  await becomes('firstResponse met 2027-04-05T10:00')
  for (const clock of ['10:00', '10:30']) {
    now(`2027-04-05T${clock}:00Z`)
    await writes(53)
  }
  await becomes('nextResponse running 2027-04-05T11:00', 'resolution running 2027-04-06T08:00')
  expect((await at.desk.patch(id, { status: 'on_hold' })).status).toBe(200)
  await becomes('nextResponse paused never', 'resolution paused never')
  now('2027-04-05T12:30:00Z')
  await writes(53)
  // Two hours stood still: of the day, and of the hour of which half was over.
  await becomes('nextResponse running 2027-04-05T13:00', 'resolution running 2027-04-06T10:00')
  await at.drop('/v1/sla-policies/next')
})

it('3.3 3.8 B6 where nobody says otherwise what is resolved comes back for seven days, then what is written follows it up, and after fourteen it is closed', async () => {
  now('2027-05-03T08:00:00Z')
  const [early, late, silentOne] = [await writes(41), await writes(42), await writes(43)]
  for (const { id } of [early, late, silentOne])
    expect((await at.desk.patch(id, { status: 'resolved' })).status).toBe(200)
  now('2027-05-10T07:50:00Z')
  expect((await writes(41)).id).toBe(early.id)
  await at.until(early.id, ({ status }) => status === 'reopened')
  now('2027-05-10T08:10:00Z')
  await at.chats.write({ customer: 42, text: 'Yine ben' })
  const next = await at.desk.ticketsOf(42, 2)
  expect(next.find(({ id }) => id !== late.id)).toMatchObject({ parent: late.id, status: 'new' })
  now('2027-05-17T07:50:00Z')
  await quiet(at.desk)
  expect((await at.desk.ticket(silentOne.id)).status).toBe('resolved')
  now('2027-05-17T08:10:00Z')
  const closed = await at.until(silentOne.id, ({ status }) => status === 'closed')
  expect((await at.history(closed.id)).at(-1)).toMatchObject({ actor: { kind: 'system' }, why: 'close_days' })
  await at.chats.write({ customer: 43, text: 'Merhaba' })
  const last = await at.desk.ticketsOf(43, 2)
  expect(last.find(({ id }) => id !== closed.id)).toMatchObject({ parent: closed.id, status: 'new' })
  expect((await at.desk.ticket(closed.id)).status).toBe('closed')
})

it('B6 3.8 a group that goes takes its days along: what waited for years closes by those that hold then', async () => {
  now('2027-06-01T08:00:00Z')
  await at.done('POST', '/v1/groups', { id: 'loyal', name: 'Loyal', followUp: { reopen: 'always' } })
  const { id } = await writes(44)
  expect((await at.desk.patch(id, { group: 'loyal', status: 'resolved' })).status).toBe(200)
  now('2027-08-10T08:00:00Z')
  await quiet(at.desk)
  expect((await at.desk.ticket(id)).status).toBe('resolved')
  await at.drop('/v1/groups/loyal')
  await at.until(id, ({ status }) => status === 'closed')
})
