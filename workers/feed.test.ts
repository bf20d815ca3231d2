// Every published type reaches the feed, once.
import { expect, it } from 'vitest'
import { eventTypes } from '../schemas/events.ts'
import { received } from '../test/support/given.ts'
import { emptyWorld, take } from '../test/support/world.ts'
import feed from './feed.ts'

it('P1 an event that comes twice is published once', async () => {
  const world = emptyWorld()
  for (const _ of [1, 2, 3]) await take(world, feed, received('m1'))
  expect([...world.feed.keys()]).toEqual([received('m1').id])
})

it('publishes all but the house’s own wake-ups, and keeps no inbox row for them', () => {
  expect(eventTypes.filter((type) => !feed.on.includes(type))).toEqual(['wake.due'])
  expect(feed.guard).toBe('own-key')
})
