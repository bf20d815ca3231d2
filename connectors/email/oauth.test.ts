// Tokens: used while they hold, renewed near their end and never sooner, once, and what a refusal means (P8).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import type { Account } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { madeEdges } from '../../test/support/made-account.ts'
import { accessToken } from './oauth.ts'
import type { SecretName, Settings } from './settings.ts'

const asked: URLSearchParams[] = []
let answer: { readonly status: number; readonly body: unknown }
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    asked.push(new URLSearchParams(body))
    response.statusCode = answer.status
    response.end(JSON.stringify(answer.body))
  })
})
beforeAll(() => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)))
afterAll(() => new Promise((done) => server.close(done)))
beforeEach(() => {
  asked.length = 0
  answer = { status: 200, body: { access_token: 'fresh', expires_in: 3600 } }
})

const { edges } = madeEdges()
const inMinutes = (minutes: number): Instant => new Date(Date.now() + minutes * 60_000).toISOString() as Instant

/** As the gateway does it: what is made is stored before it is used. */
function accountWith(secrets: Record<string, string>, until: Record<string, Instant> = {}, oauth: object = {}) {
  const stored: string[] = []
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const account = {
    id: 'main',
    settings: { address: 'a@b.test', oauth: { clientId: 'client', tokenUrl, ...oauth } },
    secret: (name: string) =>
      secrets[name] === 'env:GONE'
        ? Promise.reject(
            new GatewayError('settings.invalid', `The variable of ${name} is gone`, { about: { place: name } }),
          )
        : Promise.resolve(secrets[name] ?? ''),
    expiresAt: (name: string) => until[name] ?? null,
    renew: async (name: string, make: (old: string) => Promise<{ value: string; expiresAt: Instant | null }>) => {
      const made = await make(secrets[name] ?? '')
      stored.push(name)
      secrets[name] = made.value
      if (made.expiresAt !== null) until[name] = made.expiresAt
      return made.value
    },
  } as unknown as Account<Settings, SecretName>
  const token = (refused?: string) => accessToken(account, refused, edges, AbortSignal.timeout(5_000))
  return { token, stored, secrets, until }
}

describe('a token', () => {
  it('P8 that holds is used, and nobody is asked', async () => {
    const { token } = accountWith({ accessToken: 'held', refreshToken: 'r' }, { accessToken: inMinutes(30) })
    expect(await token()).toEqual({ is: 'token', accessToken: 'held' })
    expect(asked).toHaveLength(0)
  })
  it('P8 near its end is renewed once, and says until when it holds', async () => {
    const it = accountWith({ accessToken: 'old', refreshToken: 'r' }, { accessToken: inMinutes(4) })
    expect(await it.token()).toEqual({ is: 'token', accessToken: 'fresh' })
    expect(await it.token()).toEqual({ is: 'token', accessToken: 'fresh' })
    expect(asked.map((form) => form.get('grant_type'))).toEqual(['refresh_token'])
    expect(asked[0]?.get('refresh_token')).toBe('r')
    expect(Date.parse(it.until['accessToken'] ?? '') - Date.now()).toBeGreaterThan(3_500_000)
  })
  it('P8 that was refused is renewed whatever its end says', async () => {
    const { token } = accountWith({ accessToken: 'dead', refreshToken: 'r' }, { accessToken: inMinutes(50) })
    expect(await token('dead')).toEqual({ is: 'token', accessToken: 'fresh' })
  })
  it('a refresh token that turns is stored before the access token it came with', async () => {
    answer = { status: 200, body: { access_token: 'fresh', expires_in: 60, refresh_token: 'turned' } }
    const { token, stored, secrets } = accountWith({ refreshToken: 'r' })
    await token()
    expect(stored).toEqual(['refreshToken', 'accessToken'])
    expect(secrets['refreshToken']).toBe('turned')
  })
  it.each(['refreshToken', 'clientSecret'])(
    'D31 whose secret %s is named and cannot be had is said as that, and nobody is asked with less',
    async (name) => {
      const { token } = accountWith({ refreshToken: 'r', [name]: 'env:GONE' })
      expect(await token()).toEqual({ is: 'none', cause: 'auth', why: `The variable of ${name} is gone` })
      expect(asked).toHaveLength(0)
    },
  )
  it('a consent that was taken back is for a person; an endpoint in trouble is not', async () => {
    answer = { status: 400, body: { error: 'invalid_grant' } }
    const { token } = accountWith({ refreshToken: 'secret-refresh' })
    const refused = await token()
    expect(refused).toMatchObject({ is: 'none', cause: 'auth' })
    expect(JSON.stringify(refused)).toContain('invalid_grant')
    expect(JSON.stringify(refused)).not.toContain('secret-refresh')
    answer = { status: 503, body: 'busy' }
    expect(await token()).toMatchObject({ is: 'none', cause: 'later' })
  })
  it('without a person: the application’s own grant', async () => {
    const { token } = accountWith({ clientSecret: 's' }, {}, { grant: 'client_credentials', scope: 'x/.default' })
    expect(await token()).toEqual({ is: 'token', accessToken: 'fresh' })
    expect(Object.fromEntries(asked[0] ?? [])).toEqual({
      client_id: 'client',
      client_secret: 's',
      scope: 'x/.default',
      grant_type: 'client_credentials',
    })
  })
})
