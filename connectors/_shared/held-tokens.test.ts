// Tokens and what proves who asks for them: made once, used until near their end, signed in the form that vendors take.
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { heldTokens } from './held-tokens.ts'
import { privateKeyIn, signedJwt } from './jwt.ts'

describe('a token', () => {
  it('P8 is made once for all who ask at one moment, used until near its end, and made anew after a refusal', async () => {
    const held = heldTokens<{ readonly why: string }>()
    let made = 0
    const ask = (nowMs: number) =>
      held.get(['key'], nowMs, async () => ({ token: `token ${(made += 1)}`, goodForMs: 1000 }))
    expect(await Promise.all([ask(0), ask(0), ask(0)])).toEqual(['token 1', 'token 1', 'token 1'])
    expect([await ask(999), await ask(1000)]).toEqual(['token 1', 'token 2'])
    held.drop('token 2')
    expect(await ask(1001)).toBe('token 3')
    expect(await held.get(['another key'], 0, async () => ({ token: 'other', goodForMs: 1 }))).toBe('other')
  })

  it('a failure is told to all who wait, and kept for nobody', async () => {
    const held = heldTokens<{ readonly why: string }>()
    const fails = () => held.get(['key'], 0, async () => ({ why: 'no' }))
    expect(await Promise.all([fails(), fails()])).toEqual([{ why: 'no' }, { why: 'no' }])
    expect(await held.get(['key'], 0, async () => ({ token: 'now', goodForMs: 1 }))).toBe('now')
  })
})

describe('a signed assertion', () => {
  it.each(['ES256', 'RS256'] as const)(
    '%s is verified by the public key alone, ES256 as r and s of 64 bytes',
    (alg) => {
      const pair =
        alg === 'ES256'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('rsa', { modulusLength: 2048 })
      const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const key = privateKeyIn(pem.replaceAll('\n', '\\n'), alg === 'ES256' ? 'ec' : 'rsa')!
      const [head, claims, signature] = signedJwt({ alg, kid: 'k', key, claims: { iss: 'me', exp: 7 } }).split('.')
      const read = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as unknown
      expect([read(head), read(claims)]).toEqual([
        { alg, kid: 'k', typ: 'JWT' },
        { iss: 'me', exp: 7 },
      ])
      const bytes = Buffer.from(signature ?? '', 'base64url')
      const publicKey = createPublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }))
      const how = alg === 'ES256' ? ({ key: publicKey, dsaEncoding: 'ieee-p1363' } as const) : publicKey
      expect(verify('sha256', Buffer.from(`${head}.${claims}`), how, bytes)).toBe(true)
      expect(bytes).toHaveLength(alg === 'ES256' ? 64 : 256)
    },
  )

  it('what is no key of the kind is none, without a word about it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    expect([privateKeyIn('nonsense', 'ec'), privateKeyIn(rsa.toString(), 'ec'), privateKeyIn('', 'rsa')]).toEqual([
      null,
      null,
      null,
    ])
  })
})
