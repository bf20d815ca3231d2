// The tools that speak to a running gateway: how they find it, and what they say when they do not; parked and replay.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { parkedTool } from './parked.ts'
import { replayTool } from './replay.ts'
import { runTool } from './tool.ts'

let bench: GatewayBench
let elsewhere = ''
beforeAll(async () => {
  bench = await gatewayBench()
  elsewhere = await mkdtemp(join(tmpdir(), 'inlet-no-key-'))
})
afterAll(async () => {
  await bench.close()
  await rm(elsewhere, { recursive: true })
})

const parked = async (env: Record<string, string>, ...argv: readonly string[]) => {
  const around = surroundings(argv, { env })
  const code = await runTool(parkedTool(around), around)
  return { code, ...around.said() }
}

describe('a tool and its gateway', () => {
  it('is found by the settings of the gateway, or by flags', async () => {
    const { hostname, port } = new URL(bench.url)
    const nothing = { code: 0, out: 'Nothing is set aside.\n', err: '' }
    expect(await parked({ INLET_HOST: hostname, INLET_PORT: port, INLET_DATA: bench.data })).toEqual(nothing)
    expect(await parked({}, '--url', bench.url, '--data', bench.data)).toEqual(nothing)
    expect(await parked({}, 'list', '--url', bench.url, '--data', bench.data, '--workspace', 'main')).toEqual(nothing)
  })

  it('says plainly that nobody answers, that there is no key, and that the key is another one’s', async () => {
    const free = { INLET_PORT: '9', INLET_DATA: bench.data }
    expect(await parked(free)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^No gateway answers at http:\/\/127.0.0.1:9 \(.+\). Start one with `npm start`/),
    })
    const noKey = { INLET_PUBLIC_URL: bench.url, INLET_DATA: elsewhere }
    expect(await parked(noKey)).toMatchObject({ code: 1, err: expect.stringContaining(join(elsewhere, 'admin.key')) })
    await writeFile(join(elsewhere, 'admin.key'), 'inlet_admin_of-another-gateway')
    const wrong = await parked(noKey)
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('does not take the key') })
    expect(wrong.err).not.toContain('of-another-gateway')
    expect(await parked({ INLET_PORT: '0', INLET_DATA: bench.data })).toMatchObject({
      code: 1,
      err: expect.stringContaining('--url'),
    })
    expect(await parked({}, '--url', 'inlet')).toMatchObject({ code: 1, err: expect.stringContaining('no address') })
  })

  it('tells what it does not understand with exit code 2, and what it can with 0', async () => {
    expect(await parked({}, '--al')).toMatchObject({ code: 2, err: expect.stringContaining('unknown option') })
    expect(await parked({}, '--help')).toMatchObject({ code: 0, out: expect.stringContaining('retry [options] [id]') })
  })
})

describe('npm run parked', () => {
  it('G13 asks for one id or for all, and tells of an id that is not there', async () => {
    expect(await bench.run(parkedTool, 'retry')).toMatchObject({ code: 1, err: expect.stringContaining('--all') })
    const missing = { code: 1, err: expect.stringContaining('no such parked event') }
    expect(await bench.run(parkedTool, 'retry', '4711')).toMatchObject(missing)
    expect(await bench.run(parkedTool, 'drop', '4711')).toMatchObject(missing)
    expect(await bench.run(parkedTool, 'retry', '--all')).toMatchObject({
      code: 0,
      out: 'Nothing that failed is set aside.\n',
    })
  })
})

describe('npm run replay', () => {
  it('asks from when, reads what was kept, and says when there is nothing', async () => {
    expect(await bench.run(replayTool)).toMatchObject({ code: 1, err: expect.stringContaining('--since 2h') })
    expect(await bench.run(replayTool, '--since', 'soon')).toMatchObject({
      code: 1,
      err: expect.stringContaining('soon'),
    })
    expect(await bench.run(replayTool, '--since', '1h', '--to', '2026-11-21')).toMatchObject({ code: 1 })
    expect(await bench.run(replayTool, '--since', '1h')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^No raws were kept from \S+ to \S+\.\n$/),
    })
    const [from, to] = ['2026-11-02', '2026-11-01']
    expect(await bench.run(replayTool, '--from', from, '--to', to)).toMatchObject({
      code: 1,
      err: expect.stringContaining('to must be after from'),
    })
  })
})
