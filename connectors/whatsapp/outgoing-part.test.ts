// Proves locations, cards, reactions, buttons and lists, and every limit of theirs that is refused in words.
import { describe, expect, it } from 'vitest'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import type { Part } from '../../schemas/message.ts'
import { attachment, outbound } from '../../test/support/outbound.ts'
import { buttonsMax, listMax } from './limits.ts'
import { plan } from './outgoing.ts'

const part = (kind: string, more: Readonly<Record<string, unknown>> = {}): Part => ({ kind, ...more })
function bodyOf(more: Partial<OutboundMessage>): Readonly<Record<string, unknown>> {
  const planned = plan(outbound(more))
  if (planned.is === 'refused') throw new Error(`${planned.code}: ${planned.why}`)
  return planned.body('media-1')
}
/** Every refusal says why in words. */
function codeOf(more: Partial<OutboundMessage>): string {
  const planned = plan(outbound(more))
  if (planned.is === 'plan') return 'accepted'
  return planned.why.length > 20 ? planned.code : `${planned.code} without words`
}

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
