// Proves how Graph API answers become outcomes where a channel's table does not decide: waiting times, strangers, secrets.
import { describe, expect, it } from 'vitest'
import type { VendorAnswer } from '../../core/ports/edges.ts'
import { graphAnswer, graphUrl, rowOf, type ErrorRow } from './meta-graph.ts'

const token = 'canary-of-another-make'
const table: readonly ErrorRow[] = [
  { codes: [130429], meaning: 'Too fast', treat: { is: 'try-later', afterSeconds: 2, scope: 'account' } },
  { codes: [2494100], meaning: 'Maintained', treat: { is: 'try-later', afterSeconds: 60, scope: 'account' } },
  { codes: [0, 190], meaning: 'Token', treat: { is: 'account-down' } },
  { codes: [100, 33, [200, 299]], meaning: 'Invalid', treat: { is: 'refused', code: 'invalid' } },
]
const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): VendorAnswer => ({
  is: 'answer',
  status,
  headers,
  body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
})
const outcomeOf = (given: VendorAnswer) => {
  const read = graphAnswer(given, { table, token })
  return read.is === 'failed' ? read.outcome : read
}
const usage = (...uses: readonly object[]) => JSON.stringify({ '682498302938465': uses })
const error = (code: unknown, more: object = {}) => ({ error: { message: `(#${String(code)}) said`, code, ...more } })

describe('G20 waiting', () => {
  it.each([
    [{}, 2],
    [{ 'retry-after': '90' }, 90],
    [{ 'retry-after': '1' }, 2],
    [{ 'retry-after': '999999' }, 3_600],
    [{ 'retry-after': 'Sat, 21 Nov 2026 09:01:30 GMT', date: 'Sat, 21 Nov 2026 09:00:00 GMT' }, 90],
    [{ 'retry-after': 'Sat, 21 Nov 2026 09:01:30 GMT' }, 2],
    [{ 'retry-after': 'soon' }, 2],
    [{ 'x-business-use-case-usage': usage({ call_count: 100, estimated_time_to_regain_access: 7 }) }, 420],
    [{ 'x-business-use-case-usage': usage({ estimated_time_to_regain_access: 999 }), 'retry-after': '90' }, 3_600],
    [{ 'x-business-use-case-usage': usage({ call_count: 85 }) }, 2],
    [{ 'x-business-use-case-usage': '{"1":7' }, 2],
  ])('%j is %i seconds', (headers, afterSeconds) => {
    expect(outcomeOf(answer(400, error(130429), headers))).toMatchObject({ is: 'try-later', afterSeconds })
  })

  it.each([408, 425, 429])('HTTP %i without a code is later', (status) => {
    expect(outcomeOf(answer(status, ''))).toMatchObject({ is: 'try-later', scope: 'account' })
  })

  it('not sent is later, perhaps sent is unknown', () => {
    expect(outcomeOf({ is: 'not-sent', why: 'refused' })).toMatchObject({ is: 'try-later' })
    expect(outcomeOf({ is: 'unknown', why: 'reset' })).toMatchObject({ is: 'unknown' })
  })
})

describe('what is in no table', () => {
  it.each([
    [400, error(7), 'refused'],
    [500, error(7), 'unknown'],
    [503, 'Service Unavailable', 'unknown'],
    [404, '<html>', 'refused'],
    [401, '', 'account-down'],
    [302, '', 'account-down'],
    [303, '', 'unknown'],
    [200, '[]', 'unknown'],
    [200, '{"half', 'unknown'],
    [400, { error: 'text' }, 'refused'],
    [500, { error: { code: '190' } }, 'account-down'],
    [401, error(0), 'account-down'],
    [400, { error: { code: Number.NaN, message: 'x' } }, 'refused'],
  ])('HTTP %i with %j is %s', (status, body, is) => expect(outcomeOf(answer(status, body)).is).toBe(is))

  it('the code decides, not the status; a wide subcode before the code, a small one never', () => {
    expect(outcomeOf(answer(500, error(100))).is).toBe('refused')
    expect(rowOf({ code: 100, subcode: 2494100 }, table)?.meaning).toBe('Maintained')
    expect(rowOf({ code: 100, subcode: 0 }, table)?.meaning).toBe('Invalid')
    expect(rowOf({ code: 7, subcode: 190 }, table)).toBeNull()
    expect([199, 200, 299, 300].map((code) => rowOf({ code, subcode: null }, table)?.meaning)).toEqual([
      undefined,
      'Invalid',
      'Invalid',
      undefined,
    ])
  })
})

describe('S18 S14 what is said', () => {
  it('holds no token, ours or another, no control characters, and an end', () => {
    const message = `Malformed ${token} and EAAanotherTokenOfSomebody1\u001b[31m\r\nforged line ${'x'.repeat(2_000)}`
    const said = JSON.stringify(outcomeOf(answer(400, error(100, { message, error_data: { details: token } }))))
    expect(said).not.toMatch(/canary|anotherToken|\\u001b|\\r|\\n/)
    expect(said.length).toBeLessThan(700)
    expect(said).toContain('[secret]')
  })
})

it('addresses are made of base, version, path and query', () => {
  const at = { apiBase: 'https://graph.example/', apiVersion: 'v26.0' }
  expect(graphUrl(at, { path: '1/messages' })).toBe('https://graph.example/v26.0/1/messages')
  expect(graphUrl(at, { path: '1', query: { fields: 'a,b' } })).toBe('https://graph.example/v26.0/1?fields=a%2Cb')
})
