// A disk that is full and then has space again, on a small file system of the test's own: only root may mount one.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { quiet, until } from '../../test/support/desk.ts'
import { fillBy } from '../../test/support/full-disk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

const disk = mkdtempSync(join(tmpdir(), 'inlet-disk-'))
let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=220m,mode=0755', 'inlet-journey', disk])
  const env = { INLET_ANSWER_SECONDS: '2' }
  at = await journey('whatsapp', standIn, { seed: 109, data: join(disk, 'data'), env })
}, 60_000)
afterAll(async () => {
  try {
    await at.end()
  } finally {
    execFileSync('umount', ['-l', disk])
    rmdirSync(disk)
  }
}, 40_000)

const ballast = join(disk, 'ballast')
const free = (): number => statfsSync(disk).bfree

it('F11 with the disk full no call is answered 2xx that is not kept; with space again it goes on without hands, and nothing is lost', async () => {
  const accepted: string[] = []
  const before = await at.vendor.write({ customer: 1 })
  accepted.push(before.id)
  const { id } = await at.desk.ticketOf(1)
  fillBy(ballast)
  // What the database had set aside for its log is used up first; then it must say no.
  const refused = await until(
    async () => {
      const big = await at.vendor.write({ customer: 1, text: 'dolu '.repeat(10_000) }, { retry: false })
      if (big.status === 200) accepted.push(big.id)
      if (free() > 0) fillBy(ballast)
      return big
    },
    (knock) => knock.status !== 200,
    60_000,
  )
  expect(refused.status).toBe(503)
  expect((await at.gateway.call('GET', '/healthz', { key: null })).status).toBe(200)
  const still = await Promise.all([1, 2, 3].map(() => at.vendor.write({ customer: 1 }, { retry: false })))
  for (const knock of still) if (knock.status === 200) accepted.push(knock.id)
  expect(still.map((it) => it.status)).toContain(503)

  rmSync(ballast)
  const after = await at.vendor.write({ customer: 1, text: 'yine yer var' })
  expect(after.status).toBe(200)
  accepted.push(after.id)
  const isThere = async () => {
    const there = new Set((await at.desk.messages(id).catch(() => [])).map((it) => it.externalId))
    return accepted.filter((it) => !there.has(it))
  }
  await until(isThere, (missing) => missing.length === 0, 60_000)
  await quiet(at.desk)
  const ids = (await at.desk.messages(id)).map((it) => it.externalId)
  expect(ids.length).toBe(new Set(ids).size)
  expect((await at.gateway.call('GET', '/readyz', { key: null })).status).toBe(200)
  expect(leaks(at.vendor, [at.gateway], { customers: [1], texts: ['yine yer var', 'dolu dolu'] })).toEqual([])
}, 170_000)
