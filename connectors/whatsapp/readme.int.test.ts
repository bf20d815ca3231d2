// The README's first ticket with a real number, run as written: its lines against a gateway, Meta's call with Meta's signature.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseApplyFile } from '../../infra/commands/apply-file.ts'
import { gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'
import { readme, readmeLines, runLines } from '../../test/support/readme.ts'

const appSecret = 'a secret of these tests'
const blocks = readmeLines()

let bench: GatewayBench
beforeAll(
  async () => void (bench = await gatewayBench({ env: { WA_APP_SECRET: appSecret, WA_TOKEN: 'x', WA_VERIFY: 'y' } })),
  60_000,
)
afterAll(() => bench.close())

const shell = (script: string): Promise<string> => runLines(script, bench)

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
