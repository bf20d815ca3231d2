// The vendor played at a running gateway: what it sends arrives once, and a real account is never touched.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { benchChannel, gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { exportTool } from './export.ts'
import { parkedTool } from './parked.ts'
import { replayTool } from './replay.ts'
import { connect } from './api-client.ts'
import { connectSimulated } from './simulated-account.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../drivers/folders.ts'
import { simulateTool } from './simulate.ts'

let bench: GatewayBench
beforeAll(async () => void (bench = await gatewayBench()), 60_000)
afterAll(() => bench.close())
const simulate = (...argv: readonly string[]) =>
  bench.run((around) => simulateTool(around, bench.root), benchChannel, '--rate', '40', '--for', '1s', ...argv)

describe('npm run simulate', () => {
  it('G4 sends at the rate, a share of it twice, and every message is on one ticket once', async () => {
    const { code, out, err } = await simulate('--customers', '8', '--repeat', '25%', '--seed', '11')
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('seed 11') })
    expect(out).toMatch(/^sent {7}41 messages in 51 calls \(10 repeats\)/)
    expect(out).toMatch(/^accepted {3}41$/m)
    expect(out).toMatch(/^tickets {4}8 new, with 41 messages on them$/m)
    expect(out).toContain(`Bearer $(cat ${bench.data}/admin.key)`)
  })

  it('G4 takes a second run of one seed for what it is: repeats', async () => {
    const { out } = await simulate('--customers', '8', '--seed', '11')
    expect(out).toMatch(/^accepted {3}41$/m)
    expect(out).toMatch(/^tickets {4}0 new, with 0 messages on them$/m)
  }, 60_000)

  it('leaves an account alone that it did not make', async () => {
    const client = await connect({ url: bench.url, data: bench.data }, surroundings([]))
    const settings = { app: 'app-7', apiBase: 'https://api.vendor.example' }
    const secrets = { signingSecret: 'env:SIGNS', accessToken: 'env:TOKEN' }
    await client.call('POST', '/v1/accounts', { body: { channel: benchChannel, id: 'real', settings, secrets } })
    const before = (await bench.run(exportTool)).out
    const { code, err } = await simulate('--account', 'real')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('was not made by a simulation') })
    expect((await bench.run(exportTool)).out).toBe(before)
  })

  it('says what it does not know', async () => {
    const run = (...argv: readonly string[]) => bench.run((around) => simulateTool(around, bench.root), ...argv)
    expect(await run('pigoen')).toMatchObject({ code: 1, err: expect.stringContaining('Did you mean pigeon?') })
    expect(await run(benchChannel, '--rate', 'fast')).toMatchObject({ code: 2, err: expect.stringContaining('whole') })
    expect(await run(benchChannel, '--for', 'ever')).toMatchObject({
      code: 2,
      err: expect.stringContaining('duration'),
    })
    const away = ['--url', 'http://inlet.example:8080']
    expect(await run(benchChannel, ...away)).toMatchObject({
      code: 1,
      err: expect.stringContaining('this machine only'),
    })
  })
})

describe('what a vendor sent and nobody could read', () => {
  it('G13 is listed as parked with why, fails again in words, is read again by replay, and can be dropped', async () => {
    const registry = await readRegistry(foldersOf(bench.root))
    const standIn = await (await registry.standIn(benchChannel)).start({ seed: 5 })
    try {
      const client = await connect({ url: bench.url, data: bench.data }, surroundings([]))
      await connectSimulated({ channel: registry.channels.get(benchChannel)!, account: 'odd', standIn }, client)
      await standIn.write({ customer: 1 })
      expect((await standIn.post('{"app":"nobody-claims-this","items":[]}')).status).toBe(200)
    } finally {
      await standIn.stop()
    }
    const listed = await untilListed()
    const [, id = ''] = /^(\S+) +\d{4}-/m.exec(listed) ?? []
    expect(listed).toMatch(/ingest\.quarantined +pigeon\/odd .*no account of this endpoint claims/)
    expect(await bench.run(parkedTool, 'retry', '--all')).toMatchObject({
      code: 1,
      err: expect.stringContaining('1 of 1 failed again'),
    })
    expect(await bench.run(replayTool, '--since', '1h', '--account', 'odd')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^2 raws were read again: \d+ events as before, 0 new, 0 corrected/),
    })
    expect(await bench.run(parkedTool, 'drop', id)).toMatchObject({ code: 0, out: `Dropped ${id}.\n` })
    expect((await bench.run(parkedTool)).out).toBe('Nothing is set aside.\n')
  })
})

async function untilListed(): Promise<string> {
  for (;;) {
    const { out } = await bench.run(parkedTool, 'list')
    if (!out.startsWith('Nothing')) return out
  }
}
