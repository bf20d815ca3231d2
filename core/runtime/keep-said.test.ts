// What becomes of a reply that went out when how it looked cannot be kept: nothing is lost of it but that.
import { expect, it } from 'vitest'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { outbound } from '../../test/support/outbound.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import type { BlobStore } from '../ports/edges.ts'
import type { Delivery } from '../ports/queues.ts'
import { keepSaid } from './keep-said.ts'

const delivery = { id: 'rep_1', workspace: 'main' as WorkspaceId, outbound: outbound({ text: 'Merhaba' }) } as Delivery
const html = new TextEncoder().encode('<p>Merhaba</p>')
const sent = { is: 'sent', externalId: '1', said: { text: 'Merhaba\n-- \nMağaza', html } } as const
const stored = (bytes: unknown): Promise<BlobRef> =>
  Promise.resolve(`sha256:${Buffer.from(bytes as Uint8Array).toString('hex')}` as BlobRef)
const over = (put: BlobStore['put']) => ({ blobs: { put }, clock: handClock(), logger: keptLog() })

it('keeps what is more than the words of the answer, of one that went out and of one that perhaps did', async () => {
  const all = { fullText: expect.stringMatching(/^sha256:/), html: expect.stringMatching(/^sha256:/) }
  const put = over((_workspace, bytes) => stored(bytes))
  expect(await keepSaid(delivery, sent, put)).toEqual(all)
  expect(await keepSaid(delivery, { is: 'unknown', why: 'no answer', said: sent.said }, put)).toEqual(all)
  expect(await keepSaid(delivery, { ...sent, said: { text: 'Merhaba', html } }, put)).toMatchObject({ fullText: null })
  expect(await keepSaid(delivery, { is: 'sent', externalId: '1' }, put)).toBeUndefined()
  expect(await keepSaid(delivery, { is: 'refused', code: 'no', why: 'no' }, put)).toBeUndefined()
})

it('G19 F11 a store of files that fails, or says nothing, keeps nobody from writing down that it went out', async () => {
  const failing = over(() => Promise.reject(new Error('the disk is full')))
  expect(await keepSaid(delivery, sent, failing)).toBeUndefined()
  expect(failing.logger.lines).toMatchObject([{ level: 'warn', about: { reply: 'rep_1', why: 'the disk is full' } }])
  const silent = over(() => new Promise(() => undefined))
  const waiting = keepSaid(delivery, sent, silent)
  await silent.clock.advance(5_000)
  expect(await waiting).toBeUndefined()
  expect(silent.logger.lines[0]?.about['why']).toContain('within 5000 ms')
  expect(silent.clock.sleeping).toBe(0)
})
