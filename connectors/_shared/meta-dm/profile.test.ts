// Proves which name of a profile is taken, and that a profile without one tells of nobody.
import { expect, it } from 'vitest'
import type { Instant } from '../../../schemas/ids.ts'
import type { Product } from './product.ts'
import { isProfile, readProfile } from './profile.ts'

const product: Product = {
  object: 'shop',
  key: 'shop',
  name: 'Shop',
  oursIn: () => undefined,
  echoesNameNobody: true,
  clicksOpen: false,
  itemsOfChange: () => [],
}
const receivedAt = '2026-11-21T10:00:00.000Z' as Instant
const read = (profile: unknown) => {
  const bytes = new TextEncoder().encode(typeof profile === 'string' ? profile : JSON.stringify(profile))
  const raw = { route: '1', bytes, contentType: 'application/json', receivedAt, meta: { profile: '5361048253959512' } }
  expect(isProfile(raw)).toBe(true)
  return readProfile(raw, product)
}

it.each([
  [{ name: 'Ayşe Yılmaz', username: 'ayse' }, 'Ayşe Yılmaz'],
  [{ first_name: 'Ayşe', last_name: 'Yılmaz' }, 'Ayşe Yılmaz'],
  [{ first_name: 'Ayşe' }, 'Ayşe'],
  [{ name: ' ', username: 'ayse' }, '@ayse'],
  [{ name: 'x'.repeat(900) }, 'x'.repeat(200)],
])('of %j the name is %s, of the person who was asked for', (profile, name) => {
  expect(read({ ...profile, id: 'another' })).toMatchObject([
    {
      type: 'contact.linked',
      threadKeys: ['shop.user:1/5361048253959512'],
      data: { from: ['shop.user:1/5361048253959512'], to: { id: '5361048253959512', name } },
    },
  ])
})

it.each([{}, { name: 7 }, { name: '', first_name: null }, { username: ['a'] }])('%j names nobody', (profile) =>
  expect(read(profile)).toEqual([]),
)

it('G4 the same name is the same fact, another one is another; bytes that are none are put aside', () => {
  const [one, same, other] = [{ name: 'A' }, { name: 'A', id: 'x' }, { name: 'B' }].map((it) => read(it)[0]!.dedupe)
  expect([one === same, one === other]).toEqual([true, false])
  expect(() => read('[')).toThrow('Reading a profile')
})
