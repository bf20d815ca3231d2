// A disk that is full under database, files and logs together, and has space again: a small file system of the run's own.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fillBy } from '../../support/full-disk.ts'
import type { Fault } from '../fault.ts'

export const faults: readonly Fault[] = [
  {
    id: 'F11',
    says: 'the disk of database and files is full for seconds, and has space again',
    settings: [{ layout: 'one', env: { INLET_ANSWER_SECONDS: '2' } }],
    rounds: 5,
    needsRoot: true,
    async prepare(setting) {
      const disk = mkdtempSync(join(tmpdir(), 'inlet-chaos-disk-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=0755', 'inlet-chaos', disk])
      const folder = join(disk, 'run')
      mkdirSync(folder, { mode: 0o755 })
      return {
        setting: { ...setting, folder },
        async end() {
          execFileSync('umount', ['-l', disk])
          rmdirSync(disk)
        },
      }
    },
    async disturb({ folder, vendor, ledger }, { n }) {
      const ballast = join(folder, '..', 'ballast')
      const end = performance.now() + 5_000
      // What the database had set aside for its log is used up first, by large messages.
      for (let at = 0; performance.now() < end; at += 1) {
        fillBy(ballast)
        const id = `wamid.BIG${n}x${at}`
        const knock = await vendor.write({ customer: 700, id, text: 'dolu '.repeat(10_000) }, { retry: false })
        ledger.add({ is: 'sent', id, customer: 700, answers: knock.statuses })
        await pause(20)
      }
      rmSync(ballast)
    },
  },
]
