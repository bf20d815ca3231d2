// What is peculiar to X; what every channel promises is in test/contracts.
import { describe, expect, it } from 'vitest'
import channel from './channel.ts'

describe('this channel', () => {
  it('names its account by user id, and by the tags of its stream rules', () => {
    expect(channel.routesOf({ userId: '22', streamTags: ['brand'] })).toEqual(['22', 'tag:brand'])
  })
})
