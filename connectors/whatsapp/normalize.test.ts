// What each kind of content, receipt and event of this vendor becomes, by the ids of the features it serves.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { InboundEvent } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { normalize } from './normalize.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const receivedAt = '2026-11-21T10:00:00.000Z' as Instant
const read = (bytes: Uint8Array): readonly InboundEvent[] =>
  normalize({ route: '106540352242922', bytes, contentType: 'application/json', receivedAt })
const of = (file: string): readonly InboundEvent[] => read(new Uint8Array(readFileSync(join(fixtures, `${file}.json`))))
const only = (file: string): InboundEvent => {
  const events = of(file)
  if (events.length !== 1) throw new Error(`${file} gives ${events.length} events`)
  return events[0]!
}
const message = (item: object): readonly InboundEvent[] => {
  const whole = { from: '16505551234', id: 'wamid.1', timestamp: '1794312000', ...item }
  const value = { metadata: { phone_number_id: '106540352242922' }, messages: [whole] }
  const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] }
  return read(new TextEncoder().encode(JSON.stringify(body)))
}

describe('messages', () => {
  it.each([
    ['text', { text: 'Does it come in another color?', parts: [] }],
    [
      'location_place',
      { parts: [{ kind: 'location', latitude: 37.4611978, longitude: -122.2164385, name: 'Philz Coffee' }] },
    ],
    ['contacts', { parts: [{ kind: 'contacts' }] }],
    ['interactive_button_reply', { text: 'Cancel', parts: [{ kind: 'answer', of: 'button', id: 'cancel-button' }] }],
    ['interactive_list_reply', { parts: [{ kind: 'answer', of: 'list', id: 'priority_express' }] }],
    [
      'interactive_nfm_reply',
      { parts: [{ kind: 'answer', of: 'form', values: { delivery_rating: '4', recommend: 'true' } }] },
    ],
    ['button_quick_reply', { text: 'Unsubscribe', parts: [{ kind: 'answer', of: 'button', id: 'Unsubscribe' }] }],
    ['order', { text: 'Love these!', parts: [{ kind: 'order', catalogId: '194836987003835' }] }],
    ['sticker_animated', { parts: [{ kind: 'sticker', animated: true }], attachments: [{ type: 'image/webp' }] }],
    ['audio_voice', { parts: [{ kind: 'voice' }], attachments: [{ name: 'voice.ogg', type: 'audio/ogg' }] }],
    ['text_frequently_forwarded', { parts: [{ kind: 'forwarded', often: true }] }],
    ['text_ad_referral', { parts: [{ kind: 'referral', sourceId: '120226305854810726', sourceType: 'ad' }] }],
    ['text_product_inquiry', { parts: [{ kind: 'product', productId: 'di9ozbzfi4' }] }],
    ['unsupported', { parts: [{ kind: 'unsupported', type: 'poll', code: '131051' }] }],
    ['unsupported_media_too_large', { parts: [{ kind: 'unsupported', code: '131052' }] }],
  ])('D42 %s', (file, data) => {
    expect(only(file)).toMatchObject({ type: 'message.received', data })
  })

  it('D42 a type of tomorrow is a message with a part that says so', () => {
    expect(message({ type: 'hologram', hologram: {} })).toMatchObject([
      { type: 'message.received', data: { parts: [{ kind: 'unsupported', type: 'hologram' }] } },
    ])
  })
  it('D42 a file is fetched by its id; the address in the webhook is not kept', () => {
    const [event] = of('image')
    const json = JSON.stringify(event)
    expect(json).not.toContain('lookaside')
    const { attachments } = (event as InboundEvent<'message.received'>).data
    const [source] = attachments.map((file) => file.source)
    expect(JSON.parse((source as { atVendor: string }).atVendor)).toEqual({
      id: '1003383421387256',
      sha256: 'rO5T+mV7hXnXnP2bslrC5WMz/0wEZsGdJTkTstuQcyI=',
      type: 'image/jpeg',
    })
  })
  it('S13 a file name is a label', () => {
    expect(of('lone-surrogates')[1]).toMatchObject({ data: { attachments: [{ name: 'passwd.pdf' }] } })
  })
  it('names belong to ids, not to positions', () => {
    const names = of('profiles-by-id').map((event) => (event as InboundEvent<'message.received'>).data.from.name)
    expect(names).toEqual(['First Sender', 'Second Sender', null])
  })
  it('a group is its own conversation, a person in it stays a person', () => {
    const event = only('text_group')
    expect(event.threadKeys).toEqual(['group:Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD'])
    expect(event).toMatchObject({
      data: { kind: 'group', from: { keys: ['whatsapp.user:BR.1502576394655843', 'phone:5511987654321'] } },
    })
  })
  it('B18 a user id, a phone and a parent id are all keys, the user id first', () => {
    expect(only('text_parent_bsuid').threadKeys).toEqual([
      'whatsapp.user:US.13491208655302741918',
      'phone:16505551234',
      'whatsapp.user:US.ENT.11815799212886844830',
    ])
    expect(only('text_legacy_no_bsuid').threadKeys).toEqual(['phone:16505551234'])
    expect(only('text_username_only')).toMatchObject({
      data: { from: { address: '@realsheenanelson' }, vendor: { recipient: 'US.13491208655302741918' } },
    })
  })
  it('P20 both spellings of a Brazilian number are one lane and one key; the reply goes to the id as given', () => {
    const [short, long] = ['551187654321', '5511987654321'].map(
      (from) => message({ from, type: 'text', text: { body: 'oi' } })[0]!,
    )
    expect(short!.lane).toBe(long!.lane)
    expect(short!.threadKeys[0]).toBe(long!.threadKeys[0])
    expect(short).toMatchObject({ data: { vendor: { to: '+551187654321' } } })
  })
})

describe('facts about messages', () => {
  it('edits, deletions and reactions name their target, and order themselves', () => {
    expect(only('edit_text')).toMatchObject({
      type: 'message.edited',
      data: { text: 'Does it come in another colour? (blue)' },
    })
    expect(only('revoke')).toMatchObject({ type: 'message.deleted' })
    expect(only('reaction_add')).toMatchObject({ type: 'message.reacted', data: { emoji: '👍' } })
    expect(only('reaction_remove')).toMatchObject({ type: 'message.reacted', data: { emoji: null } })
    const revisions = ['reaction_add', 'reaction_remove'].map(
      (file) => (only(file) as InboundEvent<'message.reacted'>).data.revision,
    )
    expect(revisions[1]! > revisions[0]!).toBe(true)
  })
  it('an empty emoji takes the reaction back too', () => {
    expect(message({ type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '' } })).toMatchObject([
      { data: { emoji: null } },
    ])
  })
  it('W5 receipts keep their states apart, and a played voice message was read', () => {
    const [sent, delivered, seen] = ['status_sent_v24', 'status_delivered', 'status_read'].map(
      (file) => only(file).dedupe,
    )
    expect(new Set([sent, delivered, seen]).size).toBe(3)
    expect(only('status_played')).toMatchObject({ data: { state: 'read' } })
    expect(only('status_played').dedupe).toContain('played')
  })
  it('W5 in a group each participant has a receipt', () => {
    expect(of('status_group_aggregated').map((event) => event.data)).toMatchObject([
      { state: 'read', participant: 'US.1001' },
      { state: 'delivered', participant: 'US.1002' },
    ])
  })
  it('W5 a failure says the code and why, a receipt gives our key back whole', () => {
    expect(only('status_failed_reengagement')).toMatchObject({ data: { state: 'failed', code: '131047' } })
    expect(only('status_with_callback_data')).toMatchObject({ data: { ours: 'tenant=acme;outbox=01JCB7K9Q2' } })
  })
  it('what a colleague wrote in the phone app is an echo, from us to the customer', () => {
    expect(only('smb_message_echo')).toMatchObject({
      type: 'message.echoed',
      data: { from: { address: '+15550783881' }, to: [{ id: 'US.13491208655302741918' }] },
    })
  })
  it('history is marked as imported, ours and theirs; a file that follows is new content of its message', () => {
    const events = of('history')
    expect(events.map((event) => event.origin)).toEqual(
      events.map((event) => (event.type === 'ingest.quarantined' ? undefined : 'import')),
    )
    expect(events.slice(0, 3).map((event) => event.type)).toEqual([
      'message.received',
      'message.echoed',
      'message.received',
    ])
    expect(events.slice(-2)).toMatchObject([
      {
        type: 'message.edited',
        data: { target: 'wamid.MADE.history.3', text: 'our door', attachments: [{ name: 'image.jpg' }] },
      },
      { type: 'message.edited', data: { target: 'wamid.MADE.history.4', by: { address: '+15550783881' } } },
    ])
  })
})

describe('people', () => {
  it('B18 a changed number, a new user id and a shared phone link old keys and new', () => {
    expect(only('system_number_changed')).toMatchObject({
      type: 'contact.linked',
      threadKeys: ['phone:16505551234', 'phone:12195555358'],
    })
    expect(only('system_user_id_changed')).toMatchObject({
      data: { from: ['phone:16505551234'], to: { id: 'US.98765432109876543210' } },
    })
    expect(of('contacts_shared_phone').map((event) => event.type)).toEqual(['message.received', 'contact.linked'])
  })
  it('a card that was merely sent on links nobody', () => {
    expect(of('contacts').map((event) => event.type)).toEqual(['message.received'])
  })
  it('a marketing stop is kept for whoever sends', () => {
    expect(only('user_preferences_stop')).toMatchObject({
      type: 'contact.preference_changed',
      data: { subject: 'marketing_messages', value: 'stop' },
    })
  })
})

describe('templates and the account', () => {
  it.each([
    ['template_status_approved', { state: 'approved', category: 'utility' }],
    ['template_status_rejected', { state: 'rejected' }],
    ['template_status_paused', { state: 'paused' }],
    ['template_quality_update', { quality: 'yellow' }],
    ['template_category_update', { category: 'marketing' }],
  ])('W11 %s', (file, data) => {
    expect(only(file)).toMatchObject({ type: 'template.state_changed', threadKeys: [], data })
  })
  it('W11 an id of 64 bits keeps every digit', () => {
    expect(of('huge-numbers').at(-1)).toMatchObject({ data: { template: '9223372036854775807' } })
  })
  it('D64 quality and limits are facts; only a ban or a restriction changes the state', () => {
    expect(only('phone_number_quality_update')).toMatchObject({
      type: 'channel.health_changed',
      data: { facts: { event: 'THROUGHPUT_UPGRADE' } },
    })
    expect(only('phone_number_quality_update').data).not.toHaveProperty('state')
    expect(only('account_update_restriction')).toMatchObject({ data: { state: 'degraded' } })
    expect(of('account_banned').map((event) => (event.data as { state?: string }).state)).toEqual([
      'auth_failed',
      undefined,
      undefined,
    ])
    expect(only('value_errors')).toMatchObject({ data: { facts: { errorCode: '130429' } } })
  })
})

describe('poison', () => {
  it('G6 each unreadable item is an event of its own with its path, and its neighbours live', () => {
    const events = of('unreadable-item')
    expect(events.filter((event) => event.type === 'message.received')).toHaveLength(2)
    expect(events.filter((event) => event.type === 'ingest.quarantined').map((event) => event.data)).toMatchObject([
      { path: 'entry[0].changes[0].value.messages[1]' },
      { path: 'entry[0].changes[0].value.messages[2].id' },
      { path: 'entry[0].changes[0].value.messages[3].text.body' },
      { path: 'entry[0].changes[0].value.messages[4].timestamp' },
      { path: 'entry[0].changes[0].value.messages[5].image.id' },
    ])
  })
  it('G3 unknown fields are kept aside, not refused', () => {
    expect(of('unknown').slice(-2)).toMatchObject([
      { data: { why: 'the field calls is not known' } },
      { data: { why: 'the field weather is not known' } },
    ])
  })
  it('S7 __proto__, constructor and prototype change no object', () => {
    expect(of('proto-keys')).toHaveLength(5)
    expect(Object.prototype).not.toHaveProperty('polluted')
    expect(JSON.stringify(of('proto-keys').map((event) => Object.keys(event)))).not.toContain('__proto__')
  })
  it('all 62 fixtures of the vendor are here', () => {
    const made = readFileSync(join(fixtures, 'manifest.tsv'), 'utf8')
      .split('\n')
      .slice(2, 64)
      .map((row) => row.split('\t')[0])
    expect(made.filter((file) => !readdirSync(fixtures).includes(file!))).toEqual([])
    expect(new Set(made).size).toBe(62)
  })
})
