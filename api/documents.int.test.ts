// The documents a stranger builds from: valid by their own standards, complete, and true to what is answered.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloudEventOf } from '../core/rules/cloud-event.ts'
import { publishedTypes } from '../schemas/events.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { anEvent } from '../test/support/make.ts'
import { EventSchema, schemaNames } from './published-schemas.ts'
import { operations } from './scopes.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
})
afterAll(() => bench.close())
const open = (url: string) => bench.app.inject({ url, headers: { host: '127.0.0.1' } })

describe('OpenAPI', () => {
  it('is 3.1 and has every operation of the table, each with what its key needs', async () => {
    const document = (await open('/v1/openapi.json')).json() as {
      openapi: string
      paths: Record<string, Record<string, { description?: string }>>
    }
    expect(document.openapi).toMatch(/^3\.1\./)
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { description }]) => [
        `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
        description,
      ]),
    )
    // What is for browsers alone is in no document for programs; signing in is open, and in it.
    const signingIn = ['POST /v1/setup', 'POST /v1/login', 'POST /v1/invitations/accept']
    const wanted = Object.entries(operations).filter(([name, needs]) => needs !== 'open' || signingIn.includes(name))
    expect(new Map(described as [string, string][])).toEqual(
      new Map(wanted.map(([name, needs]) => [name, `Needs: ${needs}.`])),
    )
  })
})

describe('AsyncAPI', () => {
  it('is valid 3.0 and has every published type once, on its topic', async () => {
    const document = (await open('/v1/asyncapi.json')).json() as {
      channels: Record<string, { address: string; messages: Record<string, unknown> }>
      components: { messages: Record<string, { name: string }>; schemas: Record<string, object> }
    }
    const path = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json')
    // Its schema carries draft-07 itself, and ajv otherwise stops at "resolves to more than one schema" (2026-11).
    const ajv = new Ajv({ strict: false, meta: false, validateFormats: false, validateSchema: false })
    const valid = ajv.compile(JSON.parse(await readFile(path, 'utf8')) as object)
    expect(valid(document), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true)
    expect(
      Object.values(document.components.messages)
        .map((it) => it.name)
        .sort(),
    ).toEqual([...publishedTypes].sort())
    const onTopics = Object.values(document.channels).flatMap(({ address, messages }) =>
      Object.keys(messages).map((name) => `${address} ${document.components.messages[name]?.name}`),
    )
    expect(onTopics.sort()).toEqual(publishedTypes.map((type) => `inlet.${type.split('.')[0]} ${type}`).sort())
    expect(JSON.stringify(document)).not.toContain('wake')
  })
})

describe('JSON Schemas', () => {
  it('are there for every published type, the envelope and the desk file, and fit what is given', async () => {
    for (const name of schemaNames) {
      const answer = await open(`/v1/schemas/${name}.json`)
      expect(answer.statusCode, name).toBe(200)
      expect(answer.json()).toMatchObject({ $id: `/v1/schemas/${name}.json`, type: 'object' })
    }
    for (const name of ['wake.due', 'nothing', '../secrets', '__proto__', 'constructor'])
      expect((await open(`/v1/schemas/${encodeURIComponent(name)}.json`)).statusCode, name).toBe(404)
    const given = cloudEventOf(anEvent(), '1')
    expect([...Compile(EventSchema).Errors(given)]).toEqual([])
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false })
    const valid = ajv.compile((await open(given.dataschema)).json() as object)
    expect(valid(given.data), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...given.data, text: 1 })).toBe(false)
  })
  it('of the desk file takes the example of the surface and refuses a mistyped field', async () => {
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false })
    const valid = ajv.compile((await open('/v1/schemas/apply.json')).json() as object)
    const file = {
      brands: [{ id: 'shop', name: 'Shop', language: 'tr', timezone: 'Europe/Istanbul' }],
      accounts: [
        {
          channel: 'sms',
          id: 'main',
          brand: 'shop',
          settings: { number: '1065' },
          secrets: { appSecret: 'env:WA_APP_SECRET' },
        },
        { channel: 'sms', id: 'sales', endpoint: 'main', brand: 'shop' },
      ],
    }
    expect(valid(file), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...file, acounts: [] })).toBe(false)
  })
})

describe('the page', () => {
  it('S31 comes with its script from here, under a policy that lets it call nowhere else', async () => {
    expect((await open('/docs')).headers.location).toBe('/docs/')
    const page = await open('/docs/')
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.body).toContain('js/scalar.js')
    expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self' 'sha256-.*connect-src 'self'/)
    const script = await open('/docs/js/scalar.js')
    expect(script.headers['content-type']).toContain('javascript')
    expect(script.body.length).toBeGreaterThan(1_000_000)
  })
})
