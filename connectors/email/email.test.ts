// What is peculiar to this channel; what every channel promises is in test/contracts.
import { describe, expect, it } from 'vitest'
import type { AnyChannel } from '../../core/ports/channel.ts'
import { fit } from '../../core/rules/fit.ts'
import { registryFacts } from '../../infra/registry-facts.ts'
import { address, lowerAddress } from './address.ts'
import { can } from './capabilities.ts'
import channel from './channel.ts'
import { imapServer, presets, smtpServer } from './providers.ts'
import type { Settings } from './settings.ts'

const settings: Settings = { address: 'Support@Shop.example', aliases: ['help@shop.example'] }

describe('this channel', () => {
  it('D30 names its account by every address whose mail is its own', () => {
    expect(channel.routesOf(settings)).toEqual(['support@shop.example', 'help@shop.example'])
  })
  it('fills in what is known of a provider, and what is written beside it wins', () => {
    const of: Settings = { ...settings, provider: 'gmail', imap: { user: 'me' } }
    expect(imapServer(of)).toMatchObject({ host: 'imap.gmail.com', port: 993, tls: true, user: 'me', verify: true })
    expect(smtpServer({ ...settings, provider: 'microsoft365' })).toMatchObject({ port: 587, tls: 'starttls' })
    expect(imapServer(settings)).toBeNull()
    expect(Object.keys(presets)).toEqual(['gmail', 'microsoft365', 'outlook', 'yandex'])
  })
  it('S21 nothing is left unencrypted or unchecked unless somebody wrote so', () => {
    const own = imapServer({ ...settings, imap: { host: 'mail.shop.example' } })
    expect(own).toEqual({ host: 'mail.shop.example', port: 993, tls: true, user: 'Support@Shop.example', verify: true })
  })
  it('takes an address as people write it, and refuses what is none', () => {
    expect(address('Ana Kaya <Ana@Bücher.example>')).toMatchObject({
      to: { id: 'ana@xn--bcher-kva.example', name: 'Ana Kaya' },
    })
    const odd = ['ana', 'a@b@c', 'ana@', 'a b@c.de', 'a@b.de\r\nBcc: x@y.z', 'a@b..de', 'a@.b.de', 'A <a@b.de.>']
    for (const typed of odd) expect(address(typed)).toHaveProperty('refuse')
    expect(lowerAddress('A@B.DE')).toBe('a@b.de')
  })

  it.each([
    [{ address: 'support@shop..example' }, 'address'],
    [{ since: '2026-02-31' }, 'since'],
    [{ since: '2026-13-01' }, 'since'],
    [{ trustedRelays: ['10.0.0.0/99'] }, 'trustedRelays.0'],
    [{ trustedRelays: ['10.0.0.1', '10.0.0.256'] }, 'trustedRelays.1'],
    [{ trustedRelays: ['10.0.1'] }, 'trustedRelays.0'],
    [{ trustedRelays: ['2001:db8::/129'] }, 'trustedRelays.0'],
    [{ trustedRelays: ['abba'] }, 'trustedRelays.0'],
    [{ dkim: { domain: 'a b', selector: 's1' } }, 'dkim.domain'],
    [{ dkim: { domain: 'shop', selector: 's1' } }, 'dkim.domain'],
    [{ dkim: { domain: 'shop.example', selector: 's 1' } }, 'dkim.selector'],
  ])('D31 refuses a setting that could never do what it says: %j', (odd, field) => {
    const { whyNotAnAccount } = registryFacts(new Map([['email', channel as AnyChannel]]))
    expect(whyNotAnAccount('email', { ...settings, ...odd }, [])).toMatchObject({ field: `settings.${field}` })
  })
  it('D31 takes what does', () => {
    const { whyNotAnAccount } = registryFacts(new Map([['email', channel as AnyChannel]]))
    const trustedRelays = ['10.0.0.0/8', '192.0.2.255', '0.0.0.0/0', '2001:db8::/32', '::1', 'fe80::1/128']
    const dkim = { domain: 'bücher.example', selector: '2026.s1' }
    expect(whyNotAnAccount('email', { ...settings, trustedRelays, dkim, since: '2024-02-29' }, [])).toBeNull()
  })

  it('D25 takes five files of 20 MB each, and says which one is too many or too large', () => {
    const sends = (...sizes: readonly number[]) => {
      const attachments = sizes.map((size, n) => ({
        id: `att_${n}`,
        name: `dosya ${n}.pdf`,
        type: 'application/pdf',
        size,
        sha256: null,
        state: 'stored' as const,
        source: { blob: `sha256:${n}` as const },
      }))
      const draft = { author: 'person', text: 'x', parts: [], attachments, copies: 0 } as const
      return fit(draft, {
        can: can.mail,
        customerAt: null,
        now: '2026-11-20T08:00:00.000Z' as never,
        template: null,
        last: null,
      })
    }
    expect(sends(...Array.from({ length: 5 }, () => 20_000_000))).toEqual({ as: 'free' })
    expect(sends(1, 1, 1, 1, 1, 1)).toMatchObject({
      misfit: { code: 'too_many_files', facts: { file: 'dosya 5.pdf' } },
    })
    expect(sends(1, 20_000_001)).toMatchObject({ misfit: { code: 'file_too_large', facts: { file: 'dosya 1.pdf' } } })
  })
})
