// Proves templates: numbered and named values, headers and buttons, and what is refused in words.
import { describe, expect, it } from 'vitest'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { attachment, outbound } from '../../test/support/outbound.ts'
import { plan } from './outgoing.ts'

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
    expect(codeOf(template({}, { parts: [{ kind: 'location' }] }))).toBe('one_part')
  })
})
