// Two mails under one Message-ID: each is a ticket of its own, and one mail that came by two ways still is one's.
import { expect, it } from 'vitest'
import { after, ayse, dm, received } from '../../test/support/given.ts'
import { emptyWorld, take, type World } from '../../test/support/world.ts'
import threading from './index.ts'

const world = (): World => ({ ...emptyWorld(), kinds: { dm: { ...dm, threads: 'message' } } })
const named = '<dup@broken.example>'
const own = [`id:${named} email:ayse`, `id:${named} email:bora`]
const tell = (
  on: World,
  print: string,
  { subject, minutes = 0, keys = own }: { subject: string; minutes?: number; keys?: readonly string[] },
) =>
  take(
    on,
    threading,
    received(
      `${named} ${print}`,
      { from: ayse, name: named, externalId: `${named} ${print}`, subject, threadKeys: [...keys] },
      { at: after({ minutes }) },
    ),
  )
const homes = (on: World) => [...on.messages.values()].map((it) => [...on.tickets.keys()].indexOf(it.ticket))
const marks = (on: World) => [...on.messages.values()].map((it) => it.parts.map((part) => part['is']))

it('G5 F16 another mail under a used Message-ID is another ticket, and says why', async () => {
  const on = world()
  await tell(on, 'aaaaaaaaaaaa', { subject: 'Birinci' })
  await tell(on, 'bbbbbbbbbbbb', { subject: 'Ikinci' })
  await tell(on, 'cccccccccccc', { subject: 'Birinci', minutes: 5 })
  expect(homes(on)).toEqual([0, 1, 2])
  expect(marks(on)).toEqual([[], ['reused-message-id'], ['reused-message-id']])
})

it('G5 a mail that came straight and by a list is on one ticket', async () => {
  const on = world()
  await tell(on, 'aaaaaaaaaaaa', { subject: 'Birinci' })
  await tell(on, 'bbbbbbbbbbbb', { subject: '[destek] Birinci' })
  expect([homes(on), marks(on)]).toEqual([
    [0, 0],
    [[], []],
  ])
})

it('P9 G7 a mail that comes after its answer, or answers what is here under a used Message-ID, is where that is', async () => {
  const on = world()
  const answers = [`id:<answer@shop> email:bora`, `id:${named} email:bora`]
  await take(on, threading, received('<answer@shop> x', { name: '<answer@shop>', threadKeys: answers }))
  await tell(on, 'aaaaaaaaaaaa', { subject: 'Birinci' })
  expect(homes(on)).toEqual([0, 0])
  await tell(on, 'bbbbbbbbbbbb', { subject: 'Ikinci', keys: ['id:<answer@shop> email:bora', ...own] })
  expect([homes(on), marks(on)]).toEqual([
    [0, 0, 0],
    [[], [], []],
  ])
})
