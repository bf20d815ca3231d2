// The master key turned under a gateway's accounts: what was sealed before is opened after, and nobody starts with the wrong key.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { rotateMasterKeyTool } from '../../infra/commands/rotate-master-key.ts'
import { runTool } from '../../infra/commands/tool.ts'
import { masterKey, newFolder, runGateway, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'
import { signedHeaders } from '../_shared/stand-in/meta-signing.ts'

let at: Journey<RunningWhatsApp>
afterEach(() => at.end(), 30_000)

const newKey = 'tW5mQ8zXc2VbN7kLpR4sYd9fGhJ1aUeo'
async function stop(gateway: Gateway): Promise<void> {
  gateway.kill('SIGTERM')
  expect((await gateway.ended).code).toBe(0)
}
async function rotate(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const around = surroundings(argv, { env })
  const code = await runTool(rotateMasterKeyTool(around), around)
  return { code, ...around.said() }
}
/** A call signed with the secret that was sealed before is only taken by who can open it. */
async function takes(gateway: Gateway): Promise<number> {
  const url = `${gateway.address}/in/whatsapp/main`
  await untilAnswering(url)
  const body = new TextEncoder().encode('{"entry":[]}')
  const headers = signedHeaders(body, at.vendor.account().secrets['appSecret'] ?? '', 'right')
  return (await fetch(url, { method: 'POST', headers, body })).status
}

it('S16 S17 a given key is turned by one command; with the old one nothing starts any more, with the new one all is opened', async () => {
  at = await journey('whatsapp', standIn, { seed: 123 })
  await stop(at.gateway)
  const env = { DATABASE_URL: at.database!.url, INLET_MASTER_KEY: masterKey }
  const file = join(newFolder(), 'new.key')
  for (const [text, why] of [
    ['changeme-changeme-changeme-changeme', /is a sample/],
    ['short', /at least 32/],
  ] as const) {
    await writeFile(file, text)
    const refused = await rotate(['--new-key-file', file], env)
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(why)])
  }
  expect(await rotate([], env)).toMatchObject({ code: 1, err: expect.stringContaining('--new-key-file') })
  await writeFile(file, `${newKey}\n`)
  const done = await rotate(['--new-key-file', file], env)
  expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^1 data keys are wrapped/) })
  expect(done.out + done.err).not.toMatch(new RegExp(`${newKey}|${masterKey}`))

  const old = runGateway({ env })
  expect((await old.ended).code).toBe(1)
  expect(old.stderr()).toMatch(/^Inlet cannot start\. .*wrapped by the master key .*INLET_MASTER_KEY.*\n$/)
  const again = await startGateway({ env: { ...env, INLET_MASTER_KEY: newKey } })
  expect(await takes(again)).toBe(200)
}, 60_000)

it('S16 no key is turned while a process of the gateway lives, on whatever machine: what it seals next nobody could open', async () => {
  at = await journey('whatsapp', standIn, { seed: 125 })
  const env = { DATABASE_URL: at.database!.url, INLET_MASTER_KEY: masterKey }
  const another = await at.another('--only', 'deliver')
  const file = join(newFolder(), 'new.key')
  await writeFile(file, `${newKey}\n`)
  const busy = () => rotate(['--new-key-file', file], env)
  expect(await busy()).toMatchObject({ code: 1, err: expect.stringMatching(/^2 processes .* Stop them first/) })
  await stop(at.gateway)
  expect(await busy()).toMatchObject({ code: 1, err: expect.stringMatching(/^1 process .* Stop it first/) })
  expect(await takes(await startGateway({ env }))).toBe(200)
  expect((await another.call('GET', '/readyz', { key: null })).status).toBe(200)
}, 60_000)

it('S16 the key of the data directory is turned in its place, also by a second run after a crash in the middle', async () => {
  const data = join(newFolder(), 'data')
  at = await journey('whatsapp', standIn, { seed: 124, data })
  const path = join(data, 'master.key')
  const before = await readFile(path, 'utf8')
  const busy = await rotate(['--data', data], {})
  expect([busy.code, busy.err]).toEqual([1, expect.stringContaining(String(at.gateway.pid))])
  await stop(at.gateway)
  // As after a crash between making the new key and wrapping by it.
  await writeFile(`${path}.new`, `${newKey}\n`, { mode: 0o600 })
  expect(await rotate(['--data', data], {})).toMatchObject({ code: 0 })
  expect((await readFile(path, 'utf8')).trim()).toBe(newKey)
  // As after a crash between wrapping and renaming: nothing starts, and a second run puts it right.
  await writeFile(`${path}.new`, `${newKey}\n`, { mode: 0o600 })
  await writeFile(path, before)
  const half = runGateway({ data })
  expect((await half.ended).code).toBe(1)
  expect(half.stderr()).toContain('rotate')
  expect(await rotate(['--data', data], {})).toMatchObject({ code: 0 })
  expect(await takes(await startGateway({ data }))).toBe(200)
}, 90_000)
