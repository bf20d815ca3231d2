// What is said of settings that do not fit: which one, and what would.
import { expect, it } from 'vitest'
import type { AnyChannel } from '../../core/ports/channel.ts'
import email from './channel.ts'
import { registryFacts } from '../../infra/registry-facts.ts'

const facts = registryFacts(new Map([['email', email as unknown as AnyChannel]]))
const whyNot = (settings: unknown) => facts.whyNotAnAccount('email', settings, [])
const address = 'support@shop.example'

it.each([
  [{ address, provider: 'yahoo' }, 'settings.provider', 'must be one of gmail, microsoft365, outlook, yandex'],
  [{ address, imap: { tls: 'ssl' } }, 'settings.imap.tls', 'must be one of true, starttls, false'],
  [{ address, imap: { hots: 'mail.shop.example' } }, 'settings.imap.hots', 'Did you mean host?'],
  [{ address, since: '5.1.2026' }, 'settings.since', 'from this day on'],
  [{ address, oauth: {} }, 'settings.oauth.clientId', 'is missing'],
  [{ address, layouts: { tr: { html: '<p>Sayın müşterimiz,</p>' } } }, 'settings.layouts.tr.html', '{{body}}'],
  [{ address, layouts: { TR: { text: '{{body}}' } } }, 'settings.layouts.TR', 'by language'],
  [{}, 'settings.address', 'is missing'],
  ['mail', 'settings', 'must be an object'],
])('D31 D27 settings that do not fit name the one that does not, and what would: %j', (settings, field, why) => {
  expect(whyNot(settings)).toEqual({ field, why: expect.stringContaining(why) })
})
it('D31 settings that fit are said nothing of', () => {
  expect(whyNot({ address, imap: { host: 'mail.shop.example', tls: 'starttls' } })).toBeNull()
})
