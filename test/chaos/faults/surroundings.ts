// What surrounds a process: schedulers that are two, memory, file handles and names that run out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import { patchedCopy } from '../patched-copy.ts'

/** Forty megabytes for each batch a worker takes, never given back: over the limit in a few steps, before the process grows too slow to be given any. */
const leak = {
  file: 'core/runtime/decide-batch.ts',
  from: 'if (batch.length === 0) return\n',
  to: `if (process.env.CHAOS_LEAKS === 'yes') (globalThis.chaosLeak ??= []).push(Array.from({ length: 5_000_000 }, Math.random))
  if (batch.length === 0) return\n`,
}
const machine = 'machine.inlet-chaos'
/** Of what the gateway's processes see in place of this machine's own: a table of names, and a name server that is not there. */
const names = { all: `127.0.0.1 localhost ${machine}\n`, none: '127.0.0.1 localhost\n', hosts: '' }

export const faults: readonly Fault[] = [
  {
    id: 'F18',
    says: 'three of every scheduler, relay and sender; one is frozen longer than its leases, then goes on',
    settings: [{ layout: 'three' }],
    rounds: 10,
    async disturb({ members }, { n }) {
      const frozen = members[n % members.length]
      frozen?.kill('SIGSTOP')
      await pause(6_500)
      frozen?.kill('SIGCONT')
    },
  },
  {
    id: 'F20-memory',
    says: 'a process that leaks until it meets the limit of its heap and ends, and is started again',
    settings: [
      {
        layout: 'three',
        envOf: (n) => (n === 0 ? { NODE_OPTIONS: '--max-old-space-size=144' } : {}),
      },
    ],
    rounds: 10,
    async prepare(setting) {
      const copy = await patchedCopy([leak])
      return { setting: { ...setting, root: copy.root }, end: () => copy.remove() }
    },
    async disturb({ members: [leaking] }) {
      leaking?.kill('SIGKILL')
      await leaking?.ended()
      leaking?.launch({ CHAOS_LEAKS: 'yes' })
      const isOver = await Promise.race([leaking?.ended().then(() => true), pause(60_000, false)])
      if (isOver !== true) throw new Error('It never met the limit of its heap.')
      await leaking?.start()
    },
    async alsoWrong({ members: [leaking] }) {
      return /FATAL ERROR: .*heap out of memory/.test(leaking?.said() ?? '')
        ? []
        : ['no heap was full: it ended otherwise']
    },
  },
  {
    id: 'F20-handles',
    says: 'file handles run out under a flood of connections, and are there again',
    settings: [{ layout: 'one', before: () => ['sh', '-c', 'ulimit -n 160; exec "$0" "$@"'] }],
    rounds: 5,
    async disturb({ webhook }) {
      const { hostname, port } = new URL(webhook)
      const idle = Array.from({ length: 400 }, () => connect(Number(port), hostname).on('error', () => undefined))
      await pause(2_000)
      for (const socket of idle) socket.destroy()
    },
  },
  {
    id: 'F20-names',
    says: 'no name can be looked up, neither of the database nor of the vendor, while every line to the database is cut',
    settings: [{ layout: 'split', databaseDoor: true, machine, env: { INLET_ANSWER_SECONDS: '2' } }],
    rounds: 5,
    needsRoot: true,
    load: { agents: 4 },
    async prepare(setting) {
      const folder = mkdtempSync(join(tmpdir(), 'inlet-chaos-names-'))
      const [hosts, resolver] = [join(folder, 'hosts'), join(folder, 'resolv.conf')]
      names.hosts = hosts
      writeFileSync(hosts, names.all)
      writeFileSync(resolver, 'nameserver 127.0.0.77\noptions timeout:1 attempts:1\n')
      const mounts = `mount --bind ${hosts} /etc/hosts && mount --bind ${resolver} /etc/resolv.conf && exec "$0" "$@"`
      return {
        setting: { ...setting, before: () => ['unshare', '--mount', 'sh', '-c', mounts] },
        end: async () => rmSync(folder, { recursive: true, force: true }),
      }
    },
    async disturb({ door }) {
      writeFileSync(names.hosts, names.none)
      for (let second = 0; second < 4; second += 1) {
        door?.cut()
        await pause(1_000)
      }
      writeFileSync(names.hosts, names.all)
    },
    async alsoWrong({ members }) {
      const silent = members.filter((it) => !new RegExp(`(EAI_AGAIN|ENOTFOUND) ${machine}`).test(it.said()))
      return silent.map(({ name }) => `${name} did not say that ${machine} could not be looked up`)
    },
  },
]
