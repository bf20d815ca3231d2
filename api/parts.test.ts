// The small parts of the API that need nothing running: moments, versions, file types, words for what does not fit.
import { Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifyError, FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { FollowUp } from '../schemas/lifecycle.ts'
import { fileNameHeader } from './attachments.ts'
import { versionOf } from './call.ts'
import { typesOf } from './events.ts'
import { momentOf } from './moment.ts'
import { checkScope, needsOf, operations, type Needs } from './scopes.ts'
import { typeOf } from './upload.ts'
import { whyInvalid } from './why-invalid.ts'

describe('moments', () => {
  it.each([
    ['2026-11-21', '2026-11-21T00:00:00.000Z'],
    ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z'],
    ['2026-11-21t09:00:00.123456+03:00', '2026-11-21T06:00:00.123Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-02-29', null],
    ['2026-13-01', null],
    ['2026-11-21T25:00:00Z', null],
    ['2026-11-21T09:00:00', null],
    ['21.11.2026', null],
    ['', null],
  ])('%s is %s', (text, moment) => expect(momentOf(text)).toBe(moment))
})

describe('versions', () => {
  const from = (header: string | undefined, body: number | undefined) =>
    versionOf({ headers: header === undefined ? {} : { 'if-match': header } } as FastifyRequest, body)
  it('come in the body or as If-Match, and must agree', () => {
    expect([from(undefined, 4), from('"4"', undefined), from('4', 4), from('W/"4"', undefined)]).toEqual([4, 4, 4, 4])
    expect(() => from('"5"', 4)).toThrow(/body says version 4/)
    expect(() => from('*', 4)).toThrow(/If-Match/)
    expect(() => from(undefined, undefined)).toThrow(/Say which version/)
  })
})

describe('types of files', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const png = new Uint8Array([
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6,
    0, 0, 0,
  ])
  it('S10 S13 are told by the content, whatever is claimed', async () => {
    expect(await typeOf(png, 'text/html')).toBe('image/png')
    expect(await typeOf(bytes('%PDF-1.7\n'), 'image/png')).toBe('application/pdf')
    expect(await typeOf(bytes('hello'), 'text/plain')).toBe('text/plain')
    expect(await typeOf(bytes('hello'), 'image/png')).toBe('application/octet-stream')
    expect(await typeOf(bytes('he\0llo'), 'text/plain')).toBe('application/octet-stream')
    expect(await typeOf(new Uint8Array([0xff, 0xc3, 0x28]), 'text/plain')).toBe('application/octet-stream')
    expect(await typeOf(bytes('ş').slice(0, 1), 'text/csv')).toBe('text/csv')
  })
  it('S12 a name cannot end its header', () => {
    expect(fileNameHeader('a"; x=\r\nSet-Cookie: b')).toMatch(/^[\x20-\x7e]+$/)
    expect(fileNameHeader('\ud800.txt')).toContain("filename*=UTF-8''%EF%BF%BD.txt")
  })
})

describe('types of events', () => {
  it('are named alone or by their topic', () => {
    expect(typesOf('ticket.tagged, ticket.tagged')).toEqual(['ticket.tagged'])
    expect(typesOf('reply.*').every((type) => type.startsWith('reply.'))).toBe(true)
    expect(typesOf('')).toEqual([])
    expect(() => typesOf('ticket.taged')).toThrow(/Did you mean ticket.tagged\?/)
  })
})

describe('words for what does not fit', () => {
  const schema = Type.Object(
    {
      subject: Type.String({ minLength: 2, description: 'What it is about.' }),
      priority: Type.Optional(Type.Enum(['low', 'high'])),
      mode: Type.Optional(Type.Union([Type.Enum(['pool', 'auto']), Type.Null()])),
      rate: Type.Optional(
        Type.Union([
          Type.Object(
            { minutes: Type.Integer(), since: Type.Optional(Type.Enum(['opened', 'answered'])) },
            { additionalProperties: false },
          ),
          Type.Null(),
        ]),
      ),
      followUp: Type.Optional(Type.Union([FollowUp, Type.Null()])),
      parts: Type.Optional(Type.Array(Type.Object({ kind: Type.String() }, { additionalProperties: false }))),
    },
    { additionalProperties: false },
  )
  const said = (value: unknown) => {
    const check = TypeBoxValidatorCompiler({ schema, httpPart: 'body', method: 'POST', url: '/' } as never)
    const result = check(value) as { readonly error?: unknown }
    return whyInvalid({ validation: result.error, validationContext: 'body' } as FastifyError, { body: schema }, value)
  }
  it('D13 B12 say also of what may be null which fields and words there are', () => {
    const detail = (value: object) => said({ subject: 'ok', ...value }).detail
    expect(detail({ rate: { minute: 5 } })).toBe('rate.minute is not a field here. Did you mean minutes?')
    expect(detail({ rate: { minutes: 5, most: 1 } })).toBe('rate.most is not a field here. Known are: minutes, since.')
    expect(detail({ rate: { minutes: 5, since: 'then' } })).toBe('rate.since must be one of opened, answered.')
    expect(detail({ mode: 'automatic' })).toBe('mode must be one of pool, auto.')
  })

  it('B6 of what may be one of several things say which there are, before what the wrong one would lack', () => {
    const followUp = (it: object) => said({ subject: 'ok', followUp: it })
    const ways = { field: 'followUp.reopen', detail: 'followUp.reopen must be one of always, never, within.' }
    expect(followUp({ reopen: 'sometimes' })).toMatchObject(ways)
    expect(followUp({ reopen: 'sometimes', days: 3 })).toMatchObject(ways)
    expect(followUp({ reopen: 'within' })).toMatchObject({ detail: 'followUp.days is missing.' })
    expect(followUp({ reopen: 'within', days: 0 })).toMatchObject({ field: 'followUp.days' })
    expect(followUp({ reopen: 'never', days: 3 })).toMatchObject({
      field: 'followUp.days',
      detail: 'followUp.days is not a field here. Known are: reopen.',
    })
    for (const half of [{ days: 3 }, { window: 'P3D' }])
      expect(followUp(half)).toMatchObject({ field: 'followUp.reopen', detail: 'followUp.reopen is missing.' })
    expect(followUp({})).toMatchObject({ detail: 'followUp.reopen is missing.' })
  })

  it('name the field and what was perhaps meant, the mistyped before the missing', () => {
    expect(said({ subjct: 'x' })).toMatchObject({
      code: 'unknown_field',
      field: 'subjct',
      detail: expect.stringContaining('Did you mean subject?'),
    })
    expect(said({})).toMatchObject({ code: 'invalid', field: 'subject', detail: 'subject is missing.' })
    expect(said({ subject: 'x' })).toMatchObject({
      field: 'subject',
      detail: expect.stringContaining('What it is about'),
    })
    expect(said({ subject: 'ok', priority: 'urgent' })).toMatchObject({
      field: 'priority',
      detail: expect.stringContaining('one of low, high'),
    })
    expect(said({ subject: 'ok', parts: [{ kind: 'a' }, { knd: 'b' }] })).toMatchObject({
      field: 'parts.1.knd',
      detail: expect.stringContaining('Did you mean kind?'),
    })
    expect(said([])).toMatchObject({ code: 'invalid', detail: expect.stringContaining('The body') })
    expect(said(JSON.parse('{"subject":"ok","__proto__":{"a":1}}'))).toMatchObject({
      code: 'unknown_field',
      field: '__proto__',
    })
  })
})

describe('scopes', () => {
  const caller = (scopes: readonly string[], installation = false) =>
    ({ workspace: 'main', installation, asker: { scopes } }) as never
  const request = { method: 'GET', routeOptions: { url: '/v1/x' } } as FastifyRequest
  it('S26 every operation of the table is refused to a key without its scope, and allowed with it', () => {
    const guarded = Object.entries(operations).filter(([, needs]) => needs !== 'open' && needs !== 'person')
    const allowed = (scopes: readonly string[], needs: Needs, installation = false): boolean => {
      try {
        checkScope(caller(scopes, installation), needs, request)
        return true
      } catch {
        return false
      }
    }
    for (const [name, needs] of guarded) {
      const [method = '', url = ''] = name.split(' ')
      expect(needsOf(method, url)).toBe(needs)
      const ofAKey = needs !== 'installation'
      const found = [[], [needs], ['admin']].map((scopes) => allowed(scopes, needs))
      expect([...found, allowed([], needs, true)], name).toEqual([false, ofAKey, ofAKey, true])
    }
  })
})
