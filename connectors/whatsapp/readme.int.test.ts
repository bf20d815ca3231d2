// Pages that people follow, run as written: the README's first ticket with a real number, and docs/desk.md; lines, files, and a customer who writes.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyTool } from '../../infra/commands/apply.ts'
import { parseApplyFile } from '../../infra/commands/apply-file.ts'
import { changeFields, conditionFields, operators, ruleClocks, ruleEvents, ruleThen } from '../../schemas/rule.ts'
import { gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'
import { linesOf, readme, readmeLines, runLines } from '../../test/support/readme.ts'

const appSecret = 'a secret of these tests'
const anotherPhone = '905551112233'
const blocks = readmeLines()
const page = readFileSync(join(import.meta.dirname, '../../docs/desk.md'), 'utf8')

let bench: GatewayBench
beforeAll(
  async () => void (bench = await gatewayBench({ env: { WA_APP_SECRET: appSecret, WA_TOKEN: 'x', WA_VERIFY: 'y' } })),
  60_000,
)
afterAll(() => bench.close())

const shell = (script: string): Promise<string> => runLines(script, bench)

/** A customer's text of this moment, as Meta signs it; in other words it is another customer's. */
async function customerWrites(words?: string): Promise<number> {
  const fixture = readFileSync(join(import.meta.dirname, 'fixtures/text.json'), 'utf8')
  const said =
    words === undefined
      ? fixture
      : fixture
          .replace('Does it come in another color?', words)
          .replaceAll('16505551234', anotherPhone)
          .replaceAll('US.1349', 'TR.1349')
          .replace('wamid.HBg', 'wamid.HBh')
  const body = said.replace(/("timestamp": ?")\d+/, `$1${Math.floor(Date.now() / 1000)}`)
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

const ask = async <T>(path: string, method = 'GET'): Promise<T> => {
  const key = readFileSync(`${bench.data}/admin.key`, 'utf8').trim()
  return (await (
    await fetch(`${bench.url}${path}`, { method, headers: { authorization: `Bearer ${key}` } })
  ).json()) as T
}
interface Ticket {
  readonly id: string
  readonly assignee: string | null
}
interface Step {
  readonly event: string
  readonly because?: { readonly rule: string | null }
}

describe('docs/desk.md', () => {
  it('D54 D55 D7 D8 D16 its file is applied as it stands, once, also where the README made the first administrator; its lines run', async () => {
    const { link } = await ask<{ readonly link: string }>('/v1/setup-links', 'POST')
    await writeFile(join(bench.data, 'setup.link'), link)
    expect(await shell(readmeLines('people').join('\n'))).toContain('"role":"administrator"')
    const [, yaml = ''] = /<!-- file:start -->\s+```yaml\n([\s\S]*?)```/.exec(page) ?? []
    const path = join(bench.data, 'inlet.yaml')
    await writeFile(path, yaml)
    expect(await bench.run(applyTool, path, '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await bench.run(applyTool, path)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nothing to change'),
    })
    const lines = linesOf(page)
    expect(lines).toHaveLength(7)
    const said = await shell(lines.join('\n'))
    expect(said).toContain('"presence":"online"')
    expect(said).toContain('"requireTopic":true')
    expect(said).toMatch(/"id":"night"[^}]*"isActive":false/)
    // Half an hour is left of Wednesday, and Thursday is short; an urgent one has a quarter of an hour of Friday.
    expect(said).toContain('"dueAt":"2026-12-31T06:30:00.000Z"')
    expect(said).toMatch(/"policy":\{"id":"shop".*"targetMinutes":15,"dueAt":"2026-03-06T14:45:00.000Z"/)
    expect(said).not.toMatch(/"status":4\d\d/)
  })

  it('D13 D14 D15 D43 a customer’s message is what the page says: prioritised, of its type, with whoever is there, each with its why', async () => {
    expect(await customerWrites('Paramı GERİ istiyorum')).toBe(200)
    let ticket: Ticket | undefined
    await until(async () => {
      const { items } = await ask<{ items: readonly Ticket[] }>(`/v1/tickets?requester=%2B${anotherPhone}`)
      ticket = items[0]
      return typeof ticket?.assignee === 'string'
    })
    expect(ticket).toMatchObject({
      priority: 'high',
      type: 'refund',
      tags: ['iade'],
      group: 'money',
      assignee: 'ayse',
      folders: [],
    })
    const { items } = await ask<{ items: readonly Step[] }>(`/v1/tickets/${ticket!.id}/history`)
    const why = (event: string) => items.find((it) => it.event === event)?.because?.rule
    expect([why('ticket.priority_changed'), why('ticket.type_changed'), why('ticket.tagged')]).toEqual([
      'refunds',
      'refunds',
      'refunds',
    ])
  })

  it('names every field, operator, moment and effect there is, and none that is not', () => {
    const [, rules = ''] = /## Rules\n([\s\S]*?)\n## /.exec(page) ?? []
    const cells = (at: number) =>
      [...rules.matchAll(/^\| (?:text|one word|list|number|yes or no|hour, `HH:MM`) \|(.*)\|(.*)\|$/gm)].map((row) =>
        [...(row[at] ?? '').matchAll(/`([^`]+)`/g)].map((it) => it[1]),
      )
    expect(cells(1).flat().toSorted()).toEqual([...Object.keys(conditionFields), 'mail.header.…'].toSorted())
    expect(cells(2)).toEqual(Object.values(operators).map((all) => [...all]))
    for (const word of [...ruleEvents, ...changeFields, ...ruleClocks, ...Object.keys(ruleThen)])
      expect(rules).toContain(`\`${word}\``)
  })
})
