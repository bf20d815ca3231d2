// A simulated account is ready when the gateway is connected to its stand-in, where it is the gateway that connects.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { connect } from './api-client.ts'
import { connectSimulated } from './simulated-account.ts'

/** A gateway whose account needs so many looks until it is connected. */
async function gatewayThatConnectsAfter(looks: number) {
  let asked = 0
  const server = createServer((request, response) => {
    const isHealth = request.url?.endsWith('/health') === true
    const state = isHealth && (asked += 1) > looks ? 'connected' : 'connecting'
    const status = request.method === 'POST' ? 201 : isHealth ? 200 : 404
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isHealth ? { state, why: null } : { webhook: null }))
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, asked: () => asked }
}

it('waits until a mailbox is connected: what is written before its first connection is read by nobody', async () => {
  const gateway = await gatewayThatConnectsAfter(2)
  const around = {
    env: { INLET_ADMIN_KEY: 'inlet_admin_of_a_test_of_simulations' },
    stop: new AbortController().signal,
  }
  const client = await connect({ url: gateway.url }, around)
  const channel = { name: 'pigeon', receive: [{ kind: 'session' }] } as unknown as AnyChannel
  const standIn = { account: () => ({ settings: {}, secrets: {} }) } as unknown as RunningStandIn
  await connectSimulated({ channel, account: 'demo', standIn }, client)
  expect(gateway.asked()).toBe(3)
})
