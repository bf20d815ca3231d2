// The address that carries its own secret: only the whole token opens it, and every other call hears what a call of nowhere hears.
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { systemClock } from '../../infra/drivers/clock.ts'
import { callWith } from '../../test/contracts/channel-folder.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { makeTestChannel } from '../../test/support/test-channel.ts'
import { receive, type ReceiveDeps } from './receive.ts'

const token = 'Zm9yLXRlc3RzLW9ubHkhIQ'
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function ask(
  given: string | null,
  { tokenHash = hashOf(token) as string | null, proof = 'token' as 'token' | 'signature' } = {},
) {
  const found = { channel: makeTestChannel(proof), endpoint: {}, account: { id: 'main', tokenHash } }
  const deps = {
    directory: { endpoint: (_channel: string, id: string) => (id === 'main' ? found : null) },
    meter: { count: () => undefined, gauge: () => undefined, observe: () => undefined },
    clock: systemClock,
    logger: keptLog(),
  } as unknown as ReceiveDeps
  const at = (endpoint: string) =>
    receive(
      { request: callWith(new Uint8Array(), []), channel: 'testchannel', endpoint, token: given, correlation: 'c' },
      deps,
      new AbortController().signal,
    )
  return { main: at('main'), nowhere: at('nowhere') }
}

it('S6 the right token opens its address', async () => {
  expect((await ask(token).main).status).toBe(200)
})
it.each([
  null,
  '',
  token.slice(0, -1),
  `${token}A`,
  token.toLowerCase(),
  ` ${token}`,
  hashOf(token),
  '%00',
  'x'.repeat(512),
])('S6 %j opens nothing, and hears what nobody’s address says', async (given) => {
  const { main, nowhere } = ask(given)
  expect((await main).status).toBe(404)
  expect(await main).toEqual(await nowhere)
})
it('S6 an account that has no token yet is opened by none, and a signed one by no token at all', async () => {
  for (const given of [null, '', token]) expect((await ask(given, { tokenHash: null }).main).status).toBe(404)
  expect((await ask(token, { proof: 'signature' }).main).status).toBe(404)
  expect((await ask(null, { proof: 'signature' }).main).status).toBe(200)
})
