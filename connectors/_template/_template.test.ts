// What is peculiar to this channel; what every channel promises is in test/contracts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { signatureOf } from '../_shared/hmac-signature.ts'
import channel from './channel.ts'
import { webhook } from './receive.ts'

const receivedAt = '2026-11-21T10:00:00.000Z' as Instant
const secret = 'a secret of these tests'
const open = (body: Uint8Array) =>
  webhook.open(
    {
      method: 'POST',
      path: '/in',
      query: new URLSearchParams(),
      headers: [['x-signature', signatureOf(body, secret)]],
      body,
    },
    { id: 'main', settings: { app: 'app-1', apiBase: 'https://api.vendor.example' }, secret: async () => [secret] },
    receivedAt,
  )

describe('this channel', () => {
  it('routes a call by its app, and keeps its bytes as they came', async () => {
    const body = new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/text.json')))
    const opened = await open(body)
    expect(opened).toMatchObject({ raws: [{ route: 'app-1', bytes: body }], reply: { status: 200 } })
  })

  it('G3 keeps signed bytes that cannot be read, under no route', async () => {
    const opened = await open(new TextEncoder().encode('{"app":"app-1","items":['))
    expect(opened).toMatchObject({ raws: [{ route: '' }], reply: { status: 200 } })
  })

  it('names its account by the app', () => {
    expect(channel.routesOf({ app: 'app-1', apiBase: 'https://api.vendor.example' })).toEqual(['app-1'])
  })
})
