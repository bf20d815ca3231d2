// What an answer looks like is kept before it goes out; where it cannot be kept, nothing is lost but that.
import { expect, it } from 'vitest'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { outbound } from '../../test/support/outbound.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import type { BlobStore } from '../ports/edges.ts'
import type { Delivery, KeptSaid } from '../ports/queues.ts'
import { makeSaying } from './keep-said.ts'

const delivery = { id: 'rep_1', workspace: 'main' as WorkspaceId, outbound: outbound({ text: 'Merhaba' }) } as Delivery
const html = new TextEncoder().encode('<p>Merhaba</p>')
const said = { text: 'Merhaba\n-- \nMağaza', html }
const [sent, unknown] = [{ is: 'sent', externalId: '1' } as const, { is: 'unknown', why: 'no answer' } as const]
const refused = { is: 'refused', code: 'no', why: 'no' } as const
const ref = (bytes: Uint8Array): BlobRef => `sha256:${Buffer.from(bytes).toString('hex')}` as BlobRef
const stored: BlobStore['put'] = (_workspace, bytes) => Promise.resolve(ref(bytes as Uint8Array))
const all = { fullText: ref(Buffer.from(said.text)), html: ref(html) }

function over(put: BlobStore['put'], fails = false) {
  const rows: KeptSaid[] = []
  const says = (_delivery: Delivery, kept: KeptSaid) =>
    fails ? Promise.reject(new Error('the database is away')) : Promise.resolve(void rows.push(kept))
  const deps = { blobs: { put }, deliveries: { says }, clock: handClock(), logger: keptLog() }
  return { ...deps, rows, saying: makeSaying(delivery, deps) }
}

it('G19 stands on the message before the answer goes out, and is told with its end where it went out or perhaps did', async () => {
  const { saying, rows } = over(stored)
  await saying.says(said)
  expect(rows).toEqual([all])
  expect(await saying.kept(sent)).toEqual(all)
  expect(await saying.kept(unknown)).toEqual(all)
  expect(await saying.kept(refused)).toBeUndefined()
})

it('keeps what is more than the words of the answer, and of several tries of one send the last', async () => {
  const { saying, rows } = over(stored)
  expect(await saying.kept(sent)).toBeUndefined()
  await saying.says(said)
  await saying.says({ text: 'Merhaba', html })
  expect(rows).toEqual([all, { ...all, fullText: null }])
  expect(await saying.kept(sent)).toEqual({ ...all, fullText: null })
})

it('G19 F11 a store that fails, or says nothing, keeps no answer from going out; what it could not take is tried once more', async () => {
  let isFull = true
  const failing = over((workspace, bytes, type) =>
    isFull ? Promise.reject(new Error('the disk is full')) : stored(workspace, bytes, type),
  )
  await failing.saying.says(said)
  expect([failing.rows, await failing.saying.kept(sent)]).toEqual([[], undefined])
  const line = { level: 'warn', about: { reply: 'rep_1', why: 'the disk is full' } }
  expect(failing.logger.lines).toMatchObject([line, line])
  isFull = false
  expect(await failing.saying.kept(sent)).toEqual(all)
  const away = over(stored, true)
  await away.saying.says(said)
  expect(await away.saying.kept(sent)).toEqual(all)
  const silent = over(() => new Promise(() => undefined))
  const waiting = silent.saying.says(said)
  await silent.clock.advance(5_000)
  await waiting
  expect(silent.logger.lines[0]?.about['why']).toContain('within 5000 ms')
  expect(silent.clock.sleeping).toBe(0)
})
