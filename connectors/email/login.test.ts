// By which password an account logs in, and what is said where there is none.
import { expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import { madeEdges } from '../../test/support/made-account.ts'
import { mailAccount } from './fixtures/mail-account.ts'
import { loginOf } from './login.ts'

const server = { host: 'mail.shop.example', port: 465, tls: true, user: 'support', verify: true } as const
const missing =
  'Opening the secret: the variable SMTP_PASSWORD is not set in the gateway\u2019s environment. Set it anew.'
/** `null`: not set. `env`: it names a variable that is not there. */
function loginWith(secrets: Readonly<Record<string, string | null>>, which: 'imap' | 'smtp') {
  const account = {
    ...mailAccount({ address: 'support@shop.example' }),
    secret(name: string): Promise<string> {
      const value = secrets[name] ?? null
      if (value !== null && value !== 'env') return Promise.resolve(value)
      const about = value === null ? {} : { place: name }
      return Promise.reject(new GatewayError('settings.invalid', value === null ? 'It is empty.' : missing, { about }))
    },
  }
  return loginOf(account, server, { which }, madeEdges().edges, new AbortController().signal)
}

it('D31 a password that is named and cannot be had is said as that', async () => {
  expect(await loginWith({ password: 'env' }, 'imap')).toEqual({ is: 'none', cause: 'auth', why: missing })
  expect(await loginWith({}, 'imap')).toMatchObject({
    is: 'none',
    why: expect.stringContaining('set the secret password'),
  })
})
it('D31 where SMTP has its own, no other is shown to its server in its place', async () => {
  expect(await loginWith({ password: 'one', smtpPassword: 'env' }, 'smtp')).toMatchObject({ is: 'none', why: missing })
  expect(await loginWith({ password: 'one', smtpPassword: 'two' }, 'smtp')).toMatchObject({ pass: 'two' })
  expect(await loginWith({ password: 'one' }, 'smtp')).toMatchObject({ pass: 'one' })
})
