// A key of a workspace cannot have the gateway read its own environment and files for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'

let bench: Bench
let key = ''
beforeAll(async () => {
  // As infra/drivers/secrets.ts seals: a reference stays readable.
  const seal = async (_workspace: string, _place: string, plain: string) =>
    /^(?:env|file):/.test(plain) ? plain : `sealed:1:1:${plain.length}`
  bench = await apiBench({ api: { secrets: { seal } } })
  const { body } = await bench.call({ method: 'POST', url: '/v1/keys', payload: { name: 'all', scopes: ['admin'] } })
  key = (body as { key: string }).key
})
afterAll(() => bench.close())

const ask = async (method: 'POST' | 'PATCH', url: string, payload: object, as?: string) => {
  const answer = await bench.call({
    method,
    url,
    payload,
    ...(as === undefined ? {} : { headers: { authorization: `Bearer ${as}` } }),
  })
  return { ...answer, body: answer.body as Readonly<Record<string, unknown>> }
}
const account = (id: string, accessToken: string) => ({
  channel: 'testchannel',
  id,
  settings: { number: `9${id.length}` },
  secrets: { accessToken },
})

describe('S16 S27 env: and file:', () => {
  it('are for the administrator of the installation', async () => {
    const made = await ask('POST', '/v1/accounts', account('admins', 'env:WA_TOKEN'))
    expect([made.status, made.body['secrets']]).toEqual([201, { accessToken: 'env:WA_TOKEN' }])
  })

  it.each(['env:OTHERS_TOKEN', 'env:PATH', 'file:/etc/passwd', 'file:relative'])(
    'are refused to a key of a workspace, whatever its scopes: %s',
    async (reference) => {
      const refused = await ask('POST', '/v1/accounts', account('theirs', reference), key)
      expect([refused.status, refused.body['code'], refused.body['field']]).toEqual([
        403,
        'reference_not_allowed',
        'secrets.accessToken',
      ])
      expect((await bench.call({ url: '/v1/accounts/testchannel/theirs' })).status).toBe(404)
    },
  )

  it('cannot be put into an account later either; one that is there stays when other things change', async () => {
    expect((await ask('POST', '/v1/accounts', account('plain-one', 'a-plain-token'), key)).status).toBe(201)
    const turned = { version: 1, secrets: { accessToken: 'file:/etc/passwd' } }
    expect((await ask('PATCH', '/v1/accounts/testchannel/plain-one', turned, key)).status).toBe(403)
    const moved = await ask('PATCH', '/v1/accounts/testchannel/admins', { version: 1, enabled: false }, key)
    expect([moved.status, moved.body['secrets']]).toEqual([200, { accessToken: 'env:WA_TOKEN' }])
  })
})
