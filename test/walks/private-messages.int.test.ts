// Private messages with windows through one whole gateway on Kafka: asked, answered, the answer lost and proven, and the window to its end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StandIn } from '../../core/ports/stand-in.ts'
import type { RunningDm } from '../../connectors/_shared/stand-in/meta-dm/running.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { noteSecrets } from '../support/canaries.ts'
import { deskOf, quiet, until } from '../support/desk.ts'
import { journey, type Journey } from '../support/journey.ts'
import { startKafkaBroker, type KafkaBroker } from '../support/kafka-broker.ts'
import { walkWindow } from '../support/window-walk.ts'

/** Every channel there is where a person may write for longer than a machine: folders are found, not listed. */
const registry = await readRegistry(foldersOf())
const names = [...registry.channels].flatMap(([name, { can }]) =>
  can['dm']?.windows.some((it) => it.as === 'tagged') === true ? [name] : [],
)

// A house may have no such channel: it can be taken away. In this one a walk that is skipped fails the run (`.ci/count.ts`).
describe.runIf(names.length > 0)('with the log in Kafka', () => {
  let broker: KafkaBroker
  let first: Journey<RunningDm>
  const on = new Map<string, Journey<RunningDm>>()
  beforeAll(async () => {
    broker = await startKafkaBroker()
    const env = { KAFKA_BROKERS: broker.address, INLET_KAFKA_PREFIX: 'dm.', INLET_KAFKA_PARTITIONS: '2' }
    const standIns = await Promise.all(names.map((name) => registry.standIn(name) as Promise<StandIn<RunningDm>>))
    first = await journey(names[0]!, standIns[0]!, { seed: 302, env })
    on.set(names[0]!, first)
    for (const [at, name] of names.entries()) {
      if (at === 0) continue
      const vendor = await standIns[at]!.start({ seed: 302 + at })
      noteSecrets(Object.values(vendor.account().secrets))
      const desk = deskOf(first.gateway, name, vendor)
      await desk.account()
      on.set(name, { ...first, vendor, desk })
    }
  }, 90_000)
  afterAll(async () => {
    for (const { vendor } of on.values()) await vendor.stop()
    await first.end()
    await broker.close()
  }, 60_000)

  it.each(names)(
    'G1 G4 G7 F13 %s: a message is one ticket; its answer is lost on the way, proven by its echo, and sent once',
    async (name) => {
      const { vendor, desk } = on.get(name)!
      await vendor.write({ customer: 0, text: 'Kargom nerede?' }, { times: 3, concurrently: true })
      const ticket = await desk.ticketOf(0)
      vendor.echoFirst(true)
      vendor.fail(1, { how: 'reset-after-accept' })
      await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
      vendor.echoFirst(false)
      await vendor.settled()
      await quiet(desk)
      expect(vendor.ledger.of('accepted')).toHaveLength(1)
      expect((await desk.messages(ticket.id, 2)).map((it) => it.text)).toEqual(['Kargom nerede?', 'Yolda.'])
    },
    40_000,
  )

  it.each(names)(
    'D48 D46 B16 B17 P17 %s: a window opens with a message and ends on time, told once each; what it refuses never leaves',
    async (name) => walkWindow(on.get(name)!, 1),
    40_000,
  )

  it('D11 P10 a letter is answered by the machine once and resolved by that, and the next one brings it back to a person, unanswered', async () => {
    const { gateway } = first
    const made = async (path: string, body: object): Promise<void> => {
      const { status, text } = await gateway.call('POST', path, { body })
      expect(status, text).toBe(201)
    }
    const [letters] = [...registry.channels].flatMap(([name, { can }]) => (can['mail']?.copies === true ? [name] : []))
    if (letters === undefined) return // a house may have none: the others are shown all the same
    const box = await (await registry.standIn(letters)).start({ seed: 391 })
    try {
      noteSecrets(Object.values(box.account().secrets))
      const desk = deskOf(gateway, letters, box)
      await desk.account({ id: 'letters' })
      const texts = { en: { text: 'Number {{ticket.number}}.' } }
      await made('/v1/auto-replies', {
        id: 'd11',
        name: 'D11',
        kind: 'opened',
        channels: [letters],
        resolve: true,
        texts,
      })
      await until(
        async () => (await gateway.call<{ health: { state: string } }>('GET', `/v1/accounts/${letters}/letters`)).body,
        ({ health }) => health.state === 'connected',
      )
      const { id } = await box.write({ customer: 0 })
      const [ticket] = await until(
        () => desk.tickets(`?channel=${letters}`),
        (all) => all[0]?.status === 'resolved',
      )
      expect(ticket?.topic).toBe('Automatic Replies')
      await until(
        () => Promise.resolve(box.ledger.of('accepted')),
        (all) => all.length === 1,
      )
      await box.write({ customer: 0, about: id })
      await until(
        () => desk.ticket(ticket!.id),
        ({ status }) => status === 'reopened',
      )
      await quiet(desk)
      expect(box.ledger.of('accepted')).toHaveLength(1)
      const kinds = (await desk.messages(ticket!.id, 3)).map(({ kind }) => kind)
      expect(kinds.toSorted()).toEqual(['auto', 'user', 'user'])
    } finally {
      await box.stop()
    }
  })

  it.each(names)('%s: who wrote has a name by now, which no message told', async (name) => {
    const { vendor, desk } = on.get(name)!
    const { id } = await desk.ticketOf(0)
    await until(
      () => desk.ticket(id),
      (found) => found.requester.name === vendor.customer(0).name,
    )
  })
})
