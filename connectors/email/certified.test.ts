// Certified mail: who wrote it, and what its receipts say of what we sent (sheet section 7.2, RFC 6109).
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { normalize } from './normalize.ts'
import { rawMail } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const shop = {
  address: 'ufficio@shop.example',
  trustedHosts: ['mx.shop.example'],
  certifiers: ['PEC.test'],
} satisfies Settings
const proof = 'Authentication-Results: mx.shop.example; dkim=pass header.d=pec.test'
const digits = 'a1'.repeat(16)
const ours = `<m-${digits}.inlet@shop.example>`

async function eventsOf(lines: readonly string[], settings: Settings = shop) {
  const bytes = Buffer.from(lines.join('\r\n'))
  const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
  const raw = rawMail({ route: settings.address, bytes, receivedAt, meta: {} })
  return normalize(raw, { id: 'a', settings })
}
const envelope = (more: readonly string[]): readonly string[] => [
  'Message-ID: <env1@pec.test>',
  'From: "Per conto di: ana@studio.example" <posta-certificata@pec.test>',
  'Reply-To: ana@studio.example',
  'To: ufficio@shop.example',
  'Subject: POSTA CERTIFICATA: Ordine 42',
  ...more,
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'Messaggio di posta certificata',
  '--b',
  'Content-Type: application/xml; name=daticert.xml',
  'Content-Disposition: inline; filename=daticert.xml',
  '',
  '<postacert tipo="posta-certificata"/>',
  '--b',
  'Content-Type: message/rfc822; name=postacert.eml',
  'Content-Disposition: inline; filename=postacert.eml',
  '',
  'Message-ID: <inner1@studio.example>',
  `In-Reply-To: ${ours}`,
  'From: Ana <ana@studio.example>',
  'To: ufficio@shop.example',
  'Subject: Ordine 42',
  '',
  'Dove si trova?',
  '--b--',
  '',
]

describe('certified mail', () => {
  it('P9 the mail in the envelope of a named and proven provider is the message, by its own sender', async () => {
    const [event] = await eventsOf(envelope([proof, 'X-Trasporto: posta-certificata']))
    expect(event).toMatchObject({
      type: 'message.received',
      data: { from: { address: 'ana@studio.example' }, subject: 'Ordine 42', text: 'Dove si trova?' },
    })
    const data = event!.data as { readonly parts: readonly object[] }
    expect(data.parts[0]).toMatchObject({
      kind: 'certified',
      by: { address: 'posta-certificata@pec.test' },
      envelope: '<env1@pec.test>',
    })
    expect(event!.threadKeys).toContain(`id:${ours} email:ana@studio.example`)
  })
  it.each([
    ['a provider that is not named', [proof, 'X-Trasporto: posta-certificata'], { certifiers: ['other.test'] }],
    ['nobody who proves it', ['X-Trasporto: posta-certificata'], {}],
    ['a foreign host that proves it', [proof.replace('mx.shop', 'mx.evil'), 'X-Trasporto: posta-certificata'], {}],
    ['another transport', [proof, 'X-Trasporto: errore'], {}],
    ['no word of it', [proof], {}],
  ] satisfies readonly (readonly [string, readonly string[], Partial<Settings>])[])(
    'S2 P9 the envelope stays the message, with %s',
    async (_what, lines, over) => {
      const [event] = await eventsOf(envelope(lines), { ...shop, ...over })
      expect(event).toMatchObject({
        type: 'message.received',
        data: { from: { address: 'posta-certificata@pec.test' } },
      })
      // Who answers reaches the writer all the same.
      expect(event).toMatchObject({ data: { vendor: { replyTo: 'ana@studio.example' } } })
      expect(event!.threadKeys.join(' ')).not.toContain('email:ana@studio.example')
    },
  )

  const receipt = (kind: string, xml: string): readonly string[] => [
    'Message-ID: <r1@pec.test>',
    'From: posta-certificata@pec.test',
    'To: ufficio@shop.example',
    `Subject: ${kind.toUpperCase()}: Ordine 42`,
    `X-Ricevuta: ${kind}`,
    `X-Riferimento-Message-ID: ${ours}`,
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'Il messaggio del giorno 20/11/2026 ...',
    '--b',
    'Content-Type: application/xml; name=daticert.xml',
    '',
    `<postacert tipo="${kind}">${xml}</postacert>`,
    '--b--',
    '',
  ]
  it.each([
    ['accettazione', '<destinatari tipo="certificato">ana@studio.example</destinatari>', 'sent', '2.0.0', 1],
    ['avvenuta-consegna', '<consegna>Ana@studio.example</consegna>', 'delivered', '2.0.0', 1],
    [
      'preavviso-errore-consegna',
      '<destinatari tipo="certificato">ana@studio.example</destinatari>',
      'sent',
      '4.4.7',
      1,
    ],
    ['errore-consegna', '<destinatari tipo="certificato">ana@studio.example</destinatari><errore-esteso>5.1.1 - sconosciuto</errore-esteso>', 'failed', '5.1.1', 1], // prettier-ignore
    ['non-accettazione', '<destinatari tipo="esterno">ana@studio.example</destinatari>', 'failed', '5.7.1', 1],
  ])(
    'P11 the receipt %s tells of the answer it speaks of, and opens no ticket',
    async (kind, xml, state, code, count) => {
      const events = await eventsOf(receipt(kind, xml))
      expect(events).toHaveLength(count)
      expect(events[0]).toMatchObject({
        type: 'message.delivery_updated',
        data: { ours: `rep_${digits}`, externalId: ours, state, code, recipient: 'ana@studio.example' },
      })
    },
  )
  it('P11 S2 a failure marks the address where a provider the account names says so, proven; of anybody else it has to be of who got the mail', async () => {
    const xml = '<destinatari>ana@studio.example</destinatari><errore-esteso>5.1.1 - sconosciuto</errore-esteso>'
    const anybodys = await eventsOf(receipt('errore-consegna', xml))
    expect(anybodys.map((it) => it.type)).toEqual(['message.delivery_updated'])
    expect(anybodys[0]!.data).toMatchObject({ proof: `id:${ours} email:ana@studio.example` })
    const proven = await eventsOf([proof, ...receipt('errore-consegna', xml)])
    expect(proven.map((it) => it.type)).toEqual(['message.delivery_updated', 'contact.preference_changed'])
    expect(proven[0]!.data).not.toHaveProperty('proof')
  })
  it('P11 a receipt of several, or of a kind nobody knows, accuses nobody', async () => {
    const many = await eventsOf(
      receipt('errore-consegna', '<destinatari>a@b.test</destinatari><destinatari>c@d.test</destinatari>'),
    )
    expect(many[0]!.data).not.toHaveProperty('recipient')
    expect((await eventsOf(receipt('constructor', '')))[0]?.type).toBe('message.received')
    const hostile = await eventsOf(receipt('avvenuta-consegna', '<consegna '.repeat(20_000)))
    expect(hostile[0]).toMatchObject({ data: { state: 'delivered' } })
  })
})
