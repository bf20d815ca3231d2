// What is peculiar to this channel; what every channel promises is in test/contracts.
import { describe, expect, it } from 'vitest'
import { fit } from '../../core/rules/fit.ts'
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
    for (const typed of ['ana', 'a@b@c', 'ana@', 'a b@c.de', 'a@b.de\r\nBcc: x@y.z'])
      expect(address(typed)).toHaveProperty('refuse')
    expect(lowerAddress('A@B.DE')).toBe('a@b.de')
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
