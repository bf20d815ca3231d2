// The newest word of a vendor on templates and accounts counts, whatever order words come in.
import { describe, expect, it } from 'vitest'
import type { EventData } from '../schemas/events.ts'
import { accountRow, after, event, start } from '../test/support/given.ts'
import { emptyWorld, keyOf, take } from '../test/support/world.ts'
import channels from './channels.ts'

const said = (data: Partial<EventData['template.state_changed']>, minutes: number) =>
  event(
    'template.state_changed',
    `t${minutes}`,
    { template: '1', name: 'order', language: 'tr', state: null, quality: null, category: null, why: null, ...data },
    { at: after({ minutes }) },
  )

describe('templates', () => {
  it('W11 take the newest state, in any order', async () => {
    const facts = [said({ state: 'pending' }, 1), said({ state: 'approved' }, 2), said({ state: 'paused' }, 3)]
    for (const order of [facts, facts.toReversed()]) {
      const world = emptyWorld()
      for (const one of order) await take(world, channels, one)
      expect([...world.templates.values()]).toMatchObject([{ state: 'paused', at: after({ minutes: 3 }) }])
    }
  })

  it('keep what a later word does not speak of', async () => {
    const world = emptyWorld()
    await take(world, channels, said({ state: 'rejected', why: 'too bold', category: 'UTILITY' }, 1))
    await take(world, channels, said({ quality: 'GREEN' }, 2))
    expect([...world.templates.values()]).toMatchObject([
      { state: 'rejected', why: 'too bold', category: 'UTILITY', quality: 'GREEN' },
    ])
  })
})

describe('health', () => {
  const health = (data: Partial<EventData['channel.health_changed']>, raw = true) =>
    event(
      'channel.health_changed',
      JSON.stringify([data, raw]),
      { from: null, state: null, why: null, facts: {}, ...data },
      { at: after({ minutes: 5 }), raw: raw ? { id: 'raw_1', at: start, key: 'k' } : null },
    )
  const here = keyOf('pigeon', 'main')
  const given = (more = {}) => {
    const world = emptyWorld()
    world.accounts.set(here, accountRow(more))
    return world
  }

  it('takes the vendor’s word, and facts without a state', async () => {
    const world = given()
    await take(world, channels, health({ state: 'degraded', why: 'quality', facts: { limit: '1K' } }))
    expect(world.accounts.get(here)).toMatchObject({ state: 'degraded', why: 'quality', facts: { limit: '1K' } })
    await take(world, channels, health({ facts: { limit: '10K' } }))
    expect(world.accounts.get(here)).toMatchObject({ state: 'degraded', facts: { limit: '10K' } })
  })

  it('leaves what our own loops raised, what a person switched off, and what is newer than the word', async () => {
    const raisedHere = given()
    await take(raisedHere, channels, health({ state: 'degraded' }, false))
    expect(raisedHere.accounts.get(here)?.state).toBe('connected')
    const off = given({ state: 'disabled' })
    await take(off, channels, health({ state: 'connected' }))
    expect(off.accounts.get(here)?.state).toBe('disabled')
    const newer = given({ since: after({ minutes: 6 }) })
    await take(newer, channels, health({ state: 'auth_failed' }))
    expect(newer.accounts.get(here)?.state).toBe('connected')
  })
})
