// The hundred mails of the set, one test each, and the bounds of what is read at all.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { InboundEvent } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { parseMail } from './mime/parse.ts'
import { normalize } from './normalize.ts'
import { automaticBy, bulkBy } from './normalize/automatic.ts'
import { header, messageIdIn, idsIn } from './normalize/headers.ts'
import { reportIn } from './normalize/report.ts'
import { rawMail } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const folder = join(import.meta.dirname, 'fixtures/mails')
interface Expected {
  readonly from: string | null
  readonly fromName: string
  readonly subject: string
  readonly textStart: string | null
  readonly attachments: number | null
  readonly messageId: string | null
  readonly inReplyTo: string | null
  readonly isAutoReply: boolean
  readonly isBulk: boolean
  readonly bounce: string
}
/** All that the set says of a mail: a fact that is added there has to be compared here. */
const graded = ['attachments', 'bounce', 'from', 'fromName', 'inReplyTo', 'isAutoReply', 'isBulk', 'messageId', 'subject', 'textStart'] // prettier-ignore
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>
/** The set says what stands in the mail itself; P12 wants what is packed into it. */
const unpacked: Readonly<Record<string, Partial<Expected>>> = {
  'own-winmail-dat.eml': { textStart: 'THE BILL OF RIGHTS' },
}
const bytesOf = (name: string): Buffer => readFileSync(join(folder, name))
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
const settings = { address: 'destek@marka.example', trustedHosts: ['mx.marka.example'] } as Settings
const eventsOf = async (name: string, of: Settings = settings): Promise<readonly InboundEvent[]> =>
  normalize(rawMail({ route: of.address, bytes: bytesOf(name), receivedAt, meta: {} }), { id: 'a', settings: of })
const message = async (name: string, of: Settings = settings) => {
  const [event] = await eventsOf(name, of)
  if (event?.type !== 'message.received') throw new Error(`${name} became ${event?.type}`)
  return event
}

describe('P12 P10 P11 the mails of the set', () => {
  const names = readdirSync(folder).filter((it) => it.endsWith('.eml'))
  it('P12 are a hundred, and every fact of each is compared', () => {
    expect([names.length, Object.keys(expected).toSorted()]).toEqual([100, names.toSorted()])
    const aboutIt = ['source', 'licence', 'why', 'note']
    for (const [name, facts] of Object.entries(expected))
      expect([
        name,
        Object.keys(facts)
          .filter((it) => !aboutIt.includes(it))
          .toSorted(),
      ]).toEqual([name, graded])
  })

  it.each(names)('P12 P10 P11 %s', async (name) => {
    const mail = await parseMail(bytesOf(name))
    const want = { ...expected[name]!, ...unpacked[name] }
    const report = reportIn(mail)
    const bounce =
      report === null
        ? 'none'
        : report.is === 'complaint'
          ? 'complaint'
          : report.is === 'receipt'
            ? 'mdn'
            : report.outcomes[0]?.is
    const reports = mail.reports.map((it) => it.text).join(' ')
    expect({
      from: (mail.from[0]?.address ?? '').toLowerCase(),
      fromName: mail.from[0]?.name ?? '',
      subject: flat(mail.subject),
      messageId: messageIdIn(header(mail.headers, 'message-id')),
      inReplyTo: idsIn(header(mail.headers, 'in-reply-to'))[0] ?? messageIdIn(header(mail.headers, 'in-reply-to')),
      isAutoReply: report === null && automaticBy(mail) !== null,
      isBulk: report === null && bulkBy(mail) !== null,
      bounce,
    }).toEqual({
      from: (want.from ?? '').toLowerCase(),
      fromName: want.fromName ?? '',
      subject: flat(want.subject ?? ''),
      messageId: want.messageId,
      inReplyTo: want.inReplyTo,
      isAutoReply: want.isAutoReply,
      isBulk: want.isBulk,
      bounce: want.bounce,
    })
    expect(want.attachments ?? mail.files.length).toBe(mail.files.length)
    expect(flat(`${mail.text} ${reports}`).startsWith(flat(want.textStart ?? ''))).toBe(true)
    expect(want.textStart === '' && mail.text !== '').toBe(false)
  })
})

describe('what the set says in words', () => {
  it('P12 shows the new words of a Turkish reply alone, and keeps the whole', async () => {
    for (const [name, said] of [
      ['own-tr-gmail-reply.eml', 'Tamam, bekliyorum.'],
      ['own-tr-outlook-reply.eml', 'Anladım, teşekkürler.'],
      ['talon-gmail.eml', 'Hello'],
      ['talon-apple-mail.eml', 'Hello'],
      ['talon-outlook.eml', 'Hello'],
    ] as const) {
      const { data } = await message(name)
      expect([name, data.text]).toEqual([name, said])
      expect(data.fullText!.length).toBeGreaterThan(said.length)
    }
  })
  it('G5 F16 two mails under one Message-ID are two; a mail without one is itself on every reading', async () => {
    const [a, b] = [await message('own-dup-message-id-a.eml'), await message('own-dup-message-id-b.eml')]
    expect(a.dedupe).not.toBe(b.dedupe)
    expect(a.data.externalId).not.toBe(b.data.externalId)
    // Threading then tells them apart: they are two tickets (workers/threading/reused.ts).
    expect([a.data.name, b.data.name]).toEqual(['<dup@broken.example>', '<dup@broken.example>'])
    for (const { data, threadKeys } of [a, b])
      expect([data.externalId.startsWith(`${data.name} `), threadKeys.every((it) => it.includes(data.name!))]).toEqual([
        true,
        true,
      ])
    expect(await message('own-no-message-id.eml')).toEqual(await message('own-no-message-id.eml'))
  })
  it('P11 a bounce tells of the mail it speaks of and opens no message', async () => {
    const [event] = await eventsOf('own-verp-dsn.eml')
    expect(event).toMatchObject({
      type: 'message.delivery_updated',
      data: {
        state: 'failed',
        code: '5.1.1',
        externalId: '<c-7f3a.m-2@mail.marka.example>',
        recipient: 'ayse@musteri.example',
      },
    })
    expect((await eventsOf('own-bounce-plain-no-dsn.eml'))[0]).toMatchObject({
      data: { state: 'failed', code: '5.1.1', externalId: '<c-9.m-4@mail.marka.example>' },
    })
  })
  it('P11 a bounce is told of the send by the address it came to, else by the envelope’s id, else by the id of the mail', async () => {
    const text = bytesOf('own-verp-dsn.eml').toString()
    const [digits, other] = ['0123456789abcdef'.repeat(2), 'fedcba9876543210'.repeat(2)]
    const told = async (changed: string) => {
      const raw = rawMail({ route: settings.address, bytes: Buffer.from(changed), receivedAt, meta: {} })
      const events = await normalize(raw, { id: 'a', settings })
      return events.map((it) => ('ours' in it.data ? it.data.ours : null))
    }
    const withEnvelope = text.replace('Reporting-MTA:', `Original-Envelope-Id: ${digits}\nReporting-MTA:`)
    // The mark on an address counts only with a word that nobody else knows.
    expect(await told(text)).toEqual([null])
    expect(await told(withEnvelope)).toEqual([`rep_${digits}`, `rep_${digits}`])
    const withAddress = withEnvelope.replaceAll('bounce+m-2.c-7f3a@', `destek+b.${other}@`)
    expect(await told(withAddress)).toEqual([`rep_${other}`, `rep_${other}`])
    const withId = text.replace('<c-7f3a.m-2@', `<m-${digits}.inlet@`)
    // The Message-ID everybody knows who got the mail, or had it sent on: it marks no address, and has to be of one that the mail went to.
    expect(await told(withId)).toEqual([`rep_${digits}`])
  })
  it('P11 S2 a failure that is told of a Message-ID alone has to be of one whom that mail went to, and of nobody it is put aside', async () => {
    const text = bytesOf('own-verp-dsn.eml').toString()
    const ours = `<m-${'0123456789abcdef'.repeat(2)}.inlet@mail.marka.example>`
    const read = async (changed: string) => {
      const raw = rawMail({ route: settings.address, bytes: Buffer.from(changed), receivedAt, meta: {} })
      return (await normalize(raw, { id: 'a', settings }))[0]
    }
    const withId = text.replace('<c-7f3a.m-2@mail.marka.example>', ours)
    const proof = `id:${ours} email:ayse@musteri.example`
    expect((await read(withId))?.data).toMatchObject({ recipient: 'ayse@musteri.example', proof })
    expect((await read(withId.replace('Action: failed', 'Action: delayed')))?.data).not.toHaveProperty('proof')
    const named = withId.replaceAll('bounce+m-2.c-7f3a@', `destek+b.${'0123456789abcdef'.repeat(2)}@`)
    expect((await read(named))?.data).not.toHaveProperty('proof')
    const ofNobody = withId.replace(/^(?:Original|Final)-Recipient:.*\r?\n/gim, '')
    expect(await read(ofNobody)).toMatchObject({
      type: 'ingest.quarantined',
      data: { why: expect.stringContaining('whom') },
    })
  })
  it('P9 a mail whose sender our own hop calls forged is put aside; the forged word below it is not believed', async () => {
    expect((await eventsOf('own-spoofed-references.eml'))[0]?.type).toBe('ingest.quarantined')
  })
  it('P9 the number in a subject is a key of its sender alone', async () => {
    const { weakKeys, threadKeys } = await message('own-subject-number-wrong-sender.eml')
    expect([weakKeys, threadKeys]).toEqual([
      ['number:1042 email:mallory@evil.example'],
      ['id:<evil1@evil.example> email:mallory@evil.example'],
    ])
    expect((await message('own-tr-gmail-reply.eml')).weakKeys).toEqual(['number:1042 email:ayse@musteri.example'])
  })
  it('P9 finds the reply token first, as that of whoever got it; from anybody else it leads in as a guest', async () => {
    const { threadKeys, guestKeys } = await message('own-plus-token-reply.eml')
    expect(threadKeys[0]).toBe('token:c-7f3a.5d41402abc4b2a76 email:ayse@musteri.example')
    expect(guestKeys).toEqual(['token:c-7f3a.5d41402abc4b2a76'])
  })
  it('P9 a customer’s mail that an agent passes on is the customer’s, with what the agent said; of anybody else it is their own', async () => {
    const agents = { ...settings, agents: ['agent@marka.example'] }
    const proven = 'Authentication-Results: mx.marka.example; dmarc=pass header.from=marka.example\r\n'
    const passed = async (name: string, of: Settings, proof = proven) => {
      const bytes = Buffer.concat([Buffer.from(proof), bytesOf(name)])
      const raw = rawMail({ route: of.address, bytes, receivedAt, meta: {} })
      const [event] = await normalize(raw, { id: 'a', settings: of })
      if (event?.type !== 'message.received') throw new Error(`${name} became ${event?.type}`)
      return event
    }
    const inline = await passed('own-forward-by-agent.eml', agents)
    expect(inline.data).toMatchObject({
      from: { address: 'mehmet@musteri.example', name: 'Mehmet Kaya' },
      subject: 'Siparis yok',
      text: 'Siparişim kayıp.',
      parts: [{ kind: 'forwarded', by: { address: 'agent@marka.example' }, note: 'Sisteme alalım.' }, { kind: 'mail' }],
    })
    expect(inline.data.vendor).not.toHaveProperty('messageId')
    const whole = await passed('own-forward-as-attachment.eml', agents)
    expect(whole.data).toMatchObject({
      from: { address: 'mehmet@musteri.example' },
      text: 'Siparis kayip.',
      vendor: { messageId: '<inner1@musteri.example>' },
      parts: [{ kind: 'forwarded', note: 'ekte' }, { kind: 'mail' }],
    })
    expect(whole.threadKeys).toContain('id:<inner1@musteri.example> email:mehmet@musteri.example')
    for (const [of, proof] of [
      [settings, proven],
      [agents, ''],
      [agents, proven.replace('mx.marka.example', 'mx.evil.example')],
    ] as const)
      for (const name of ['own-forward-by-agent.eml', 'own-forward-as-attachment.eml'])
        expect((await passed(name, of, proof)).data.from.address).toBe('agent@marka.example')
  })
  it('G21 our own automatic mail that went round is put aside as a loop, and is no customer’s', async () => {
    expect((await eventsOf('own-loop-own-message.eml'))[0]).toMatchObject({
      type: 'ingest.quarantined',
      data: { why: expect.stringContaining('loop') },
    })
  })
})

/** What the set's notes say of a mail, beside the ten facts: `part` is the part of kind `mail`. */
interface Noted {
  readonly name: string
  readonly says: Readonly<Record<string, unknown>>
  readonly part?: Readonly<Record<string, unknown>>
  readonly of?: Settings
}
const notes: readonly Noted[] = [
  { name: 'flanker-from-encoding.eml', says: { from: expect.objectContaining({ name: 'Ingo Lütkebohle' }) } },
  {
    name: 'mikel-mail-bad-date-header.eml',
    says: { at: receivedAt },
    part: { anomalies: expect.arrayContaining(['date']) },
  },
  { name: 'mikel-mail-utf8-headers.eml', says: { from: expect.objectContaining({ address: expect.stringMatching(/[\u0080-\uffff]/) }) } }, // prettier-ignore
  { name: 'own-auto-exchange-oof.eml', says: { automatic: 'auto-submitted: auto-generated', threadKeys: expect.arrayContaining(['id:<c-7f3a.m-2@mail.marka.example> email:ayse@kurum.example']) }, part: { mayAnswerByMachine: false } }, // prettier-ignore
  { name: 'own-bidi-zero-width.eml', says: { from: expect.objectContaining({ name: expect.stringMatching(/^[^\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+$/) }) }, part: { anomalies: expect.arrayContaining(['name-is-address']) } }, // prettier-ignore
  { name: 'own-cid-inline.eml', says: { attachments: expect.arrayContaining([expect.objectContaining({ name: 'Şikâyet dilekçesi.pdf' })]) }, part: { inline: [expect.objectContaining({ shown: true }), expect.objectContaining({ shown: false })] } }, // prettier-ignore
  {
    name: 'own-date-epoch.eml',
    says: { at: receivedAt },
    part: { anomalies: ['date'], date: expect.stringContaining('1970') },
  },
  {
    name: 'own-date-far-future.eml',
    says: { at: receivedAt },
    part: { anomalies: ['date'], date: expect.stringMatching(/20[3-9]\d|2[1-9]\d\d/) },
  },
  { name: 'own-many-to-cc.eml', says: { vendor: expect.objectContaining({ address: 'destek@marka.example', replyTo: 'ayse.is@musteri.example' }) }, part: { via: 'direct', anomalies: [] } }, // prettier-ignore
  { name: 'own-no-message-id.eml', says: { externalId: expect.stringMatching(/^<syn-[0-9a-f]{32}@mail\.invalid>/) } },
  { name: 'own-notauto-suppress-only.eml', says: {}, part: { mayAnswerByMachine: false, mayNotBecause: 'its sender asks for no automatic answers' } }, // prettier-ignore
  {
    name: 'own-pgp-encrypted.eml',
    says: { text: expect.stringContaining('encrypted'), attachments: { length: 2 } },
    part: { encrypted: 'pgp' },
  },
  {
    name: 'own-plus-address-brand.eml',
    of: { address: 'destek@markab.example' } as Settings,
    says: { to: [], vendor: expect.objectContaining({ address: 'destek@markab.example' }) },
    part: { via: 'bcc' },
  },
  { name: 'own-smime-opaque.eml', says: { text: expect.stringContaining('encrypted'), attachments: [expect.objectContaining({ name: 'smime.p7m' })] }, part: { encrypted: 'smime' } }, // prettier-ignore
  { name: 'own-tr-mislabelled-iso-8859-1.eml', says: { text: expect.stringContaining('Siparişim') } },
  { name: 'spamscope-mail-test-12.eml', says: { text: expect.stringContaining('增值税发票') } },
  { name: 'stalwart-016.eml', says: { text: expect.stringContaining('Frösche') } },
  { name: 'webklex-missing-from.eml', says: { from: expect.objectContaining({ address: null }) }, part: { mayAnswerByMachine: false, mayNotBecause: 'its sender has no address' } }, // prettier-ignore
  { name: 'webklex-pec.eml', says: { text: expect.stringContaining('test-content') } },
  { name: 'webklex-references.eml', says: { from: expect.objectContaining({ name: 'no_host', address: null }) } },
]
it.each(notes)('P12 P10 what the set notes of $name', async ({ name, says, part = {}, of }) => {
  const { data, at, threadKeys } = await message(name, of)
  expect({ ...data, at, threadKeys }).toMatchObject(says)
  expect(data.parts.find((it) => it.kind === 'mail')).toMatchObject(part)
})
