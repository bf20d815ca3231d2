// What is peculiar to this channel; what every channel promises is in test/contracts.
import { describe, expect, it } from 'vitest'
import { address, lowerAddress } from './address.ts'
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
})
