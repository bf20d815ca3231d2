// Proves the body of every kind of reply, and every limit that is refused in words before anything is sent.
import { describe, expect, it } from 'vitest'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import type { Attachment, Part } from '../../schemas/message.ts'
import { buttonsMax, captionMax, listMax, textMax } from './limits.ts'
import { plan } from './outgoing.ts'

const message = (more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  ours: 'rep_1',
  kind: 'dm',
  author: 'person',
  to: { id: 'TR.1', name: null, address: null, keys: [] },
  text: '',
  parts: [],
  attachments: [],
  repliesTo: [],
  vendor: { to: '+905321112233' },
  ...more,
})
const attachment = (type: string, more: Partial<Attachment> = {}): Attachment => ({
  id: 'att_1',
  name: 'dosya.bin',
  type,
  size: 1_000,
  sha256: null,
  state: 'stored',
  source: { blob: `sha256:${'a'.repeat(64)}` },
  ...more,
})
const part = (kind: string, more: Readonly<Record<string, unknown>> = {}): Part => ({ kind, ...more })
function bodyOf(more: Partial<OutboundMessage>): Readonly<Record<string, unknown>> {
  const planned = plan(message(more))
  if (planned.is === 'refused') throw new Error(`${planned.code}: ${planned.why}`)
  return planned.body('media-1')
}
function codeOf(more: Partial<OutboundMessage>): string {
  const planned = plan(message(more))
  if (planned.is === 'refused') expect(planned.why.length).toBeGreaterThan(20)
  return planned.is === 'refused' ? planned.code : 'accepted'
}

describe('to whom', () => {
  it('D42 a text is the whole body, with our key and no preview', () => {
    expect(bodyOf({ text: 'Merhaba' })).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+905321112233',
      type: 'text',
      text: { body: 'Merhaba', preview_url: false },
      biz_opaque_callback_data: 'rep_1',
    })
  })

  it('a person without a number is reached by user id', () => {
    const body = bodyOf({ text: 'a', vendor: { recipient: 'US.13491208655302741918' } })
    expect([body['recipient'], 'to' in body]).toEqual(['US.13491208655302741918', false])
  })

  it('if both are given, to wins', () => {
    const body = bodyOf({ text: 'a', vendor: { to: '+16505551234', recipient: 'US.1' } })
    expect([body['to'], 'recipient' in body]).toEqual(['+16505551234', false])
  })

  it('a number always gets its +', () =>
    expect(bodyOf({ text: 'a', vendor: { to: '16505551234' } })['to']).toBe('+16505551234'))

  it('W2 a conversation we open goes to the typed number', () => {
    const to = { id: '905321112233', name: null, address: '+90 (532) 111-22 33', keys: [] }
    expect(bodyOf({ text: 'a', to, vendor: {} })['to']).toBe('+905321112233')
  })

  it('a group is addressed as a group', () => {
    expect(bodyOf({ text: 'a', vendor: { group: 'Y2FwaQ' } })).toMatchObject({ recipient_type: 'group', to: 'Y2FwaQ' })
  })

  it('nobody to send to is refused', () => {
    const to = { id: 'x', name: null, address: '@sheena', keys: [] }
    expect(codeOf({ text: 'a', to, vendor: {} })).toBe('no_address')
  })

  it('a quoted message goes as context', () => {
    expect(bodyOf({ text: 'a', repliesTo: ['wamid.in', 'wamid.older'] })['context']).toEqual({ message_id: 'wamid.in' })
  })
})

describe('text', () => {
  it('fits at the limit, is refused one over, and counts code points', () => {
    expect(codeOf({ text: '😀'.repeat(textMax) })).toBe('accepted')
    expect(codeOf({ text: '😀'.repeat(textMax + 1) })).toBe('too_long')
  })
  it('nothing at all is refused', () => expect(codeOf({ text: ' \n' })).toBe('empty'))
})

describe('W4 files', () => {
  it.each([
    ['image/jpeg', 'image', { id: 'media-1', caption: 'bakın' }],
    ['image/png', 'image', { id: 'media-1', caption: 'bakın' }],
    ['video/mp4', 'video', { id: 'media-1', caption: 'bakın' }],
    ['application/pdf', 'document', { id: 'media-1', caption: 'bakın', filename: 'dosya.bin' }],
    ['image/gif', 'document', { id: 'media-1', caption: 'bakın', filename: 'dosya.bin' }],
  ])('%s goes as %s with the text as its caption', (type, kind, expected) => {
    expect(bodyOf({ text: 'bakın', attachments: [attachment(type)] })).toMatchObject({ type: kind, [kind]: expected })
  })

  it.each([
    ['audio/ogg; codecs=opus', 'audio'],
    ['image/webp', 'sticker'],
  ])('%s goes as %s, and text with it is refused', (type, kind) => {
    expect(bodyOf({ attachments: [attachment(type)] })[kind]).toEqual({ id: 'media-1' })
    expect(codeOf({ text: 'a', attachments: [attachment(type)] })).toBe('no_caption')
  })

  it('a caption has its own limit', () => {
    expect(codeOf({ text: 'a'.repeat(captionMax), attachments: [attachment('image/png')] })).toBe('accepted')
    expect(codeOf({ text: 'a'.repeat(captionMax + 1), attachments: [attachment('image/png')] })).toBe('too_long')
  })

  it.each([
    ['image/jpeg', 5 * 1_024 * 1_024],
    ['video/mp4', 16 * 1_024 * 1_024],
    ['audio/mpeg', 16 * 1_024 * 1_024],
    ['image/webp', 500 * 1_024],
    ['application/zip', 100 * 1_024 * 1_024],
  ])('%s may have %i bytes, not one more', (type, size) => {
    expect(codeOf({ attachments: [attachment(type, { size })] })).toBe('accepted')
    expect(codeOf({ attachments: [attachment(type, { size: size + 1 })] })).toBe('file_too_large')
  })

  it('two files, an empty one and one that is not stored are refused', () => {
    const one = attachment('image/png')
    expect(codeOf({ attachments: [one, one] })).toBe('one_file')
    expect(codeOf({ attachments: [attachment('image/png', { size: 0 })] })).toBe('file_empty')
    expect(codeOf({ attachments: [attachment('image/png', { source: { atVendor: '{}' } })] })).toBe('file_missing')
  })

  it('S12 a name with quotes, line breaks and paths is made harmless', () => {
    const named = attachment('application/pdf', { name: 'a"\r\nX: b/../fatura ş.pdf' })
    expect(bodyOf({ attachments: [named] })['document']).toMatchObject({ filename: 'a_X: b_.._fatura ş.pdf' })
  })
})

describe('D42 parts', () => {
  it('a location', () => {
    const given = part('location', {
      latitude: 41.02,
      longitude: 28.97,
      name: 'Galata',
      address: 'Beyoğlu',
      url: 'https://x.example',
    })
    expect(bodyOf({ parts: [given] })['location']).toEqual({
      latitude: 41.02,
      longitude: 28.97,
      name: 'Galata',
      address: 'Beyoğlu',
    })
    expect(codeOf({ parts: [part('location', { latitude: 91, longitude: 0 })] })).toBe('invalid')
    expect(codeOf({ parts: [part('location')] })).toBe('invalid')
    expect(codeOf({ parts: [given], text: 'burada' })).toBe('one_part')
  })

  it('contact cards, as they came in or as the vendor shapes them', () => {
    const ours = {
      name: 'Nazlı Güneş',
      phones: [{ phone: '+90 532', id: '90532', type: 'CELL' }],
      organisation: { name: 'ACME' },
    }
    const vendors = { name: { formatted_name: 'Tom B', last_name: 'B' }, phones: ['+1 650'] }
    expect(bodyOf({ parts: [part('contacts', { contacts: [ours, vendors] })] })['contacts']).toEqual([
      {
        name: { formatted_name: 'Nazlı Güneş', first_name: 'Nazlı Güneş' },
        phones: [{ phone: '+90 532', wa_id: '90532', type: 'CELL' }],
        org: { company: 'ACME' },
      },
      { name: { formatted_name: 'Tom B', last_name: 'B' }, phones: [{ phone: '+1 650' }] },
    ])
    expect(codeOf({ parts: [part('contacts', { contacts: [{ phones: [] }] })] })).toBe('invalid')
    expect(codeOf({ parts: [part('contacts')] })).toBe('invalid')
  })

  it('a reaction, and its removal', () => {
    const body = bodyOf({ parts: [part('reaction', { emoji: '👍' })], repliesTo: ['wamid.in'] })
    expect(body).toMatchObject({ type: 'reaction', reaction: { message_id: 'wamid.in', emoji: '👍' } })
    expect(body).not.toHaveProperty('context')
    expect(bodyOf({ parts: [part('reaction', { target: 'wamid.x', emoji: null })] })['reaction']).toEqual({
      message_id: 'wamid.x',
      emoji: '',
    })
    expect(codeOf({ parts: [part('reaction', { emoji: '👍' })] })).toBe('invalid')
  })

  it('two parts, a part with a file, an unknown kind are refused', () => {
    const one = part('location', { latitude: 1, longitude: 1 })
    expect(codeOf({ parts: [one, one] })).toBe('one_part')
    expect(codeOf({ parts: [one], attachments: [attachment('image/png')] })).toBe('one_part')
    expect(codeOf({ parts: [part('order')] })).toBe('part_kind')
  })
})

describe('D42 buttons and lists', () => {
  const buttons = (count: number, title = 'Evet', id = 'b') =>
    part('interactive', { buttons: Array.from({ length: count }, (_, at) => ({ id: `${id}${at}`, title })) })
  const list = (more: Readonly<Record<string, unknown>>) =>
    part('interactive', { type: 'list', button: 'Seç', ...more })
  const rows = (count: number, more = {}) =>
    Array.from({ length: count }, (_, at) => ({ id: `r${at}`, title: `Satır ${at}`, ...more }))
  const ask = (given: Part, text = 'Onaylıyor musunuz?') => codeOf({ parts: [given], text })

  it('buttons with header and footer', () => {
    const given = part('interactive', { buttons: [{ id: 'y', title: 'Evet' }], header: 'Sipariş', footer: '7/24' })
    expect(bodyOf({ parts: [given], text: 'Onay?' })['interactive']).toEqual({
      type: 'button',
      header: { type: 'text', text: 'Sipariş' },
      body: { text: 'Onay?' },
      footer: { text: '7/24' },
      action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Evet' } }] },
    })
  })

  it('the limits of buttons', () => {
    expect([ask(buttons(3)), ask(buttons(4)), ask(buttons(0))]).toEqual(['accepted', 'invalid', 'invalid'])
    expect([ask(buttons(1, 'ş'.repeat(20))), ask(buttons(1, 'ş'.repeat(21)))]).toEqual(['accepted', 'too_long'])
    expect(ask(buttons(1, 'a', 'x'.repeat(buttonsMax.id)))).toBe('too_long')
    expect(ask(buttons(1), 'a'.repeat(buttonsMax.body + 1))).toBe('too_long')
    expect(ask(buttons(1), '')).toBe('empty')
    expect(
      ask(
        part('interactive', {
          buttons: [
            { id: 'a', title: 'x' },
            { id: 'a', title: 'y' },
          ],
        }),
      ),
    ).toBe('invalid')
    expect(ask(part('interactive', { buttons: [{ id: 'a', title: 'x' }], footer: 'f'.repeat(61) }))).toBe('too_long')
  })

  it('a list of sections', () => {
    const sections = [
      { title: 'Kargo', rows: [{ id: '1', title: 'Hızlı', description: '1–2 gün' }] },
      { title: 'Mağaza', rows: rows(1) },
    ]
    expect(bodyOf({ parts: [list({ sections })], text: 'Nasıl?' })['interactive']).toEqual({
      type: 'list',
      body: { text: 'Nasıl?' },
      action: { button: 'Seç', sections },
    })
  })

  it('the limits of lists', () => {
    expect([ask(list({ rows: rows(10) })), ask(list({ rows: rows(11) })), ask(list({ rows: [] }))]).toEqual([
      'accepted',
      'invalid',
      'invalid',
    ])
    const spread = [
      { title: 'a', rows: rows(6) },
      { title: 'b', rows: rows(5, { id: 'other' }) },
    ]
    expect(ask(list({ sections: spread }))).toBe('invalid')
    expect(ask(list({ sections: [{ rows: rows(1) }, { title: 'b', rows: [{ id: 'z', title: 'z' }] }] }))).toBe(
      'invalid',
    )
    expect(ask(list({ rows: [{ id: '1', title: 'a'.repeat(listMax.rowTitle + 1) }] }))).toBe('too_long')
    expect(ask(list({ rows: rows(1, { description: 'd'.repeat(listMax.rowDescription + 1) }) }))).toBe('too_long')
    expect(ask(list({ rows: rows(1), button: 'b'.repeat(21) }))).toBe('too_long')
    expect(ask(list({ rows: rows(1) }), 'a'.repeat(listMax.body))).toBe('accepted')
  })

  it('a location request', () => {
    expect(
      bodyOf({ parts: [part('interactive', { type: 'location_request' })], text: 'Neredesiniz?' })['interactive'],
    ).toEqual({
      type: 'location_request_message',
      body: { text: 'Neredesiniz?' },
      action: { name: 'send_location' },
    })
  })
})

describe('W11 templates', () => {
  const template = (values: Readonly<Record<string, string>>, more: Partial<OutboundMessage> = {}) => ({
    template: { name: 'siparis', language: 'tr', values },
    ...more,
  })
  const componentsOf = (values: Readonly<Record<string, string>>, more: Partial<OutboundMessage> = {}) =>
    (bodyOf(template(values, more))['template'] as Record<string, unknown>)['components']

  it('without values there are no components', () => {
    expect(bodyOf(template({}))['template']).toEqual({ name: 'siparis', language: { code: 'tr' } })
  })

  it('numbered values stand in their order, ten after nine', () => {
    const values = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [String(10 - at), `v${10 - at}`]))
    const texts = Array.from({ length: 10 }, (_, at) => ({ type: 'text', text: `v${at + 1}` }))
    expect(componentsOf(values)).toEqual([{ type: 'body', parameters: texts }])
  })

  it('named values, header and buttons', () => {
    const values = {
      day: 'Cumartesi',
      'header.1': 'Ayşe',
      'button.1': 'izle/42',
      'button.0.payload': 'YES',
      'button.2.code': 'GÜZ',
    }
    expect(componentsOf(values)).toEqual([
      { type: 'header', parameters: [{ type: 'text', text: 'Ayşe' }] },
      { type: 'body', parameters: [{ type: 'text', parameter_name: 'day', text: 'Cumartesi' }] },
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'YES' }] },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'izle/42' }] },
      { type: 'button', sub_type: 'copy_code', index: '2', parameters: [{ type: 'coupon_code', coupon_code: 'GÜZ' }] },
    ])
  })

  it('the header’s media: by link, by id, or the file of the reply', () => {
    const headerOf = (made: unknown) => (made as { parameters: unknown }[])[0]?.parameters
    const link = 'https://cdn.example/a.png'
    expect(headerOf(componentsOf({ 'header.image': link }))).toEqual([{ type: 'image', image: { link } }])
    expect(headerOf(componentsOf({ 'header.video': '1037543291543636' }))).toEqual([
      { type: 'video', video: { id: '1037543291543636' } },
    ])
    const document = { id: 'media-1', filename: 'dosya.bin' }
    expect(headerOf(componentsOf({}, { attachments: [attachment('application/pdf')] }))).toEqual([
      { type: 'document', document },
    ])
  })

  it.each([
    ['numbered and named together', { 1: 'a', day: 'b' }, {}],
    ['a gap in the numbers', { 1: 'a', 3: 'c' }, {}],
    ['a header that is no address', { 'header.image': 'http://x.example/a.png' }, {}],
    ['a button nobody knows', { 'button.x': 'a' }, {}],
    ['a button kind of the prototype', { 'button.0.constructor': 'a' }, {}],
    ['a file and a header', { 'header.1': 'a' }, { attachments: [attachment('image/png')] }],
  ])('%s is refused', (_, values, more) => expect(codeOf(template(values, more))).toBe('template_values'))

  it('a sound is no header, and a template takes no parts', () => {
    expect(codeOf(template({}, { attachments: [attachment('audio/mpeg')] }))).toBe('file_type')
    expect(codeOf(template({}, { parts: [part('location')] }))).toBe('one_part')
  })
})
