// One file of desk settings: what it makes of a gateway and in which order, that a second run changes nothing, and that no secret comes out.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'
import { applyTool } from './apply.ts'
import { parseApplyFile } from './apply-file.ts'
import { sections } from './apply-things.ts'
import { exportTool } from './export.ts'

const file = `brands: [{ id: shop, name: Shop, language: tr, timezone: Europe/Istanbul }]
accounts:
  - { channel: pigeon, id: sales, endpoint: main, brand: shop, settings: { app: app-2, apiBase: "http://127.0.0.1:9" }, secrets: { accessToken: file:/run/secrets/canary } }
  - channel: pigeon
    id: main
    brand: shop
    settings: { app: app-1, apiBase: "http://127.0.0.1:9" }
    secrets: { signingSecret: env:PIGEON_SECRET, accessToken: canary-in-plain }
`
let bench: GatewayBench
let folder = ''
beforeAll(async () => {
  bench = await gatewayBench()
  folder = await mkdtemp(join(tmpdir(), 'inlet-apply-'))
}, 60_000)
afterAll(async () => {
  await bench.close()
  await rm(folder, { recursive: true })
})
const apply = async (text: string, ...argv: readonly string[]) => {
  const path = join(folder, 'inlet.yaml')
  await writeFile(path, text)
  return bench.run(applyTool, path, ...argv)
}
const nothing = expect.stringContaining('Nothing to change')

describe('npm run apply', () => {
  it('shows what it would do, and does nothing where nobody can be asked', async () => {
    const asked = await apply(file)
    expect(asked).toMatchObject({ code: 1, err: expect.stringContaining('--yes') })
    for (const line of [
      '+ brand shop',
      '+ account pigeon/main',
      'settings.app: app-1',
      'secrets.signingSecret: env:PIGEON_SECRET',
      'secrets.accessToken: (a value, not shown)',
      '! pigeon/main: accessToken stands in the file in plain',
      '3 to make, 0 to change, 0 to drop',
    ])
      expect(asked.out).toContain(line)
    expect(asked.out.indexOf('pigeon/main')).toBeLessThan(asked.out.indexOf('+ account pigeon/sales'))
    expect((await bench.run(exportTool)).out).not.toContain('shop')
  })

  it('D60 S18 makes it so once: a second run changes nothing, and no value of a secret is said', async () => {
    const made = await apply(file, '--yes')
    expect(made).toMatchObject({ code: 0, err: '', out: expect.stringContaining('made account pigeon/sales') })
    expect(made.out).toContain(`pigeon/main: ${bench.url}/in/pigeon/main`)
    expect(await apply(file)).toMatchObject({ code: 0, out: nothing })
    const exported = await bench.run(exportTool)
    for (const { out, err } of [made, exported]) expect(out + err).not.toContain('canary-in-plain')
  })

  it('is undone by nothing: what export gives back is what apply finds as it is', async () => {
    const { out } = await bench.run(exportTool)
    expect(parseApplyFile(out, 'exported').accounts).toHaveLength(2)
    expect(out).toContain('signingSecret: env:PIGEON_SECRET')
    expect(out).toContain('accessToken: file:/run/secrets/canary')
    expect(out).toMatch(/# The gateway keeps these and does not give them out: accessToken\./)
    expect(await apply(out)).toMatchObject({ code: 0, out: nothing })
  })

  it('changes field by field, compares references as references, and sends plain secrets again only when told', async () => {
    const changed = file
      .replace('name: Shop', 'name: The Shop')
      .replace('app-1', 'app-9')
      .replace('env:PIGEON_SECRET', 'env:PIGEON_NEW')
      .replace('canary-in-plain', 'another-in-plain')
    const { code, out } = await apply(changed, '--yes')
    expect(code).toBe(0)
    expect(out).toContain('name: Shop → The Shop')
    expect(out).toContain('settings.app: app-1 → app-9')
    expect(out).toContain('secrets.signingSecret: env:PIGEON_SECRET → env:PIGEON_NEW')
    expect(out).not.toMatch(/secrets\.accessToken|sales|language/)
    expect(await apply(changed)).toMatchObject({ out: nothing })
    const again = await apply(changed, '--yes', '--resend-secrets')
    expect(again.out).toContain('~ account pigeon/main\n      secrets.accessToken: stored → (a value, not shown)')
    expect(again.out).not.toContain('another-in-plain')
  })

  it('--prune is refused before anything is done where an account that stays is called by one that would go', async () => {
    const one = 'brands: [{ id: shop, name: Shop }]\naccounts: [{ channel: pigeon, id: sales, autoAfterMinutes: 9 }]\n'
    expect(await apply(one, '--yes', '--prune')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('the account pigeon/main, which the account pigeon/sales still names'),
    })
  })

  it('drops nothing without --prune, and with it what the file does not name, accounts before their endpoint', async () => {
    const less = 'brands: [{ id: other, name: Other }]\n'
    expect((await apply(less, '--yes')).out).toContain('1 to make, 0 to change, 0 to drop')
    const { code, out } = await apply(less, '--yes', '--prune')
    expect({ code, lines: out.match(/^dropped .*$/gm) }).toEqual({
      code: 0,
      lines: ['dropped account pigeon/sales', 'dropped account pigeon/main', 'dropped brand shop'],
    })
    expect(await apply(less, '--prune')).toMatchObject({ code: 0, out: nothing })
  })

  it('says how far it came when the gateway refuses in the middle', async () => {
    const wrong = file.replace('app: app-1', 'ap: app-1')
    const { code, err } = await apply(wrong, '--yes')
    expect(code).toBe(1)
    expect(err).toMatch(/account pigeon\/main: "ap" is no setting of pigeon\. Did you mean "app"\?/)
    expect(err).toContain('1 done before it, 1 after it not tried')
  })
})

const desk = `rules:
  - id: vip
    name: VIP first
    weight: 10
    channels: [pigeon]
    accounts: [pigeon/main]
    when: { any: [
      { field: message.subject, op: contains, value: iade },
      { field: ticket.tags, op: has, value: vip }] }
    then: { priority: high, type: billing/refund, topic: late, folders: [vault], group: money, tags: [iade] }
  - { id: night, name: Night, on: time, after: { minutes: 60, since: lastCustomerMessageAt }, then: { agent: ada } }
topics: [{ key: late, name: It came late, brands: [shop] }]
types: [{ key: billing/refund, name: Refund, group: money }]
folders: [{ id: vault, name: Vault }]
agents:
  - { id: ada, name: Ada, email: ada@shop.example, groups: [money, all], languages: [tr], capacity: { pigeon: 3, "*": 9 } }
groups:
  - { id: money, name: Money }
  - { id: all, name: Everybody, channels: [pigeon], isDefault: true }
brands: [{ id: shop, name: Shop, calendar: office }]
calendars:
  - id: office
    name: Office
    timezone: Europe/Istanbul
    weekly: { mon: [{ from: 09:00, to: 12:00 }, { from: 13:00, to: 17:00 }], fri: [{ from: 22:00, to: 06:00 }] }
    holidays: [2026-12-31, 01-01]
accounts:
  - { channel: pigeon, id: main, brand: shop, assignment: pool_then_auto, autoAfterMinutes: 5, settings: { app: app-1, apiBase: "http://127.0.0.1:9" }, secrets: { accessToken: env:PIGEON_TOKEN } }
auto-replies:
  - { id: hi, name: Hi, kind: greeting, accounts: [pigeon/main], texts: { tr: { text: Merhaba } } }
`
const done = (out: string) => out.match(/^(made|changed|dropped) .*$/gm)

describe('npm run apply, of the desk', () => {
  // What the tests before left goes first.
  beforeAll(async () => void (await apply('brands: []', '--yes', '--prune')))

  it('D54 D55 D7 D8 D16 makes what is named before what names it, once', async () => {
    const { code, out, err } = await apply(desk, '--yes')
    expect({ code, err, done: done(out) }).toEqual({
      code: 0,
      err: '',
      done: [
        'made calendar office',
        'made brand shop',
        'made group money',
        'made group all',
        'made agent ada',
        'made folder vault',
        'made type billing/refund',
        'made topic late',
        'made account pigeon/main',
        'made rule vip',
        'made rule night',
        'made automatic reply hi',
      ],
    })
    expect(await apply(desk)).toMatchObject({ code: 0, out: nothing })
    expect(await apply(desk, '--prune')).toMatchObject({ code: 0, out: nothing })
  })

  it('D8 holds the settings of the workspace itself; what it does not say of them stays as it is', async () => {
    const own = (settings: string) => `workspace: ${settings}\n${desk}`
    const { code, out, err } = await apply(own('{ requireTopic: true, closeDays: 30 }'), '--yes')
    expect({ code, err, done: done(out) }).toEqual({ code: 0, err: '', done: ['changed workspace main'] })
    expect(out).toContain('requireTopic: false → true')
    expect(await apply(own('{ closeDays: 30 }'), '--prune')).toMatchObject({ code: 0, out: nothing })
    expect((await bench.run(exportTool)).out).toMatch(/workspace:\n(?: {2}.*\n)*? {2}closeDays: 30\n/)
    const odd = await apply(own('{ closeDay: 30 }'))
    expect([odd.code, odd.err]).toEqual([1, expect.stringMatching(/line 1: .*closeDays/)])
    expect((await apply(own('{ requireTopic: false, closeDays: 14 }'), '--yes')).code).toBe(0)
  })

  it('is undone by nothing: what export gives back is what apply finds as it is, and says no more than it must', async () => {
    const { out } = await bench.run(exportTool)
    expect(await apply(out, '--prune')).toMatchObject({ code: 0, out: nothing })
    expect(parseApplyFile(out, 'exported').things.rules?.[1]).toEqual(parseApplyFile(desk, 'file').things.rules?.[0])
    expect(out).toContain('assignment: pool_then_auto')
    expect(out).not.toMatch(/version|presence|hasPassword|isActive|weight: 0|: null/)
  })

  it('D13 D60 an empty gateway is made as another was, an agent who is switched off and the rule that names them among it', async () => {
    const off = desk.replace('{ id: ada, name: Ada,', '{ id: ada, name: Ada, isActive: false,')
    expect((await apply(off, '--yes')).code).toBe(0)
    const exported = (await bench.run(exportTool)).out
    const none = sections.map((section) => `${section}: []\n`).join('')
    expect((await apply(none, '--yes', '--prune')).code).toBe(0)
    expect(await apply(exported, '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await apply(exported, '--prune')).toMatchObject({ code: 0, out: nothing })
    expect((await apply(desk, '--yes')).code).toBe(0)
  })

  it('changes field by field; the order of names is no change; what is left out is as it is by default', async () => {
    const changed = desk
      .replace('groups: [money, all]', 'groups: [all, money]')
      .replace('    weight: 10\n', '')
      .replace('priority: high', 'priority: urgent')
      .replace(', group: money }]', ' }]')
    const { code, out } = await apply(changed, '--yes')
    expect({ code, done: done(out) }).toEqual({ code: 0, done: ['changed type billing/refund', 'changed rule vip'] })
    expect(out).toContain('group: money → none')
    expect(out).toContain('weight: 10 → 0')
    expect(out).toContain('"priority":"urgent"')
    expect(out).not.toContain('accounts:')
    expect(await apply(changed)).toMatchObject({ out: nothing })
  })

  it('--prune drops of the lists that the file has, who names before what is named; a list that is not there is not meant', async () => {
    const less = `${desk.split('topics:')[0]?.replace(/folders: \[vault\], |topic: late, |type: billing\/refund, /g, '')}types: []\nfolders: []\ntopics: []\n`
    const kept = `${less}brands: [{ id: shop, name: Shop }]\naccounts: [{ channel: pigeon, id: main }]\n`
    const { code, out, err } = await apply(kept, '--yes', '--prune')
    expect({ code, err, done: done(out) }).toEqual({
      code: 0,
      err: '',
      done: ['changed rule vip', 'dropped topic late', 'dropped type billing/refund', 'dropped folder vault'],
    })
    const bare = 'rules: []\nauto-replies: []\nagents: []\ngroups: []\n'
    expect(done((await apply(bare, '--yes', '--prune')).out)).toEqual([
      'dropped rule night',
      'dropped rule vip',
      'dropped automatic reply hi',
      'dropped agent ada',
      'dropped group all',
      'dropped group money',
      'dropped account pigeon/main',
      'dropped brand shop',
    ])
    expect(await apply(bare, '--prune')).toMatchObject({ code: 0, out: nothing })
  })

  it('--prune is refused before anything is done where what stays names what would go: as it is there, by default or by a condition', async () => {
    expect((await apply(desk, '--yes')).code).toBe(0)
    const brand = 'brands: [{ id: shop, name: Shop }]\naccounts: [{ channel: pigeon, id: main }]\n'
    const rule = (more: string) => `${brand}rules: [{ id: vip, name: Other, ${more} }]\n`
    for (const [text, said] of [
      [`${brand}calendars: []\n`, 'the calendar office, which the brand shop still names'],
      [rule('then: { agent: ada } ') + 'agents: []\n', 'the agent ada, which the rule vip still names'],
      [
        rule('when: { field: ticket.folders, op: has, value: Vault }, then: { tags: [x] }') + 'folders: []\n',
        'the folder vault, which the rule vip still names',
      ],
      [
        'rules: []\nauto-replies: []\naccounts: [{ channel: pigeon, id: main }]\n',
        'the brand shop, which the topic late still',
      ],
    ] as const)
      expect(await apply(text, '--yes', '--prune')).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(new RegExp(`--prune would drop ${said}.*nothing was changed`)),
      })
    expect(await apply(desk, '--prune')).toMatchObject({ code: 0, out: nothing })
    const none = ['rules', 'auto-replies', 'agents', 'groups', 'types', 'topics', 'folders'].map((it) => `${it}: []\n`)
    expect((await apply(none.join(''), '--yes', '--prune')).code).toBe(0)
  })

  it('what the gateway refuses is told with its line, and how far it came', async () => {
    const wrong = desk.replace('channels: [pigeon]\n    acc', 'channels: [pigoen]\n    acc')
    const { code, err } = await apply(wrong, '--yes')
    expect(code).toBe(1)
    expect(err).toMatch(/rule vip: There is no channel "pigoen" here.*Did you mean "pigeon"\?/)
    expect(err).toMatch(/It stands in .*inlet\.yaml, line 5\./)
    expect(err).toContain('8 done before it, 2 after it not tried')
  })
})

describe('a file that cannot be taken', () => {
  it.each([
    ['brands: [{ id: shop, nmae: Shop }]', 'inlet.yaml, line 1: brands.0.nmae is not a field here. Did you mean name?'],
    ['brandss: []', 'brandss is not a field here. Did you mean brands?'],
    ['accounts:\n  - { channel: x }', 'inlet.yaml, line 2: accounts.0.id is missing.'],
    ['accounts: 3', 'inlet.yaml, line 1: accounts must be array'],
    ['brands: [', 'inlet.yaml is no YAML.'],
    ['rules:\n  - { id: a, name: A }', 'inlet.yaml, line 2: rules.0.then is missing.'],
    [
      'rules:\n  - id: a\n    name: A\n    then: { tags: [x] }\n    when:\n      all:\n        - { field: ticket.tags, op: hass, value: x }',
      'inlet.yaml, line 7: rules.0.when.all.0.op: "hass" is no operator. Did you mean has?',
    ],
    [
      'agents:\n  - { id: a, name: A, email: a@b.c, rol: agent }',
      'inlet.yaml, line 2: agents.0.rol is not a field here. Did you mean role?',
    ],
    ['groups:\n  - { id: a, name: A, agents: [b] }', 'agents is not a field here'],
    ['types:\n  - { key: a, name: A }\n  - { key: a, name: B }', 'inlet.yaml, line 3: the type a is there twice.'],
    ['brands:\n  - { id: a, name: A }\n  - { id: a, name: B }', 'inlet.yaml, line 3: the brand a is there twice.'],
  ])('%j: told with its line and what was perhaps meant', (text, said) => {
    expect(() => parseApplyFile(text, 'inlet.yaml')).toThrow(said)
  })

  it('is not there, or names what is nowhere', async () => {
    expect(await bench.run(applyTool, join(folder, 'none.yaml'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('none.yaml'),
    })
    const loose = 'accounts: [{ channel: pigeon, id: b, endpoint: nowhere }]'
    expect(await apply(loose)).toMatchObject({ code: 1, err: expect.stringContaining('endpoint pigeon/nowhere') })
  })

  it.each([
    [
      'types:\n  - { key: a, name: A }\n  - { key: b, name: B, group: mony }\ngroups: [{ id: money, name: M }]',
      /inlet\.yaml, line 3: The type b names the group mony.*Did you mean money\?/,
    ],
    [
      'rules:\n  - id: a\n    name: A\n    then:\n      folders: [nowhere]',
      /inlet\.yaml, line 5: The rule a names the folder nowhere/,
    ],
    ['agents: [{ id: a, name: A, email: a@b.c, brands: [no] }]', /line 1: The agent a names the brand no/],
    [
      'rules: [{ id: a, name: A, accounts: [pigeon/no], then: { tags: [x] } }]',
      /The rule a names the account pigeon\/no/,
    ],
  ])('%j: names what is nowhere, and nothing was done', async (text, said) => {
    expect(await apply(text, '--yes')).toMatchObject({ code: 1, err: expect.stringMatching(said), out: '' })
  })
})
