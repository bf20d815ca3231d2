// Whatever order a conversation's events come in, and however often, the record ends the same.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import type { AnyWorker } from '../../core/ports/worker.ts'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import outbound from '../../workers/outbound/index.ts'
import threading from '../../workers/threading/index.ts'
import { after, deleted, delivery, edited, reacted, received } from '../../test/support/given.ts'
import { applyIn, messageRow, openThread, queueReply } from '../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../test/support/store-rig.ts'
import { seed } from '../../test/support/seed.ts'

const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())

const name = '905321112233'
/** Said about two messages and a reply; receipts come under the vendor's id before and after it is known. */
const events: readonly AnyEvent[] = [
  received('first', { text: 'one' }, { at: after({ minutes: 1 }) }),
  received('second', { text: 'two' }, { at: after({ minutes: 2 }) }),
  edited('first', '10', 'one, edited twice'),
  edited('first', '9', 'one, edited'),
  reacted('first', '1', '👍'),
  reacted('first', '2', null),
  deleted('second', '5'),
  edited('second', '6', 'too late'),
  delivery({ externalId: 'w.1', state: 'delivered' }),
  delivery({ externalId: 'w.1', state: 'sent' }),
  delivery({ externalId: 'w.1', state: 'read' }),
]

function shuffled<T>(items: readonly T[], turn: number): readonly T[] {
  let state = (seed + turn) >>> 0
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0)
  return items
    .map((item) => [next(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}

type Step = AnyEvent | 'answer'
const endOf = (order: readonly Step[]): Promise<unknown> =>
  endOfBatches(order.map((step) => (step === 'answer' ? [step] : [step, step])))

/** The vendor's answer to our reply comes where it comes, between what was decided together. */
async function endOfBatches(batches: readonly (readonly Step[])[]): Promise<unknown> {
  await rig.sql(
    `truncate inlet.ticket, inlet.contact, inlet.contact_key, inlet.conversation, inlet.thread_key, inlet.message, inlet.external_ref, inlet.reply,
       inlet.reply_attempt, inlet.outbox, inlet.inbox_0, inlet.wakeup, inlet.ticket_event`,
  )
  await applyIn(rig.store, main, [...openThread(name, 500), ...queueReply(name, 'answer')])
  const [claimed] = await rig.queues.deliveries.claim(1, 60)
  const take = async (all: readonly AnyEvent[]) => {
    for (const worker of [threading, outbound])
      await decideBatch(
        worker as unknown as AnyWorker,
        all.filter((event) => (worker.on as readonly string[]).includes(event.type)),
        { store: rig.store, meter },
      )
  }
  for (const batch of batches) {
    await take(batch.filter((step) => step !== 'answer'))
    if (batch.includes('answer')) await rig.queues.deliveries.finish(claimed!, { is: 'sent', externalId: 'w.1' })
  }
  await take((await rig.emitted()).filter((event) => event.type === 'message.sent'))
  return rig.sql(
    `select m.text, m.state, m.deleted_revision is not null as deleted, m.text_revision, m.reactions, e.waiting,
       (select message_count from inlet.ticket) as counted, (select count(*)::int from inlet.ticket) as tickets
     from inlet.message m left join inlet.external_ref e on e.message = m.id order by m.sent_at, m.id`,
  )
}

it(`G7 thirty orders of messages, edits, reactions, deletions, receipts and the vendor’s answer end the same (seed ${seed})`, async () => {
  const steps = [...events, 'answer' as const]
  const wanted = await endOf(steps)
  expect(wanted).toMatchObject([
    { text: messageRow(name, 'answer').text, state: 'read', counted: 3, tickets: 1 },
    { text: 'one, edited twice', deleted: false, waiting: [] },
    { text: '', deleted: true, waiting: [] },
  ])
  for (let turn = 0; turn < 30; turn += 1) expect([turn, await endOf(shuffled(steps, turn))]).toEqual([turn, wanted])
}, 60_000)

it(`P4 G4 G7 any order, repetition and cut into batches ends the same, receipts in every order among them (seed ${seed})`, async () => {
  const steps: readonly Step[] = [...events, 'answer']
  const wanted = await endOf(steps)
  const course = fc.tuple(
    fc.shuffledSubarray([...steps], { minLength: steps.length }),
    fc.array(fc.constantFrom(...events), { maxLength: 8 }),
    fc.nat(steps.length),
    fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
  )
  const property = fc.asyncProperty(course, async ([all, again, at, cuts]) => {
    const order = [...all.slice(0, at), ...again, ...all.slice(at)]
    const batches: Step[][] = []
    for (let from = 0, n = 0; from < order.length; n += 1) {
      const size = cuts[n % cuts.length]!
      batches.push(order.slice(from, from + size))
      from += size
    }
    expect(await endOfBatches(batches)).toEqual(wanted)
  })
  await fc.assert(property, { seed, numRuns: 25 })
}, 90_000)
