// The README's first ticket with a real number, run as written: its lines against a gateway, Meta's call with Meta's signature.
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseApplyFile } from '../../infra/commands/apply-file.ts'
import { gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'

const appSecret = 'a secret of these tests'
const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const blocks = [...readme.matchAll(/<!-- run:start -->\s+```sh\n([\s\S]*?)```\s+<!-- run:end -->/g)].map(
  (it) => it[1] ?? '',
)

let bench: GatewayBench
beforeAll(
  async () => void (bench = await gatewayBench({ env: { WA_APP_SECRET: appSecret, WA_TOKEN: 'x', WA_VERIFY: 'y' } })),
  60_000,
)
afterAll(() => bench.close())

/** In a folder beside the data, as somebody in the checkout would; the port is this gateway's. */
function shell(script: string): Promise<string> {
  const text = script
    .replaceAll('http://127.0.0.1:8080', bench.url)
    .replaceAll('data/admin.key', `${bench.data}/admin.key`)
  const child = spawn('bash', ['-eu', '-c', text], { cwd: dirname(bench.data), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((done, fail) => child.on('close', (code) => (code === 0 ? done(said) : fail(new Error(said)))))
}

/** A customer's text of this moment, as Meta signs it. */
async function customerWrites(): Promise<number> {
  const fixture = readFileSync(join(import.meta.dirname, 'fixtures/text.json'), 'utf8')
  const body = fixture.replace(/("timestamp": ?")\d+/, `$1${Math.floor(Date.now() / 1000)}`)
  const signature = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature }
  return (await fetch(`${bench.url}/in/whatsapp/main`, { method: 'POST', headers, body })).status
}
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((done) => setTimeout(done, 50))
}

it('D60 its lines make the account, show the ticket, and answer it', async () => {
  const [making = '', looking = ''] = blocks
  expect(blocks).toHaveLength(2)
  const made = await shell(making)
  expect(made).toContain('"id":"shop"')
  expect(made).toContain('/in/whatsapp/main')
  await until(async () => (await customerWrites()) === 200)
  const [set = ''] = making.split('\n')
  await until(async () => (await shell(`${set}\n${looking.split('\n')[1] ?? ''}`)).includes('tkt_'))
  const seen = await shell(`${set}\n${looking}`)
  expect(seen).toContain('"subject":"Does it come in another color?"')
  expect(seen).toMatch(/"id":"rep_[0-9a-f]{32}"/)
  expect(seen).not.toMatch(/"status":4\d\d/)
}, 60_000)

it('its file of desk settings is one', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? []
  const { things, accounts } = parseApplyFile(yaml.replace(/^ {3}/gm, ''), 'README.md')
  expect([things.brands?.[0]?.['id'], accounts[0]?.channel, accounts[0]?.secrets?.['appSecret']]).toEqual([
    'shop',
    'whatsapp',
    'env:WA_APP_SECRET',
  ])
})
