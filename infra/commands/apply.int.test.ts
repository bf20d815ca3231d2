// One file of desk settings: what it makes of a gateway, that a second run changes nothing, and that no secret comes out.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayBench, type GatewayBench } from '../../test/support/gateway.ts'
import { applyTool } from './apply.ts'
import { parseApplyFile } from './apply-file.ts'
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

describe('a file that cannot be taken', () => {
  it.each([
    ['brands: [{ id: shop, nmae: Shop }]', 'inlet.yaml, line 1: brands.0.nmae is not a field here. Did you mean name?'],
    ['brandss: []', 'brandss is not a field here. Did you mean brands?'],
    ['accounts:\n  - { channel: x }', 'inlet.yaml, line 2: accounts.0.id is missing.'],
    ['accounts: 3', 'inlet.yaml, line 1: accounts must be array'],
    ['brands: [', 'inlet.yaml is no YAML.'],
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
})
