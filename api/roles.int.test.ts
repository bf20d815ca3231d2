// Roles at every operation there is: three people call each for real, and each is let in where this table says so and nowhere else (S26, D56).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles, type Role } from '../schemas/agent.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { openDoor, type SignedIn } from '../test/support/people-door.ts'
import { operations } from './scopes.ts'

const all = ['administrator', 'supervisor', 'agent'] as const
const over = ['administrator', 'supervisor'] as const
const top = ['administrator'] as const
const nobody = [] as const

/** The test's own input: who may call what. An operation that is missing here fails. */
const table: Readonly<Record<string, readonly Role[]>> = {
  'GET /v1/tickets': all,
  'POST /v1/tickets': all,
  'GET /v1/tickets/:id': all,
  'PATCH /v1/tickets/:id': all,
  'GET /v1/tickets/:id/messages': all,
  'GET /v1/tickets/:id/history': all,
  'GET /v1/tickets/:id/replies': all,
  'POST /v1/tickets/:id/replies': all,
  'POST /v1/tickets/:id/forward': all,
  'POST /v1/tickets/:id/notes': all,
  'POST /v1/tickets/:id/seen': all,
  'POST /v1/tickets/:id/take': all,
  // Of others, the command asks who is over whom (core/rules/roles.ts).
  'PATCH /v1/agents/:id/presence': all,
  'POST /v1/me/presence': all,
  'GET /v1/tags': all,
  'GET /v1/reports/response-times': over,
  'GET /v1/reports/sla': over,
  'GET /v1/messages/:id': all,
  'GET /v1/messages/:id/html': all,
  'GET /v1/messages/:id/full-text': all,
  'GET /v1/replies/:id': all,
  'POST /v1/replies/:id/resend': all,
  'POST /v1/replies/:id/cancel': all,
  'POST /v1/attachments': all,
  'GET /v1/attachments/:id': all,
  'GET /v1/files/:workspace/:id/:until/:signature': all,
  'GET /v1/contacts': all,
  'GET /v1/contacts/:id': all,
  'PATCH /v1/contacts/:id': all,
  'GET /v1/agents': over,
  'POST /v1/agents': over,
  'GET /v1/agents/:id': over,
  'PATCH /v1/agents/:id': over,
  'DELETE /v1/agents/:id': over,
  'GET /v1/groups': over,
  'POST /v1/groups': over,
  'GET /v1/groups/:id': over,
  'PATCH /v1/groups/:id': over,
  'DELETE /v1/groups/:id': over,
  'GET /v1/folders': all,
  'POST /v1/folders': over,
  'GET /v1/folders/:id': over,
  'PATCH /v1/folders/:id': over,
  'DELETE /v1/folders/:id': over,
  'GET /v1/types': all,
  'POST /v1/types': over,
  'GET /v1/types/:id': over,
  'PATCH /v1/types/:id': over,
  'DELETE /v1/types/:id': over,
  'GET /v1/topics': all,
  'POST /v1/topics': over,
  'GET /v1/topics/:id': over,
  'PATCH /v1/topics/:id': over,
  'DELETE /v1/topics/:id': over,
  'GET /v1/statuses': all,
  'POST /v1/statuses': over,
  'GET /v1/statuses/:id': over,
  'PATCH /v1/statuses/:id': over,
  'DELETE /v1/statuses/:id': over,
  'GET /v1/rules': over,
  'POST /v1/rules': over,
  'GET /v1/rules/:id': over,
  'PATCH /v1/rules/:id': over,
  'DELETE /v1/rules/:id': over,
  'GET /v1/calendars': over,
  'POST /v1/calendars': over,
  'GET /v1/calendars/:id': over,
  'PATCH /v1/calendars/:id': over,
  'DELETE /v1/calendars/:id': over,
  'GET /v1/auto-replies': over,
  'POST /v1/auto-replies': over,
  'GET /v1/auto-replies/:id': over,
  'PATCH /v1/auto-replies/:id': over,
  'DELETE /v1/auto-replies/:id': over,
  'GET /v1/notifications': over,
  'POST /v1/notifications': over,
  'GET /v1/notifications/:id': over,
  'PATCH /v1/notifications/:id': over,
  'DELETE /v1/notifications/:id': over,
  'POST /v1/calendars/:id/try': over,
  'GET /v1/sla-policies': over,
  'POST /v1/sla-policies': over,
  'GET /v1/sla-policies/:id': over,
  'PATCH /v1/sla-policies/:id': over,
  'DELETE /v1/sla-policies/:id': over,
  'POST /v1/sla-policies/try': over,
  'GET /v1/brands': all,
  'POST /v1/brands': top,
  'GET /v1/brands/:id': over,
  'PATCH /v1/brands/:id': top,
  'DELETE /v1/brands/:id': top,
  'GET /v1/accounts': all,
  'POST /v1/accounts': top,
  'GET /v1/accounts/:channel/:id': over,
  'PATCH /v1/accounts/:channel/:id': top,
  'DELETE /v1/accounts/:channel/:id': top,
  'GET /v1/accounts/:channel/:id/health': over,
  'POST /v1/accounts/:channel/:id/test': top,
  'POST /v1/rules/try': over,
  'GET /v1/templates': all,
  'GET /v1/workspaces': over,
  'POST /v1/workspaces': nobody,
  'GET /v1/workspaces/:id': over,
  'PATCH /v1/workspaces/:id': top,
  'DELETE /v1/workspaces/:id': nobody,
  'GET /v1/keys': top,
  'POST /v1/keys': top,
  'GET /v1/keys/:id': top,
  'DELETE /v1/keys/:id': top,
  'GET /v1/events': over,
  'GET /v1/events/stream': over,
  'GET /v1/parked': over,
  'POST /v1/parked/:id/retry': over,
  'DELETE /v1/parked/:id': over,
  'POST /v1/replay': over,
  'GET /v1/raws/:id': top,
  'GET /v1/audit': top,
  'POST /v1/setup': all,
  'POST /v1/setup-links': nobody,
  'POST /v1/login': all,
  'GET /v1/me': all,
  'POST /v1/me/password': all,
  'POST /v1/agents/:id/invite': over,
  'POST /v1/invitations/accept': all,
  'GET /v1/openapi.json': all,
  'GET /v1/asyncapi.json': all,
  'GET /v1/schemas/:file': all,
  'GET /join': all,
  'GET /docs': all,
  'GET /docs/': all,
  'GET /docs/js/scalar.js': all,
  // The last: whoever calls it is out.
  'POST /v1/logout': all,
}

/** Of these, nothing can be cut to a brand or channel: whoever sees a part is refused whatever their role. */
const ofTheWhole: readonly string[] = [
  'POST /v1/folders',
  'PATCH /v1/folders/:id',
  'DELETE /v1/folders/:id',
  'POST /v1/statuses',
  'PATCH /v1/statuses/:id',
  'DELETE /v1/statuses/:id',
  'POST /v1/calendars',
  'PATCH /v1/calendars/:id',
  'DELETE /v1/calendars/:id',
  'POST /v1/groups',
  'PATCH /v1/groups/:id',
  'DELETE /v1/groups/:id',
  'PATCH /v1/workspaces/:id',
  'POST /v1/keys',
  'DELETE /v1/keys/:id',
  'POST /v1/parked/:id/retry',
  'DELETE /v1/parked/:id',
  'POST /v1/replay',
  'GET /v1/raws/:id',
  'GET /v1/audit',
]

let bench: Bench
let url: string
const people = new Map<Role, SignedIn>()
beforeAll(async () => {
  bench = await apiBench()
  url = await bench.server.listen()
  const password = 'kedi çatıda uyur 52'
  noteSecrets([password])
  const door = openDoor(bench)
  for (const role of roles)
    people.set(role, await door.person({ name: role, email: `${role}@shop.example`, role }, password))
})
afterAll(() => bench.close())

/** Whether the door let them in, whatever came of it. */
async function isLetIn(operation: string, role: Role): Promise<boolean> {
  const [method = '', path = ''] = operation.split(' ')
  const away = new AbortController()
  const answer = await fetch(`${url}${path.replace(/:(\w+)/g, 'none')}`, {
    method,
    headers: { authorization: `Bearer ${people.get(role)?.token ?? ''}`, 'content-type': 'application/json' },
    signal: away.signal,
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
  })
  away.abort() // a stream would go on
  return answer.status !== 403
}

describe('roles', () => {
  it('S26 every operation stands in the table', () => {
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(operations).toSorted())
  })
  it('S26 D56 each role may do what the table says and nothing else', async () => {
    const found: [string, readonly Role[]][] = []
    for (const operation of Object.keys(table)) {
      const letIn: Role[] = []
      for (const role of roles) if (await isLetIn(operation, role)) letIn.push(role)
      found.push([operation, letIn])
    }
    expect(Object.fromEntries(found)).toEqual(table)
  })
  it('S26 D54 D56 whoever sees a part is refused what is about the whole, and nothing else for that', async () => {
    const password = 'kedi çatıda uyur 54'
    noteSecrets([password])
    const limits = [{ brands: ['shop'] }, { channels: ['testchannel'] }]
    for (const [n, limit] of limits.entries()) {
      const email = `part${n}@shop.example`
      const door = openDoor(bench)
      const { token } = await door.person({ name: 'part', email, role: 'administrator', ...limit }, password)
      const refused: string[] = []
      for (const operation of Object.keys(table).filter((it) => it !== 'GET /v1/events/stream')) {
        const [method, path = ''] = operation.split(' ')
        const payload = method === 'GET' || method === 'DELETE' ? {} : { payload: {} }
        const asked = { method: method as 'GET', url: path.replace(/:(\w+)/g, 'none'), ...payload }
        const { status, text } = await door.call(asked, token)
        if (status === 403 && text.includes('about the whole workspace')) refused.push(operation)
      }
      expect(refused.toSorted()).toEqual(ofTheWhole.toSorted())
    }
  })
  it('S26 an operation that says not what it needs stops the start', async () => {
    const { fastify } = await import('fastify')
    const { apiPlugin } = await import('./server.ts')
    const needs = operations['GET /v1/me']
    const taken = operations as Record<string, unknown>
    delete taken['GET /v1/me']
    try {
      const app = fastify()
      void app.register(apiPlugin({ ...bench.deps, stopping: AbortSignal.abort() }))
      await expect(app.ready()).rejects.toThrow('GET /v1/me is missing from the table in api/scopes.ts')
    } finally {
      taken['GET /v1/me'] = needs
    }
  })
  it('S26 a key is nobody: what is for people is not for keys, and what keys hold no role changes', async () => {
    const { body } = await bench.call({ method: 'POST', url: '/v1/keys', payload: { name: 'k', scopes: ['admin'] } })
    const { key } = body as { key: string }
    for (const [method, path] of [
      ['GET', '/v1/me'],
      ['POST', '/v1/logout'],
    ] as const) {
      const answer = await bench.call({ method, url: path, headers: { authorization: `Bearer ${key}` } })
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([403, 'not_a_person'])
    }
  })
  it('D56 an agent learns which accounts there are and how they are, not how they are connected', async () => {
    const door = openDoor(bench)
    const account = { channel: 'testchannel', id: 'one', settings: { number: '905551112233' } }
    const made = await bench.call({ method: 'POST', url: '/v1/accounts', payload: account })
    expect(made.status, made.text).toBe(201)
    const password = 'kedi çatıda uyur 53'
    noteSecrets([password])
    const seen = async (role: Role) => {
      const { token } = await door.person({ name: 'x', email: `${role}2@shop.example`, role }, password)
      return (await door.get('/v1/accounts', token)).text
    }
    const [agent, supervisor] = [await seen('agent'), await seen('supervisor')]
    expect([agent.includes('"one"'), agent.includes('905551112233'), agent.includes('/in/')]).toEqual([
      true,
      false,
      false,
    ])
    expect(supervisor).toContain('905551112233')
  })
})
