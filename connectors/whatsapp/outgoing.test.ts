// Proves to whom a reply goes, and texts and files with every limit that is refused in words.
import { describe, expect, it } from 'vitest'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { attachment, outbound } from '../../test/support/outbound.ts'
import { captionMax, textMax } from './limits.ts'
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

  it('a person known only by the vendor’s id is reached by it', () => {
    const to = { id: 'US.13491208655302741918', name: null, address: '@sheena', keys: [] }
    expect(bodyOf({ text: 'a', to, vendor: {} })['recipient']).toBe(to.id)
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
