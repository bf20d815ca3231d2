// A reply's state never goes back, whatever is told in whatever order.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replyStates, type ReplyState } from '../../schemas/reply.ts'
import { nextReplyState } from './reply-state.ts'
import { seed } from '../../test/support/seed.ts'

const after = (start: ReplyState, told: readonly ReplyState[]): ReplyState =>
  told.reduce((state, to) => nextReplyState(state, to) ?? state, start)
const rank = ['queued', 'sending', 'unsure', 'sent', 'delivered', 'read']
const vendor = fc.constantFrom('sent', 'delivered', 'read', 'failed' as const)

describe(`any order, seed ${seed}`, () => {
  it('P4 G7 every permutation of receipts, with repeats, ends at read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('queued', 'sending', 'unsure', 'sent' as const),
        fc.shuffledSubarray(['sent', 'sent', 'delivered', 'delivered', 'read', 'read'] as const, { minLength: 6 }),
        (start, told) => after(start, told) === 'read',
      ),
      { seed },
    )
  })

  it('W5 nothing a vendor says moves a state back', () => {
    fc.assert(
      fc.property(fc.array(vendor), (told) => {
        let state: ReplyState = 'sending'
        for (const to of told) {
          const next: ReplyState = nextReplyState(state, to) ?? state
          expect(next === 'failed' || rank.indexOf(next) >= rank.indexOf(state)).toBe(true)
          state = next
        }
      }),
      { seed },
    )
  })

  it('B15 failed and cancelled are the end for late callbacks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('failed', 'cancelled' as const),
        fc.array(vendor),
        (end, told) => after(end, told) === end,
      ),
      { seed },
    )
  })
})

it('P4 what was delivered cannot fail any more', () => {
  expect(after('delivered', ['failed'])).toBe('delivered')
  expect(after('sent', ['failed', 'delivered'])).toBe('failed')
})

it('G19 an unsure one believes the vendor, and one that waits to be sent again does too', () => {
  for (const state of ['unsure', 'queued'] as const)
    for (const to of ['sent', 'delivered', 'read'] as const) expect(nextReplyState(state, to)).toBe(to)
  expect(nextReplyState('queued', 'failed')).toBeNull()
})

it('nothing follows itself', () => {
  expect(replyStates.filter((it) => nextReplyState(it, it) !== null)).toEqual([])
})
