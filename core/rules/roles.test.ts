// Who may be over whom: nobody gives what they do not hold.
import { describe, expect, it } from 'vitest'
import type { Asker, AskingAgent, Scope } from '../ports/command.ts'
import { roles, type Role } from '../../schemas/agent.ts'
import { holds, scopesOfRole, whyNotOver, whyNotPresenceOf } from './roles.ts'

const person = (role: Role, sees: Partial<AskingAgent> = {}): Asker => ({
  actor: { kind: 'agent', id: 'agt_1' },
  scopes: scopesOfRole[role],
  from: null,
  correlation: 'c',
  agent: { id: 'agt_1', name: 'Ayşe', role, brands: null, channels: null, ...sees },
})
const key = (...scopes: Scope[]): Asker => ({
  actor: { kind: 'tool', id: 'key_1' },
  scopes,
  from: null,
  correlation: 'c',
})

describe('who may make and change whom', () => {
  it('S26 D56 a supervisor makes and changes supervisors and agents, and never touches an administrator', () => {
    const by = person('supervisor')
    const allowed = [null, ...roles].flatMap((target) =>
      roles
        .filter((next) => whyNotOver(by, target === null ? null : { role: target }, { role: next }) === null)
        .map((next) => `${target ?? 'nobody'} → ${next}`),
    )
    expect(allowed).toEqual([
      'nobody → supervisor',
      'nobody → agent',
      'supervisor → supervisor',
      'supervisor → agent',
      'agent → supervisor',
      'agent → agent',
    ])
    expect(whyNotOver(by, { role: 'administrator' }, { role: 'administrator' })).toMatch(/Only an administrator/)
  })
  it('S26 an administrator, and a key that holds everything, are over everybody', () => {
    for (const by of [person('administrator'), key('admin')])
      for (const target of [null, ...roles])
        for (const next of roles)
          expect(whyNotOver(by, target === null ? null : { role: target }, { role: next })).toBeNull()
  })
  it('S26 a key for people alone makes no administrator of anybody', () => {
    expect(whyNotOver(key('people:write'), null, { role: 'administrator' })).toMatch(/Only an administrator/)
    expect(whyNotOver(key('people:write'), null, { role: 'supervisor' })).toBeNull()
  })
  it('D54 who sees some brands or channels alone lets nobody see more, and is not over whoever does', () => {
    const by = person('supervisor', { brands: ['shop'] })
    const agent = (brands: string[] | null) => ({ role: 'agent' as const, brands, channels: null })
    expect(whyNotOver(by, null, agent(['shop']))).toBeNull()
    expect(whyNotOver(by, null, agent(['shop', 'bank']))).toMatch(/brands shop alone/)
    expect(whyNotOver(by, null, agent(null))).toMatch(/brands shop alone/)
    expect(whyNotOver(by, agent(['bank']), agent(['shop']))).toMatch(/brands shop alone/)
    const narrow = person('supervisor', { channels: ['pigeon'] })
    expect(whyNotOver(narrow, null, { role: 'agent', channels: ['pigeon'] })).toBeNull()
    expect(whyNotOver(narrow, null, { role: 'agent', channels: ['mail'] })).toMatch(/channels pigeon alone/)
  })
})

it('S26 holding everything, or reading settings, is holding their lists too', () => {
  expect(holds(['settings:read'], 'settings:list')).toBe(true)
  expect(holds(['settings:list'], 'settings:read')).toBe(false)
  expect(holds(['admin'], 'parked:write')).toBe(true)
  expect(holds(scopesOfRole.agent, 'people:read')).toBe(false)
})

it('D47 everybody says whether they are there of themselves, and of others only who may change them', () => {
  const is = (id: string, role: Role) => ({ id, role })
  const one = person('agent')
  expect(whyNotPresenceOf(one, is('agt_1', 'agent'))).toBeNull()
  expect(whyNotPresenceOf(one, is('agt_2', 'agent'))).toMatch(/of yourself alone/)
  expect(whyNotPresenceOf(person('supervisor'), is('agt_2', 'agent'))).toBeNull()
  expect(whyNotPresenceOf(person('supervisor'), is('agt_2', 'administrator'))).toMatch(/Only an administrator/)
  expect(whyNotPresenceOf(key('tickets:write'), is('agt_2', 'agent'))).toMatch(/of yourself alone/)
  expect(whyNotPresenceOf(key('admin'), is('agt_2', 'administrator'))).toBeNull()
})
